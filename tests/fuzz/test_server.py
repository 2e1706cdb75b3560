"""A real server, and visitors who send what they like: it stays up, says why it closes, and forgets nobody's place."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any, Final

from asrd.events import FinalEvent
from tests.fuzz.budget import fuzz
from tests.fuzz.visitors import Come, Leave, Publish, Say, Step, Visitor, close_codes, steps
from tests.server.harness import QUICK, House, Listener, eventually, raw, running, with_options
from tests.server.test_abuse import nothing_logged

LIMIT_S: Final = 60.0
DOCUMENTED: Final = frozenset({0, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 4001, 4008})


class Evening:
    """One server, a client that behaves, and the visitors."""

    def __init__(self, house: House, healthy: Listener, stack: AsyncExitStack) -> None:
        self._house = house
        self._healthy = healthy
        self._stack = stack
        self._visitors: list[Visitor] = []
        self._sent: list[bytes] = []
        self._listening: list[asyncio.Task[None]] = []
        self._published = 0

    async def take(self, step: Step) -> None:
        if isinstance(step, Come):
            await self._come(step)
        elif isinstance(step, Publish):
            await self.publish()
        elif isinstance(step, Say):
            await self._say(step)
        else:
            self._leave(step)
        for _ in range(5):
            await asyncio.sleep(0)

    async def publish(self) -> None:
        """What is said reaches the client that behaves."""
        self._published += 1
        text = f"sentence {self._published}"
        self._house.server.publish(FinalEvent("main", 1000 + self._published, text, "English", 0, 16_000))
        while (await self._healthy.until("final"))["text"] != text:
            pass

    async def end(self) -> None:
        """All go; nothing of them stays."""
        await self.publish()
        await asyncio.sleep(0.002)
        for visitor in self._visitors:
            visitor.raw.writer.transport.abort()
        await asyncio.gather(*self._listening)
        house = self._house
        await eventually(lambda: house.server.metrics.value("asrd_connections") == 1)
        await eventually(lambda: len(house.server._room) == 0)
        assert len(house.server._reception._admitted) == 1
        assert all(session.calls.count("close") == 1 for session in house.sessions.opened.values())
        await eventually(lambda: house.server.metrics.value("asrd_sessions") == 1)
        for visitor, sent in zip(self._visitors, self._sent, strict=True):
            assert visitor.code in DOCUMENTED | close_codes(sent), (visitor.code, visitor.reason)
            assert [message["seq"] for message in visitor.messages] == list(range(1, len(visitor.messages) + 1))
        await self.publish()

    async def _come(self, step: Come) -> None:
        connection = await self._stack.enter_async_context(raw(self._house.port))
        visitor = Visitor(connection)
        self._visitors.append(visitor)
        data = step.sent(self._house.port)
        self._sent.append(data)
        self._listening.append(asyncio.ensure_future(visitor.listen()))
        await self._write(visitor, data)

    async def _say(self, step: Say) -> None:
        number = step.who % len(self._visitors)
        self._sent[number] += step.data
        size = -(-len(step.data) // step.parts) or 1
        for start in range(0, len(step.data), size):
            await self._write(self._visitors[number], step.data[start : start + size])

    def _leave(self, step: Leave) -> None:
        writer = self._visitors[step.who % len(self._visitors)].raw.writer
        if step.is_reset:
            writer.transport.abort()
        elif writer.can_write_eof() and not writer.transport.is_closing():
            writer.write_eof()

    async def _write(self, visitor: Visitor, data: bytes) -> None:
        if not visitor.raw.writer.transport.is_closing():
            with suppress(ConnectionError, RuntimeError):  # it was closed, or it said that no more comes
                await visitor.raw.send(data)
        await asyncio.sleep(0)


async def evening(what: list[Step]) -> None:
    unhandled: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unhandled.append(context))
    options = with_options(max_connections=6, outbox_bytes=64 << 10)
    timings = replace(QUICK, open_s=LIMIT_S, close_s=0.05)
    async with running(options, timings) as house, house.client("?replay=0") as healthy, AsyncExitStack() as stack:
        this = Evening(house, healthy, stack)
        for step in what:
            await this.take(step)
        await this.end()
    assert not unhandled, unhandled


def test_visitors() -> None:
    def check(what: list[Step]) -> None:
        with nothing_logged():
            asyncio.run(asyncio.wait_for(evening(what), LIMIT_S))

    fuzz("server visitors", check, steps(), examples=25)
