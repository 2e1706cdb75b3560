"""One WebSocket: reads commands and audio, writes what the hub has for it, watches whether it is still there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any, Final

from websockets.exceptions import ConnectionClosed

from asrd.hub.liveness import Liveness, Verdict
from asrd.hub.rate import TokenBucket
from asrd.options import ServerOptions
from asrd.server.connection import Admission, GuardedConnection
from asrd.server.metrics import Metrics
from asrd.server.orders import House, Orders
from asrd.wire import closing
from asrd.wire.closing import Closing
from asrd.wire.commands import MAX_COMMAND_BYTES, BrokenTextError, CommandError, parse
from asrd.wire.messages import error

LOGGER: Final = logging.getLogger(__name__)
_WATCHES_PER_PING: Final = 4


class Client:
    """Lives as long as its connection."""

    def __init__(
        self, number: int, connection: GuardedConnection, options: ServerOptions, house: House, metrics: Metrics
    ) -> None:
        self.number = number
        self._connection = connection
        self._admission = _admission_of(connection)
        self._house = house
        self._metrics = metrics
        self._orders = Orders(number, self._admission.grant, house)
        self._rate = TokenBucket(options.messages_per_s, house.timings.burst_s)
        self._something = asyncio.Event()
        self._nothing = asyncio.Event()
        self._ending: asyncio.Future[Closing | None] = asyncio.get_running_loop().create_future()
        connection.on_flood = lambda: self.close_soon(closing.FLOOD)

    def wake(self) -> None:
        """There is something to send."""
        self._nothing.clear()
        self._something.set()

    def close_soon(self, why: Closing) -> None:
        """Close the connection."""
        if not self._ending.done():
            self._ending.set_result(why)

    def end_audio(self) -> None:
        """Take no more audio; what was heard is still recognised."""
        self._orders.end_audio()

    async def drained(self) -> None:
        """Return when nothing waits to be sent, or when the connection ends."""
        waiting = asyncio.ensure_future(self._nothing.wait())
        await asyncio.wait((waiting, self._ending), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def run(self) -> None:
        """Serve the client until either side ends the connection."""
        hub = self._house.hub
        self._house.log.info("client %d has come (token: %s)", self.number, self._admission.grant.name)
        hub.connect(self.number, self._admission.session, self._admission.replay)
        self.wake()
        try:
            why = await self._serve()
        finally:
            self._orders.end_audio()
            heard = hub.session_of(self.number)
            self._metrics.count("asrd_messages_dropped_total", hub.disconnect(self.number))
            self._orders.update_levels(heard)
        if why is None:
            self._house.log.info("client %d has gone", self.number)
        else:
            await self._close(why)

    async def _serve(self) -> Closing | None:
        """Why the connection is to be closed; None if it already is."""
        tasks = [asyncio.ensure_future(self._guarded(part)) for part in (self._read(), self._write(), self._watch())]
        try:
            await asyncio.wait((*tasks, self._ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not self._ending.done():
            ended = next(task for task in tasks if not task.cancelled())
            self._ending.set_result(ended.result())
        return self._ending.result()

    async def _guarded(self, part: Coroutine[Any, Any, Closing | None]) -> Closing | None:
        """A part whose end is the end of the connection, whatever happens in it."""
        try:
            return await part
        except ConnectionClosed:
            return None
        except Exception:
            LOGGER.exception("client %d: internal error", self.number)
            return closing.BUG

    async def _read(self) -> Closing | None:
        while True:
            message = await self._connection.recv()
            try:
                why = await (self._take_text(message) if isinstance(message, str) else self._take_audio(message))
            except CommandError as refused:
                self._answer(refused)
                why = None
            if why is not None:
                return why
            await asyncio.sleep(0)  # the library has read ahead: a burst of commands must not hold up the others

    async def _take_text(self, text: str) -> Closing | None:
        self._metrics.count("asrd_messages_received_total", label="text")
        if not self._rate.take(asyncio.get_running_loop().time()):
            return closing.FLOOD
        if len(text.encode()) > MAX_COMMAND_BYTES:
            return closing.TOO_BIG
        try:
            command = parse(text)
        except BrokenTextError as broken:
            return closing.broken_text(str(broken))
        await self._orders.take(command)
        self._wake_if_any()
        return None

    async def _take_audio(self, data: bytes) -> Closing | None:
        self._metrics.count("asrd_messages_received_total", label="audio")
        if not self._orders.is_substantial(data) and not self._rate.take(asyncio.get_running_loop().time()):
            return closing.FLOOD
        await self._orders.hear(data)
        self._wake_if_any()
        return None

    def _answer(self, refused: CommandError) -> None:
        self._house.hub.answer(self.number, error(refused.code.value, str(refused)))
        self._wake_if_any()

    def _wake_if_any(self) -> None:
        hub = self._house.hub
        if hub.is_slow(self.number):
            self.close_soon(closing.SLOW)
        elif hub.waiting_bytes(self.number):
            self.wake()

    async def _write(self) -> Closing | None:
        hub = self._house.hub
        while True:
            await self._something.wait()
            self._something.clear()
            while (frame := hub.next_frame(self.number)) is not None:
                await self._connection.send(frame, text=True)
                self._metrics.count("asrd_messages_sent_total")
            if not self._something.is_set():
                self._nothing.set()

    async def _watch(self) -> Closing | None:
        """Notice a client that is gone without a word, and a token that has expired or was taken back."""
        loop, timings = asyncio.get_running_loop(), self._house.timings
        liveness = Liveness(loop.time(), timings.ping_s, timings.ping_timeout_s)
        while True:
            heard_s = self._connection.heard_s
            await asyncio.sleep(min(timings.ping_s, timings.ping_timeout_s) / _WATCHES_PER_PING)
            unwanted = self._unwanted()
            if unwanted is not None:
                return unwanted
            if self._orders.is_waiting:
                liveness.excuse(loop.time())
            elif self._connection.heard_s > heard_s:
                liveness.heard(self._connection.heard_s)
            verdict = liveness.verdict(loop.time())
            if verdict is Verdict.GONE:
                return closing.UNRESPONSIVE
            if verdict is Verdict.PING:
                await self._connection.ping()

    def _unwanted(self) -> Closing | None:
        """Why the client may not be here any more. What opened the door without a token cannot be taken back."""
        shown, grant = self._admission.shown, self._admission.grant
        self._house.tokens.refresh()
        now = self._house.tokens.find(shown) if shown else grant
        if now is None or now.scopes != grant.scopes:
            return closing.TOKEN_REVOKED
        return closing.TOKEN_EXPIRED if now.has_expired(time.time()) else None

    async def _close(self, why: Closing) -> None:
        """Say why, and cut the connection if the other end does not react: it may not be reading."""
        self._house.log.info("client %d is disconnected: %d %s", self.number, why.code, why.reason)
        self._metrics.count("asrd_closed_total", label=str(why.code))
        try:
            await asyncio.wait_for(self._connection.close(why.code, why.reason), self._house.timings.close_s)
        except asyncio.TimeoutError:
            self._connection.transport.abort()


def _admission_of(connection: GuardedConnection) -> Admission:
    if connection.admission is None:
        raise RuntimeError("a connection became a WebSocket without having been admitted")
    return connection.admission
