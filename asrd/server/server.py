"""The server: starts, tells clients of events, and stops.

How a connection ends (`asrd.wire.closing`): 1001 the daemon stops, 1007 broken JSON, 1008 too many messages, 1009 too
long a message, 1011 a bug or no answer to pings, 4001 the token has expired or was taken back, 4008 a slow client.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any, Final

from websockets.asyncio.server import Server as LibraryServer
from websockets.asyncio.server import ServerConnection, serve, unix_serve

from asrd.events import DroppedEvent, FinalEvent, GapEvent, PartialEvent, SessionEvent, State
from asrd.geometry import seconds_of
from asrd.hub.hub import Hub, HubLimits, Told
from asrd.options import ServerOptions
from asrd.server.client import Client
from asrd.server.connection import GuardedConnection, WaitingRoom, connection_class
from asrd.server.guard import Door
from asrd.server.handshakes import HandshakeSocket
from asrd.server.listening import Address, Listener
from asrd.server.metrics import Metrics
from asrd.server.orders import House
from asrd.server.parts import Parts, Timings
from asrd.server.quiet import LimitedLog, QuietLogger
from asrd.server.reception import Reception
from asrd.server.tokens import TokenBook
from asrd.wire.closing import SLOW, going_away

LOGGER: Final = logging.getLogger(__name__)
_MAX_WAITING: Final = 128  # connections that are no WebSocket yet, and as many in their TLS handshake
_BACKLOG: Final = 128
_QUEUED_FRAMES: Final = 1  # read ahead: a message that is looked at, and the next one
_UNSENT_BYTES: Final = 32 * 1024  # from here on a client's messages wait in its outbox


class Server:
    """Everything is called in the event loop's thread; other threads go through `loop.call_soon_threadsafe`."""

    def __init__(
        self,
        options: ServerOptions,
        parts: Parts,
        tokens: TokenBook,
        metrics: Metrics | None = None,
        timings: Timings | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self.hub = Hub(parts.greeting, HubLimits(options.outbox_bytes, options.replay))
        self._options = options
        self._timings = timings or Timings()
        self._control = ThreadPoolExecutor(1, "asrd-control")
        self._house = House(
            self.hub, parts, self._timings, self._control, count(1), parts.utterance, tokens, LimitedLog(LOGGER)
        )
        self._reception = Reception(options, parts, self.hub, tokens, self.metrics)
        self._places = min(_MAX_WAITING, max(16, options.max_connections))
        self._room = WaitingRoom(self._places)
        self._clients: dict[int, Client] = {}
        self._numbers = count(1)
        self._listener: Listener | None = None
        self._library: LibraryServer | None = None
        self.metrics.source("asrd_connections", lambda: float(len(self._clients)))
        self.metrics.source("asrd_sessions", lambda: float(len(self.hub.sessions)))

    @property
    def address(self) -> Address:
        """Where it listens, with the real port."""
        if self._listener is None:
            raise RuntimeError("the server was not started")
        return self._listener.address

    @property
    def has_clients(self) -> bool:
        """Whether somebody listens."""
        return bool(self._clients)

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: the address is taken or not allowed, or the TLS files cannot be used.
        """
        self._listener = Listener.open(self._options)
        port = None if self._options.unix_socket else self._listener.address.port
        self._reception.door = Door.of(self._options, port)
        try:
            await self._serve(self._listener)
        except BaseException:
            self._listener.close()
            raise

    def publish(self, event: SessionEvent) -> None:
        """Tell everyone whom an event concerns; returns at once, whatever they do."""
        self._measure(event)
        self._deliver(self.hub.publish(event))

    def begin_stop(self, reason: str) -> None:
        """Let nobody in, take no more audio, and say so; finals are still delivered. For the time until `stop`."""
        if self._house.is_stopping:
            return
        self._house.is_stopping = True
        self._reception.stop()
        for client in list(self._clients.values()):
            client.end_audio()
        self._deliver(self.hub.publish_everywhere(State.STOPPING, reason))

    async def stop(self, reason: str) -> None:
        """Send what waits, for a bounded time, close every connection with code 1001, and listen no more."""
        self.begin_stop(reason)
        clients = list(self._clients.values())
        if clients:
            drained = [asyncio.ensure_future(client.drained()) for client in clients]
            _, late = await asyncio.wait(drained, timeout=self._timings.drain_s)
            for waiting in late:
                waiting.cancel()
        for client in list(self._clients.values()):
            client.close_soon(going_away(reason))
        await self._close_library()
        self._control.shutdown(wait=False)

    async def _serve(self, listener: Listener) -> None:
        if listener.tls is not None:
            listener.socket = HandshakeSocket(listener.socket, self._places)
        shared: dict[str, Any] = {
            "compression": None,  # texts are short, and a compressed message is larger than it looks
            "process_request": self._reception.process_request,
            "select_subprotocol": self._reception.select_subprotocol,
            "server_header": None,
            "open_timeout": self._timings.open_s,
            "close_timeout": self._timings.close_s,
            "ping_interval": None,  # see `Client`: silence of a client that we do not read says nothing
            "max_size": self._options.max_message_bytes,
            "max_queue": _QUEUED_FRAMES,
            "write_limit": _UNSENT_BYTES,
            "logger": QuietLogger(),
            "create_connection": connection_class(
                self._room,
                self._reception.count_refusal,
                made=listener.socket.done if isinstance(listener.socket, HandshakeSocket) else lambda _descriptor: None,
            ),
            "backlog": _BACKLOG,
        }
        if listener.address.unix_socket:
            self._library = await unix_serve(self._handle, sock=listener.socket, **shared)
            return
        if listener.tls is not None:
            shared |= {"ssl": listener.tls, "ssl_handshake_timeout": self._timings.open_s}
        self._library = await serve(self._handle, sock=listener.socket, **shared)

    async def _handle(self, connection: ServerConnection) -> None:
        assert isinstance(connection, GuardedConnection)
        self._room.leave(connection)
        client = Client(next(self._numbers), connection, self._options, self._house, self.metrics)
        self._clients[client.number] = client
        self.metrics.count("asrd_connections_total")
        try:
            await client.run()
        finally:
            del self._clients[client.number]

    def _deliver(self, told: Told) -> None:
        for number in told.ready:
            self._clients[number].wake()
        for number in told.slow:
            self._clients[number].close_soon(SLOW)

    def _measure(self, event: SessionEvent) -> None:
        if isinstance(event, FinalEvent):
            self.metrics.count("asrd_finals_total")
        elif isinstance(event, PartialEvent):
            self.metrics.count("asrd_partials_total")
            self.metrics.observe("asrd_partial_lag_seconds", event.lag_s)
        elif isinstance(event, DroppedEvent):
            self.metrics.count("asrd_dropped_utterances_total")
        elif isinstance(event, GapEvent):
            self.metrics.count("asrd_gap_seconds_total", seconds_of(event.end - event.start))

    async def _close_library(self) -> None:
        if self._library is None:
            return
        self._library.close(close_connections=False)
        self._room.clear()
        if self._listener is not None and isinstance(self._listener.socket, HandshakeSocket):
            self._listener.socket.clear()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._library.wait_closed(), 2 * self._timings.close_s)
        if self._listener is not None:
            self._listener.close()
