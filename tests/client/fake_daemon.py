"""A daemon that says what a test wants, over a real socket: PROTOCOLS, section 1, without anything behind it."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve, unix_serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

Message = dict[str, Any]
Script = Callable[["Client"], Awaitable[None]]
TOKEN = "a-token-that-is-long-enough"


class Client:
    """One connection, from the daemon's side."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._seq = 0

    async def hello(self, *recent: Message, run: str = "run1", session: str = "main", protocol: int = 1) -> None:
        await self.send(
            type="hello",
            protocol=protocol,
            session=session,
            version="1",
            run=run,
            model={"name": "m", "languages": []},
            sample_rate=16_000,
            state="listening",
            recent=list(recent),
        )

    async def send(self, **message: Any) -> None:
        await self._connection.send(json.dumps({"type": message.pop("type"), "seq": self._seq, **message}))
        self._seq += 1

    async def raw(self, frame: str | bytes) -> None:
        await self._connection.send(frame)

    async def close(self, code: int = 1001, reason: str = "the daemon stops") -> None:
        await self._connection.close(code, reason)

    async def stay(self) -> None:
        """Until the client goes."""
        await self._connection.wait_closed()

    def abort(self) -> None:
        """As if the daemon were killed."""
        self._connection.transport.abort()


def final(utterance: int, text: str = "", **more: Any) -> Message:
    return {
        "type": "final",
        "utterance": utterance,
        "text": text or f"text {utterance}",
        "language": "English",
        "start": utterance * 1.0,
        "end": utterance + 0.5,
        "timing": {},
        **more,
    }


def partial(committed: str, tail: str, utterance: int = 1, revision: int = 1) -> Message:
    return {
        "type": "partial",
        "utterance": utterance,
        "revision": revision,
        "committed": committed,
        "tail": tail,
        "language": "English",
        "start": 0.0,
        "end": 1.0,
        "lag_ms": 5.0,
    }


class FakeDaemon:
    """Runs one script after the other, each for one connection; the last again and again. In a thread of its own.

    Attributes:
        paths: what was asked for.
        tokens: what was shown.
        refusals: answers (status, text) to the first requests, instead of a connection.
        location: where the refusals send the client.
        port: where it listens.
    """

    def __init__(
        self, scripts: Sequence[Script], *, unix_socket: Path | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.paths: list[str] = []
        self.tokens: list[str] = []
        self.refusals: list[tuple[int, str]] = []
        self.location = ""
        self.port = 0
        self._scripts = list(scripts)
        self._unix_socket = unix_socket
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), name="fake daemon")

    @property
    def url(self) -> str:
        return f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self.port}/v1/stream"

    def __enter__(self) -> FakeDaemon:
        self._thread.start()
        assert self._is_ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(30)
        self._loop.close()

    async def _run(self) -> None:
        options: dict[str, Any] = {"process_request": self._process_request, "close_timeout": 1}
        server = (
            unix_serve(self._handle, str(self._unix_socket), **options)
            if self._unix_socket
            else serve(self._handle, "127.0.0.1", self.port, ssl=self._tls, **options)
        )
        async with server as listening:
            if not self._unix_socket:
                self.port = listening.sockets[0].getsockname()[1]
            self._is_ready.set()
            await self._stopped.wait()

    def _process_request(self, _connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        self.tokens.append(request.headers.get("Authorization", ""))
        if not self.refusals:
            return None
        status, text = self.refusals.pop(0)
        body = text.encode()
        location = {"Location": self.location} if self.location else {}
        headers = Headers({"Content-Length": str(len(body)), "Connection": "close", **location})
        return Response(status, "No", headers, body)

    async def _handle(self, connection: ServerConnection) -> None:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        await script(Client(connection))
