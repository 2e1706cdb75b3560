"""A client that may do what no library does: bytes of its own making on a TCP connection."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
_ANSWER_S: Final = 20.0
_SMALL_BUFFER_BYTES: Final = 4096


def frame(opcode: int, payload: bytes = b"", *, says: int | None = None, masked: bool = True) -> bytes:
    """A whole frame (RFC 6455, 5.2) whose head says a length of `says` bytes; the mask is of zeros."""
    length = len(payload) if says is None else says
    mask = 0x80 if masked else 0
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, mask | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, mask | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, mask | 127, length)
    return head + (bytes(4) if masked else b"") + payload


class RawClient:
    """An open TCP connection to a daemon."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str) -> None:
        self._reader = reader
        self._writer = writer
        self._parts = urlsplit(url)

    async def send(self, data: bytes) -> bool:
        """Send bytes; returns whether the connection still stands."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            return False
        return True

    async def upgrade(self, token: str, headers: Mapping[str, str] | None = None) -> int:
        """Ask to become a WebSocket; returns the HTTP status of the answer, 0 if there was none."""
        await self.send(self.request(token, headers))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), _ANSWER_S)
            return int(head.split(b" ", 2)[1])
        return 0

    def request(self, token: str, headers: Mapping[str, str] | None = None) -> bytes:
        """The head of that request."""
        lines = {
            "Host": self._parts.netloc,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **(headers or {}),
        }
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"GET {self._parts.path} HTTP/1.1\r\n{text}\r\n".encode()

    async def close_code(self) -> int:
        """Read up to the end: the code of the close frame, 0 if the connection was cut without one."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                opcode, payload = await asyncio.wait_for(self._frame(), _ANSWER_S)
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2], "big")
        return 0

    def reset(self) -> None:
        """Cut the connection with RST instead of FIN, as a machine that crashed."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _frame(self) -> tuple[int, bytes]:
        first, length = await self._reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self._reader.readexactly(2), "big")
        elif length == 127:
            length = int.from_bytes(await self._reader.readexactly(8), "big")
        return first & 0x0F, await self._reader.readexactly(length)


@asynccontextmanager
async def raw(url: str, *, small_buffer: bool = False) -> AsyncIterator[RawClient]:
    """Connect to the host of `url`; with a small buffer the other end soon has to keep what is not read."""
    parts = urlsplit(url)
    own = socket.socket()
    own.setblocking(False)
    if small_buffer:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
    await asyncio.get_running_loop().sock_connect(own, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(sock=own, limit=_SMALL_BUFFER_BYTES)
    try:
        yield RawClient(reader, writer, url)
    finally:
        writer.transport.abort()
