"""Clients that do what no client should: none of them slows, blinds or bloats the daemon for the others."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import struct
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import replace

import pytest
from websockets.exceptions import InvalidStatus

from asrd.bench.host.memory import resident_bytes
from asrd.events import FinalEvent
from asrd.server.connection import MAX_FRAGMENTS, WaitingRoom
from asrd.server.tokens import Grant, Token, TokenBook
from tests.server.fakes import FakeSession
from tests.server.harness import (
    BINARY,
    PING,
    QUICK,
    SECRET,
    TEXT,
    House,
    Listener,
    eventually,
    frame,
    in_loop,
    raw,
    raw_socket,
    running,
    upgrade,
    with_options,
)

FINAL = FinalEvent("main", 1, "Good morning.", "English", 0, 16_000)
MIB = 1 << 20


async def works(house: House, client: Listener) -> None:
    """The daemon still serves this client, and lets in another one."""
    house.server.publish(FINAL)
    assert (await client.until("final"))["text"] == "Good morning."
    async with house.client("?replay=0"):
        pass


@contextmanager
def nothing_logged() -> Iterator[None]:
    """Inside, no warning and no exception is logged."""
    noticed: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: noticed.append(handler.format(record))  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
    assert not noticed, "\n".join(noticed)


# Messages


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (frame(TEXT, b"{"), 1007),
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(TEXT, b"[" * 60_000), 1007),
        (frame(TEXT, b'{"type":"flush"' + b" " * 70_000 + b"}"), 1009),
        (frame(TEXT, b"", says=MIB + 1), 1009),
        (frame(BINARY, b"", says=100 * MIB), 1009),
        (frame(TEXT, bytes(600_000), fin=False) + frame(0, bytes(600_000)), 1009),
        (frame(3, b"what is this"), 1002),
        (b"\x00" * 100, 1002),
        (bytes(range(256)) * 4, 1002),
        (b"\x82\x04abcd", 1002),  # not masked
        (frame(PING, b"", fin=False), 1002),
        (frame(8, struct.pack("!H", 999)), 1002),
    ],
    ids=lambda value: repr(value)[:20],
)
@in_loop
async def test_garbage_ends_its_own_connection_with_the_right_code(bad: bytes, code: int) -> None:
    async with running() as house, house.client() as other:
        async with raw_socket(house.port) as connection:
            await connection.send(bad)
            assert await connection.close_code() == code
        await works(house, other)


@in_loop
async def test_half_a_frame_and_then_nothing() -> None:
    timings = replace(QUICK, ping_s=0.05, ping_timeout_s=0.05)
    async with running(timings=timings) as house, house.client() as other:
        async with raw_socket(house.port) as connection:
            await connection.send(frame(BINARY, bytes(1000))[:500])
            assert await connection.close_code() == 1011  # it does not answer pings either
        await eventually(lambda: house.server.metrics.value("asrd_connections") == 1)
        await works(house, other)


@in_loop
async def test_a_client_that_answers_pings_may_be_silent() -> None:
    timings = replace(QUICK, ping_s=0.02, ping_timeout_s=0.02)
    async with running(timings=timings) as house, house.client(ping_interval=None) as client:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + 0.3
        reading = asyncio.ensure_future(client.connection.recv())  # answers pings while it waits
        await eventually(lambda: loop.time() > end_s)
        house.server.publish(FINAL)
        assert "Good morning." in await reading


@in_loop
async def test_a_client_that_is_held_up_is_not_taken_for_dead() -> None:
    def stop_consuming(session: FakeSession) -> None:
        session.is_consuming = False

    timings = replace(QUICK, ping_s=0.02, ping_timeout_s=0.02)
    async with (
        running(timings=timings, capacity=100, prepare=stop_consuming) as house,
        raw_socket(house.port) as connection,
    ):
        await connection.send(frame(BINARY, bytes(1000)))  # and it never answers a ping
        await eventually(lambda: "client-1" in house.sessions.opened)
        loop = asyncio.get_running_loop()
        end_s = loop.time() + 0.3
        await eventually(lambda: loop.time() > end_s)
        session = house.sessions.opened["client-1"]
        assert session.calls == []
        session.consume()
        assert await connection.close_code() == 1011
        assert session.heard_samples == 500


@pytest.mark.parametrize("message", [frame(TEXT, b'{"type":"dance"}'), frame(BINARY, b""), frame(BINARY, b"ab")])
@in_loop
async def test_a_flood_of_messages(message: bytes) -> None:
    async with running(with_options(messages_per_s=10)) as house, house.client() as other:
        async with raw_socket(house.port) as connection:
            await connection.send(message * 100)
            await connection.send(message * 100)
            assert await connection.close_code() == 1008
        assert 100 <= house.server.metrics.value("asrd_messages_received_total", _kind(message)) <= 110
        await works(house, other)


def _kind(message: bytes) -> str:
    return "text" if message[0] & 0x0F == TEXT else "audio"


@in_loop
async def test_a_flood_of_pings() -> None:
    async with running() as house, house.client() as other:
        async with raw_socket(house.port) as connection:
            await connection.send(frame(PING, b"x" * 100) * 1000)
            assert await connection.close_code() == 1008
        await works(house, other)


@pytest.mark.parametrize("token", [SECRET, None])
@in_loop
async def test_whoever_speaks_before_the_answer_gets_one_all_the_same(token: str | None) -> None:
    """websockets took what follows the head for frames: no answer, and an error in the log, without any token."""
    async with running() as house, house.client() as other:
        with nothing_logged():
            async with raw(house.port) as connection:
                await connection.send(upgrade(house.port, token) + frame(TEXT, b'{"type":"flush"}') + b"the rest")
                status, _ = await connection.head()
                assert status == 400
        await works(house, other)


@in_loop
async def test_whoever_goes_on_after_a_refusal_is_not_listened_to() -> None:
    async with running() as house, house.client() as other:
        with nothing_logged():
            async with raw(house.port) as connection:
                await connection.send(upgrade(house.port, None))
                status, _ = await connection.head()
                assert status == 401
                await connection.send(bytes(range(256)))
                await connection.send(frame(TEXT, b'{"type":"flush"}'))
                await connection.ended()
        await works(house, other)


@pytest.mark.parametrize("piece", [b"", b"x"])
@in_loop
async def test_a_flood_of_pieces_of_one_message(piece: bytes) -> None:
    async with running() as house, house.client() as other:
        async with raw_socket(house.port) as connection:
            await connection.send(frame(TEXT, fin=False) + frame(0, piece, fin=False) * MAX_FRAGMENTS)
            assert await connection.close_code() == 1008
        await works(house, other)


@in_loop
async def test_messages_in_few_pieces_are_no_flood() -> None:
    async with running() as house, raw_socket(house.port) as connection:
        pieces = frame(BINARY, fin=False) + frame(0, bytes(2), fin=False) * (MAX_FRAGMENTS // 2) + frame(0)
        for _ in range(3):
            await connection.send(pieces)
        await eventually(lambda: "client-1" in house.sessions.opened)
        await eventually(lambda: house.sessions.opened["client-1"].heard_samples == 3 * (MAX_FRAGMENTS // 2))


@in_loop
async def test_a_burst_of_commands_leaves_the_others_their_turns() -> None:
    count = 500
    async with running() as house, house.client() as other, raw_socket(house.port) as connection:
        await connection.send(frame(TEXT, b'{"type":"config","replay":0}') * count)
        received = functools.partial(house.server.metrics.value, "asrd_messages_received_total", "text")
        seen = set()
        while received() < count:
            seen.add(received())
            await asyncio.sleep(0)
        assert len(seen) > count / 2
        await works(house, other)


@in_loop
async def test_audio_faster_than_life_is_no_flood() -> None:
    async with running(with_options(messages_per_s=10)) as house, house.client() as client:
        for _ in range(1000):
            await client.audio(bytes(2 * 320))  # 20 ms
        await client.send('{"type":"close"}')
        assert (await client.until("final"))["text"] == "320000 samples"


# Amounts


class Growth:
    """By how much the resident set has grown at most."""

    def __init__(self) -> None:
        gc.collect()
        self._before = resident_bytes()
        self.most = 0

    def measure(self) -> None:
        self.most = max(self.most, resident_bytes() - self._before)


@in_loop
async def test_a_message_of_100_mb_is_refused_and_not_kept() -> None:
    block = bytes(256 * 1024)
    async with running() as house, house.client() as other:
        growth = Growth()
        async with raw_socket(house.port) as connection:
            with suppress(ConnectionError):
                await connection.send(frame(BINARY, b"", says=100 * MIB))
                for _ in range(400):
                    await connection.send(block)
                    growth.measure()
            assert await connection.close_code() in (0, 1009)  # 0: the reset was faster
        assert growth.most < 8 * MIB
        await works(house, other)


@in_loop
async def test_a_message_in_pieces_without_end_is_refused_and_not_kept() -> None:
    piece = frame(0, bytes(64 * 1024), fin=False)
    async with running() as house, house.client() as other:
        growth = Growth()
        async with raw_socket(house.port) as connection:
            with suppress(ConnectionError):
                await connection.send(frame(BINARY, fin=False))
                for _ in range(1600):
                    await connection.send(piece)
                    growth.measure()
            assert await connection.close_code() in (0, 1009)
        assert growth.most < 8 * MIB
        await works(house, other)


@in_loop
async def test_100_mb_of_audio_are_heard_and_not_kept() -> None:
    def forget(session: FakeSession) -> None:
        session.keeps_audio = False

    message = frame(BINARY, bytes(MIB))
    async with running(prepare=forget) as house, house.client() as other, raw_socket(house.port) as connection:
        await connection.send(frame(TEXT, b'{"type":"audio","sample_rate":48000}') + message)
        await eventually(lambda: "client-1" in house.sessions.opened)
        session = house.sessions.opened["client-1"]
        await eventually(lambda: session.heard_samples > 160_000)  # warm
        growth = Growth()
        for _ in range(99):
            await connection.send(message)
            growth.measure()
        await connection.send(frame(TEXT, b'{"type":"close"}'))
        await eventually(lambda: "close" in session.calls)
        assert session.heard_samples == 100 * MIB // 2 // 3 + 1
        assert growth.most < 12 * MIB
        await works(house, other)


@in_loop
async def test_100_mb_of_audio_that_nobody_takes_stay_with_the_client() -> None:
    def stop_consuming(session: FakeSession) -> None:
        session.is_consuming = False

    message = frame(BINARY, bytes(MIB))
    async with running(prepare=stop_consuming) as house, house.client() as other, raw_socket(house.port) as connection:
        growth = Growth()
        sent = 0

        async def push() -> None:
            nonlocal sent
            with suppress(ConnectionError):
                for _ in range(100):
                    await connection.send(message)
                    sent += 1

        pushing = asyncio.ensure_future(push())
        await eventually(lambda: "client-1" in house.sessions.opened)
        session = house.sessions.opened["client-1"]
        await eventually(lambda: session.waiting == session.capacity)
        before = -1
        while before != sent:  # until nothing moves any more
            before = sent
            for _ in range(50):
                await works(house, other)
                growth.measure()
        assert sent < 30  # the rest waits on the other side, what is here is mostly in the kernel
        assert growth.most < 16 * MIB
        pushing.cancel()
        connection.writer.transport.abort()  # what it still wants to send, nobody would take


# Connections


@in_loop
async def test_500_connections() -> None:
    most = 64
    everyone = TokenBook([Token(Grant("everyone"), SECRET)])
    async with (
        running(with_options(max_connections=most), tokens=everyone) as house,
        house.client() as first,
        AsyncExitStack() as stack,
    ):

        async def come() -> int:
            connection = await stack.enter_async_context(raw(house.port))
            await connection.send(upgrade(house.port))
            status, headers = await connection.head()
            assert (status == 101) != ("retry-after" in headers)
            return status

        statuses = []
        for _ in range(10):
            statuses += await asyncio.gather(*(come() for _ in range(50)))
        assert statuses.count(101) == most - 1
        assert statuses.count(503) == 500 - most + 1
        assert house.server.metrics.value("asrd_connections") == most
        house.server.publish(FINAL)
        assert (await first.next())["type"] == "final"
        await stack.aclose()
        await eventually(lambda: house.server.metrics.value("asrd_connections") == 1)
        await works(house, first)


@in_loop
async def test_a_refused_client_is_told_why() -> None:
    async with running(with_options(max_connections=1)) as house, house.client():
        with pytest.raises(InvalidStatus) as refused:
            async with house.client():
                pass
        assert refused.value.response.status_code == 503
        assert b"as many connections as allowed" in (refused.value.response.body or b"")


@in_loop
async def test_a_handshake_that_never_ends_is_cut_off() -> None:
    async with running(timings=replace(QUICK, open_s=0.2)) as house, house.client() as other:
        async with raw(house.port) as silent, raw(house.port) as slow:
            dripping = asyncio.ensure_future(_drip(slow.writer, upgrade(house.port)[:-2]))
            assert await silent.ended() == b""
            assert await slow.ended() == b""
            dripping.cancel()
        await works(house, other)


async def _drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):
        for position in range(len(data)):
            writer.write(data[position : position + 1])
            await asyncio.sleep(0.005)


@in_loop
async def test_connections_that_say_nothing_do_not_keep_others_out() -> None:
    async with running(with_options(max_connections=16)) as house, AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(raw(house.port)) for _ in range(100)]
        async with house.client():
            pass
        assert await silent[0].ended() == b""  # who waited longest had to go
        assert len(house.server._room) <= 16


@in_loop
async def test_the_waiting_room_is_empty_when_all_is_said() -> None:
    async with running() as house, house.client() as client:
        async with raw(house.port):
            await eventually(lambda: _waiting(house) == 1)
        await eventually(lambda: _waiting(house) == 0)
        await works(house, client)


def _waiting(house: House) -> int:
    room: WaitingRoom = house.server._room
    return len(room)


@in_loop
async def test_a_client_that_does_not_read_is_disconnected_and_delays_nobody() -> None:
    outbox_bytes = 256 * 1024
    text = "x" * 10_000
    async with running(with_options(outbox_bytes=outbox_bytes, replay=3)) as house, house.client() as other:
        async with raw_socket(house.port, receive_bytes=4096):
            growth = Growth()
            number = 0
            while house.server.metrics.value("asrd_connections") == 2:
                number += 1
                house.server.publish(FinalEvent("main", number, text, "", 0, 16_000))
                received = await other.next()
                assert received["utterance"] == number
                growth.measure()
            assert house.server.metrics.value("asrd_closed_total", "4008") == 1
            assert growth.most < 16 * MIB
        await works(house, other)


@in_loop
async def test_a_slow_client_that_still_reads_is_told_why() -> None:
    async with running(with_options(outbox_bytes=8192)) as house, house.client() as client:
        for number in range(1, 30):
            house.server.publish(FinalEvent("main", number, "x" * 1000, "", 0, 16_000))
        code, reason = await client.closed()
        assert code == 4008
        assert reason.startswith("slow client")


@in_loop
async def test_answers_wait_no_more_than_events_do() -> None:
    async with running() as house, house.client("?replay=0") as other:
        house.server.publish(replace(FINAL, text="x" * 200_000))
        assert (await other.until("final"))["utterance"] == 1
        async with raw_socket(house.port, receive_bytes=4096) as connection:  # which reads nothing
            await connection.send(frame(TEXT, b'{"type":"config","replay":1}') * 100)
            await eventually(lambda: house.server.metrics.value("asrd_closed_total", "4008") == 1)
        async with house.client("?replay=0") as client:
            await works(house, client)


@in_loop
async def test_a_client_that_vanishes_leaves_nothing_behind() -> None:
    async with running() as house, house.client() as other:
        for _ in range(20):
            async with raw_socket(house.port) as connection:
                await connection.send(frame(BINARY, bytes(3200)))
                connection.writer.transport.abort()
        await eventually(lambda: house.server.metrics.value("asrd_connections") == 1)
        await eventually(lambda: house.server.hub.sessions == ("main",))
        assert all(session.calls[-1:] == ["close"] for session in house.sessions.opened.values())
        await works(house, other)
        assert SECRET not in repr(vars(house.server))
