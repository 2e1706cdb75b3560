"""The library's connection with our limits: on the head of the request, on control frames, on unsent answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode

from asrd.hub.rate import TokenBucket
from asrd.server.guard import Refusal
from asrd.server.head import RequestHead
from asrd.server.tokens import Grant

_CONTROL: Final = (Opcode.PING, Opcode.PONG)
_CONTROL_PER_S: Final = 10.0
_CONTROL_BURST_S: Final = 10.0
_DATA: Final = (Opcode.CONT, Opcode.TEXT, Opcode.BINARY)
# Of one message: an empty one takes memory as well, and not every release of the library minds.
MAX_FRAGMENTS: Final = 1024
# Beyond the library's own mark: its answers to pings are written whether or not they are read.
MAX_UNSENT_BYTES: Final = 4 << 20


@dataclass(frozen=True)
class Admission:
    """What was decided about a client when it came.

    Attributes:
        grant: what it may do.
        session: what it wants to hear.
        replay: how many of the last finals it wants; None: all that are kept.
        shown: its token, or ""; in no `repr`.
    """

    grant: Grant
    session: str
    replay: int | None
    shown: str = field(repr=False)


class WaitingRoom:
    """Connections that have not become a WebSocket yet. When it is full, whoever waits longest is cut off.

    So connections that say nothing cannot keep out those that do: a handshake takes milliseconds.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting: dict[GuardedConnection, None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, connection: GuardedConnection) -> None:
        """A connection was made."""
        if len(self._waiting) >= self._places:
            longest = next(iter(self._waiting))
            self.leave(longest)
            longest.transport.abort()
        self._waiting[connection] = None

    def leave(self, connection: GuardedConnection) -> None:
        """It has become a WebSocket, or is gone."""
        self._waiting.pop(connection, None)

    def clear(self) -> None:
        """Cut off everyone."""
        for connection in list(self._waiting):
            self.leave(connection)
            connection.transport.abort()


class GuardedConnection(ServerConnection):
    """One connection, from its first byte.

    Attributes:
        admission: set when it may become a WebSocket.
        on_lost: called when it is gone.
        is_lost: whether it is gone.
        on_flood: called when it sends more control frames, or a message in more pieces, than anyone needs.
        heard_s: when the last byte came, by the loop's clock.
    """

    room: WaitingRoom
    refused: Callable[[Refusal], None]
    made: Callable[[int], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.admission: Admission | None = None
        self.on_lost: Callable[[], None] = lambda: None
        self.is_lost = False
        self.on_flood: Callable[[], None] = lambda: None
        self.heard_s = self.loop.time()
        self._head: RequestHead | None = RequestHead()
        self._is_refused = False
        self._control = TokenBucket(_CONTROL_PER_S, _CONTROL_BURST_S)
        self._fragments = 0  # of the message that is not complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self.made(transport.get_extra_info("socket").fileno())
        self.room.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.room.leave(self)
        self.is_lost = True
        self.on_lost()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self.heard_s = self.loop.time()
        if self._is_refused:
            return
        if self._head is not None:
            head = self._head.push(data)
            if isinstance(head, Refusal):
                self._refuse(head)
            if not isinstance(head, bytes):
                return
            self._head, data = None, head
        super().data_received(data)
        if self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.transport.abort()

    def process_event(self, event: Any) -> None:
        """Count control frames, which the library answers by itself, and the pieces of a message."""
        if isinstance(event, Frame) and self._is_flood(event):
            self.on_flood()
            return
        super().process_event(event)

    def _is_flood(self, frame: Frame) -> bool:
        if frame.opcode in _CONTROL:
            return not self._control.take(self.loop.time())
        if frame.opcode in _DATA:
            self._fragments = 0 if frame.fin else self._fragments + 1
        return self._fragments > MAX_FRAGMENTS

    def _refuse(self, refusal: Refusal) -> None:
        """Answer in the library's stead; the time for the handshake ends the connection if the client does not."""
        self._is_refused = True
        self.refused(refusal)
        body = f"{refusal.reason}\n".encode()
        phrase = HTTPStatus(refusal.status).phrase
        lines = [
            f"HTTP/1.1 {refusal.status} {phrase}",
            *(["Allow: GET"] if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED else []),
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()


def connection_class(
    room: WaitingRoom, refused: Callable[[Refusal], None], made: Callable[[int], None]
) -> type[GuardedConnection]:
    """The class for one server: the library makes the connections itself, from a class.

    `made` is told the descriptor of every connection, when its TLS handshake is through if there is one.
    """
    members = {"room": room, "refused": staticmethod(refused), "made": staticmethod(made)}
    return type("GuardedConnection", (GuardedConnection,), members)
