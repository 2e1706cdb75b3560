"""A real server on loopback, and clients for it: the library's, and one that may do what no library does."""

from __future__ import annotations

import asyncio
import base64
import functools
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ParamSpec

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from asrd.options import ServerOptions
from asrd.server.parts import Parts, Timings, Trouble
from asrd.server.server import Server
from asrd.server.tokens import ALL_SCOPES, Grant, Scope, Token, TokenBook
from asrd.values import UtteranceOptions
from asrd.wire.messages import Greeting, ModelInfo
from tests.server.fakes import FakeCapture, FakeSession, FakeSessions
from tests.wire.schemas import Json, valid_message

P = ParamSpec("P")
TEST_LIMIT_S = 20.0
ANY_PORT = ServerOptions(port=0)
SECRET = "everything-" + "a" * 32
LISTENER = "listener-" + "b" * 32
SPEAKER = "speaker-" + "c" * 32
DEAF = "deaf-" + "d" * 32
EXPIRED = "expired-" + "e" * 32
TOKENS = TokenBook(
    [
        Token(Grant("all", ALL_SCOPES), SECRET),
        Token(Grant("listener", frozenset({Scope.LISTEN})), LISTENER),
        Token(Grant("speaker", frozenset({Scope.LISTEN, Scope.AUDIO})), SPEAKER),
        Token(Grant("deaf", frozenset({Scope.CONTROL})), DEAF),
        Token(Grant("expired", ALL_SCOPES, expires_s=1.0), EXPIRED),
    ]
)
QUICK = Timings(open_s=5.0, close_s=0.3, drain_s=2.0, room_poll_s=0.001)


def in_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test in a loop of its own, not for ever."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), TEST_LIMIT_S))

    return run


@dataclass
class House:
    """A server that runs, and what stands behind it."""

    server: Server
    sessions: FakeSessions
    capture: FakeCapture
    main: FakeSession
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.server.address.port

    @asynccontextmanager
    async def client(self, query: str = "", token: str | None = SECRET, **options: Any) -> AsyncIterator[Listener]:
        """A client that has been greeted."""
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        headers |= options.pop("headers", {})
        url = self.server.address.url + query
        async with connect(url, additional_headers=headers, proxy=None, compression=None, **options) as connection:
            listener = Listener(connection)
            listener.hello = await listener.next()
            assert listener.hello["type"] == "hello"
            yield listener


class Listener:
    """A client that checks every message against the schema, and that they are numbered without holes."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.hello: Json = {}
        self._seq = 0

    async def next(self) -> Json:
        message = valid_message(await self.connection.recv())
        self._seq += 1
        assert message["seq"] == self._seq
        return message

    async def until(self, kind: str) -> Json:
        """The next message of a type, whatever comes before."""
        while (message := await self.next())["type"] != kind:
            pass
        return message

    async def send(self, text: str) -> None:
        await self.connection.send(text)

    async def audio(self, data: bytes) -> None:
        await self.connection.send(data)

    async def closed(self) -> tuple[int, str]:
        """Read to the end: the code and the reason of the close frame."""
        with suppress(ConnectionClosed):
            while True:
                await self.next()
        return self.connection.close_code or 0, self.connection.close_reason or ""


@asynccontextmanager
async def running(
    options: ServerOptions = ANY_PORT,
    timings: Timings = QUICK,
    tokens: TokenBook = TOKENS,
    max_sessions: int = 16,
    **sessions_options: Any,
) -> AsyncIterator[House]:
    """A server on any free port."""
    server: Server

    def publish(event: Any) -> None:
        server.publish(event)

    sessions = FakeSessions(publish, **sessions_options)
    main, capture, troubles = FakeSession("main", 480_000, publish), FakeCapture(), []  # type: ignore[var-annotated]
    parts = Parts(
        Greeting("1.0", ModelInfo("nano", ("English",)), "run-1"),
        sessions,
        main,
        capture,
        utterance=UtteranceOptions(language="English"),
        max_sessions=max_sessions,
        health=lambda: troubles,
    )
    server = Server(options, parts, tokens, timings=timings)
    await server.start()
    try:
        yield House(server, sessions, capture, main, troubles)
    finally:
        await server.stop("the test is over")


# A client that may do what no library does


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, says: int | None = None) -> bytes:
    """A masked frame (RFC 6455, 5.2) whose header says a length of `says` bytes."""
    length = len(payload) if says is None else says
    first = (0x80 if fin else 0) | opcode
    if length < 126:
        head = struct.pack("!BB", first, 0x80 | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, length)
    return head + bytes(4) + payload  # a mask of zeros changes nothing


TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


def upgrade(port: int, token: str | None = SECRET, path: str = "/v1/stream", **headers: str) -> bytes:
    """The head of a WebSocket handshake; underscores in the names of headers stand for hyphens."""
    lines = {
        "Host": f"127.0.0.1:{port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **({"Authorization": f"Bearer {token}"} if token is not None else {}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return head_of(f"GET {path} HTTP/1.1", lines)


def head_of(first_line: str, headers: dict[str, str]) -> bytes:
    return (
        "\r\n".join([first_line, *(f"{name}: {value}" for name, value in headers.items() if value)]).encode()
        + b"\r\n\r\n"
    )


@dataclass
class Raw:
    """A bare connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        return int(first.split(" ")[1]), dict(line.lower().split(": ", 1) for line in lines)

    async def next_frame(self) -> tuple[int, bytes]:
        """Opcode and payload of a frame of the server."""
        first, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)

    async def close_code(self) -> int:
        """The code of the close frame, whatever comes before; 0 if the connection just ends."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                opcode, payload = await self.next_frame()
                if opcode == CLOSE:
                    return int(struct.unpack("!H", payload[:2])[0])
        return 0

    async def ended(self) -> bytes:
        """Everything to the end of the connection."""
        with suppress(ConnectionError):
            return await self.reader.read()
        return b""


@asynccontextmanager
async def raw(port: int, receive_bytes: int = 0) -> AsyncIterator[Raw]:
    """Connect, and send nothing."""
    sock = socket.socket()
    sock.setblocking(False)
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def raw_socket(port: int, receive_bytes: int = 0) -> AsyncIterator[Raw]:
    """A bare WebSocket, past its handshake."""
    async with raw(port, receive_bytes) as connection:
        await connection.send(upgrade(port))
        status, _ = await connection.head()
        assert status == 101
        yield connection


async def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a page; underscores in the names of headers stand for hyphens."""
    lines = {"Host": f"127.0.0.1:{port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await ask(port, head_of(f"GET {path} HTTP/1.1", lines))


async def ask(port: int, request: bytes) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of the answer to a request."""
    async with raw(port) as connection:
        await connection.send(request)
        status, headers = await connection.head()
        return status, headers, (await connection.ended()).decode()


async def eventually(condition: Callable[[], bool]) -> None:
    """Let the loop go on until the condition holds; the limit of the test ends it."""
    while not condition():
        await asyncio.sleep(0.001)


def with_options(**changes: Any) -> ServerOptions:
    return replace(ANY_PORT, **changes)


def socket_path(folder: Path) -> str:
    return str(folder / "s")
