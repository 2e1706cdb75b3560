"""The client against the daemon's own server: what one says the other understands."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from asrd.client.connection import Message
from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError
from asrd.client.stream import Stream, Waiting, Wanted
from asrd.events import FinalEvent, PartialEvent
from asrd.options import ServerOptions
from asrd.server.parts import Parts
from asrd.server.server import Server
from asrd.wire.messages import Greeting, ModelInfo
from tests.server.fakes import FakeSessions
from tests.server.harness import ANY_PORT, DEAF, EXPIRED, LISTENER, QUICK, SPEAKER, TOKENS, in_loop, socket_path


@asynccontextmanager
async def serving(options: ServerOptions = ANY_PORT, run: str = "run-1") -> AsyncIterator[Server]:
    sessions = FakeSessions(lambda _event: None)
    server = Server(options, Parts(Greeting("1", ModelInfo("nano"), run), sessions), TOKENS, timings=QUICK)
    await server.start()
    try:
        yield server
    finally:
        await server.stop("the daemon is stopped")


def say(server: Server, *utterances: int) -> None:
    for utterance in utterances:
        server.publish(FinalEvent("main", utterance, f"text {utterance}", "English", 0, 16_000))


class Finals:
    """The texts of finals, one at a time."""

    def __init__(self, endpoint: Endpoint, wanted: Wanted = Wanted()) -> None:  # noqa: B008 - it is frozen
        async def sleep(_seconds: float) -> None:
            await asyncio.sleep(0.01)

        self.notices: list[str] = []
        self._stream = Stream(endpoint, wanted, self.notices.append, Waiting(sleep, chance=random.Random(1)))

    async def __aenter__(self) -> Finals:
        self._messages = self._stream.messages()
        assert (await self._messages.__anext__())["type"] == "hello"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._messages.aclose()

    async def next(self, key: str = "text") -> str:
        """What the next message that has a `key` says there; the text of a final."""
        async for message in self._messages:
            if key in message:
                return str(message[key])
        raise AssertionError("the stream ended")


@in_loop
async def test_finals_as_they_come() -> None:
    async with serving() as server, Finals(Endpoint(server.address.url, token=LISTENER)) as finals:
        say(server, 1, 2)
        assert [await finals.next(), await finals.next()] == ["text 1", "text 2"]
        server.publish(PartialEvent("main", 3, 1, "te", "xt", "English", 0, 16_000, 0.1))
        assert await finals.next("committed") == "te"


@in_loop
async def test_replay() -> None:
    async with serving() as server:
        say(server, *range(1, 6))
        async with Finals(Endpoint(server.address.url, token=LISTENER), Wanted(replay=2)) as finals:
            say(server, 6)
            assert [await finals.next() for _ in range(3)] == ["text 4", "text 5", "text 6"]


@in_loop
async def test_cut_off_and_connected_again() -> None:
    async with serving() as server, Finals(Endpoint(server.address.url, token=LISTENER)) as finals:
        say(server, 1)
        assert await finals.next() == "text 1"
        for client in server._clients.values():
            client._connection.transport.abort()
        say(server, 2, 3)
        assert [await finals.next(), await finals.next()] == ["text 2", "text 3"]
        say(server, 4)
        assert await finals.next() == "text 4"
    assert len(finals.notices) == 2


@in_loop
async def test_started_again_on_the_same_port() -> None:
    async with serving() as server:
        options = replace(ANY_PORT, port=server.address.port)
        finals = Finals(Endpoint(server.address.url, token=LISTENER))
        await finals.__aenter__()
        say(server, 1)
        assert await finals.next() == "text 1"
    async with serving(options, run="run-2") as server:
        say(server, 1)  # counts from one again
        assert await finals.next() == "text 1"
        say(server, 2)
        assert await finals.next() == "text 2"
        await finals.__aexit__()
    assert finals.notices == [
        "the connection was closed (the daemon is stopped); trying again until it is there",
        "connected again",
    ]


@in_loop
async def test_unix_socket(tmp_path: Path) -> None:
    path = socket_path(tmp_path)
    endpoint = Endpoint("ws://localhost/v1/stream", path)
    async with serving(replace(ANY_PORT, unix_socket=path)) as server, Finals(endpoint) as finals:
        say(server, 1)
        assert await finals.next() == "text 1"


@pytest.mark.parametrize(
    ("token", "session", "words"),
    [
        ("", "", "a token is needed"),
        ("wrong-" + "x" * 32, "", "the token that was shown is refused"),
        (EXPIRED, "", "the token has expired"),
        (DEAF, "", "403, the token lacks the scope listen"),
        (SPEAKER, "nothing", "404, there is no such session"),
    ],
    ids=["none", "wrong", "expired", "scope", "session"],
)
def test_refused(token: str, session: str, words: str) -> None:
    @in_loop
    async def connect() -> None:
        async with serving() as server:
            stream = Stream(Endpoint(server.address.url, token=token), Wanted(session=session, waits=True))
            with pytest.raises(ConnectError) as refusal:
                await first(stream)
            assert words in str(refusal.value)
            assert not token or token not in str(refusal.value)

    connect()


@in_loop
async def test_no_room_is_no_refusal_for_ever() -> None:
    async with serving(replace(ANY_PORT, max_connections=1)) as server:
        endpoint = Endpoint(server.address.url, token=LISTENER)
        async with Finals(endpoint):
            with pytest.raises(ConnectError, match="503, there are as many connections as allowed"):
                await first(Stream(endpoint))


async def first(stream: Stream) -> Message:
    async with aclosing(stream.messages()) as messages:
        async for message in messages:
            return message
    raise AssertionError("the stream ended")
