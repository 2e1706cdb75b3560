"""The client against a server over real sockets: what comes out, and what happens when the connection breaks."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest
import trustme

from asrd.client.backoff import FIRST_S, MOST_S, STEADY_S, Backoff
from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError
from asrd.client.stream import FLAPS_TOLD, Stream, Waiting, Wanted
from asrd.errors import ConfigError
from tests.client.fake_daemon import TOKEN, Client, FakeDaemon, Message, final, partial

TIMEOUT_S = 30


class Slept(Exception):
    """The client would wait for ever."""


class Listener:
    """Collects messages until there are enough, without waiting between attempts."""

    def __init__(self, endpoint: Endpoint, wanted: Wanted | None = None, attempts: int = 20) -> None:
        self.notices: list[str] = []
        self.slept_s: list[float] = []
        self.now_s = 0.0
        self._attempts = attempts
        waiting = Waiting(self._sleep, lambda: self.now_s, random.Random(1))
        self._stream = Stream(endpoint, wanted or Wanted(), self.notices.append, waiting)

    async def _sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        if len(self.slept_s) > self._attempts:
            raise Slept
        await asyncio.sleep(0)

    def collect(self, count: int) -> list[Message]:
        return asyncio.run(asyncio.wait_for(self._collect(count), TIMEOUT_S))

    async def _collect(self, count: int) -> list[Message]:
        found: list[Message] = []
        async with aclosing(self._stream.messages()) as messages:
            async for message in messages:
                found.append(message)
                if len(found) == count:
                    break
        return found


def told(messages: list[Message]) -> list[Any]:
    """Finals as their texts, other messages as their types."""
    return [message["text"] if message["type"] == "final" else message["type"] for message in messages]


async def quiet(client: Client) -> None:
    await client.hello()
    await client.stay()


@pytest.fixture
def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestMessages:
    def test_they_come_as_they_are(self) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**partial("he", "llo"))
            await client.send(**final(1, "hello", words=[{"word": "hello", "start": 0.0, "end": 0.5}]))
            await client.send(type="of a later release", x=1)
            await client.stay()

        with FakeDaemon([script]) as daemon:
            found = Listener(Endpoint(daemon.url)).collect(4)
        assert told(found) == ["hello", "partial", "hello", "of a later release"]
        assert found[0]["model"] == {"name": "m", "languages": []}
        assert "recent" not in found[0]
        assert found[1] == {"seq": 1, **partial("he", "llo")}
        assert [message["seq"] for message in found] == [0, 1, 2, 3]

    def test_the_token_is_shown_and_nowhere_else(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with FakeDaemon([quiet]) as daemon:
            endpoint = Endpoint(daemon.url, token=TOKEN)
            Listener(endpoint).collect(1)
        assert daemon.tokens == [f"Bearer {TOKEN}"]
        assert daemon.paths == ["/v1/stream"]
        assert TOKEN not in repr(endpoint)
        client_log = [record for record in caplog.records if record.name.startswith("asrd")]
        assert not any(TOKEN in record.getMessage() for record in client_log)

    def test_no_token(self) -> None:
        with FakeDaemon([quiet]) as daemon:
            Listener(Endpoint(daemon.url)).collect(1)
        assert daemon.tokens == [""]

    def test_a_session(self) -> None:
        with FakeDaemon([quiet]) as daemon:
            Listener(Endpoint(daemon.url), Wanted(session="a b&c")).collect(1)
        assert daemon.paths == ["/v1/stream?session=a+b%26c"]

    def test_unix_socket(self, tmp_path: Path) -> None:
        path = tmp_path / "socket"
        with FakeDaemon([quiet], unix_socket=path) as daemon:
            found = Listener(Endpoint("ws://localhost/v1/stream", str(path), TOKEN)).collect(1)
        assert told(found) == ["hello"]
        assert daemon.tokens == [f"Bearer {TOKEN}"]

    @pytest.mark.parametrize("recent", [5, None, "finals", {"type": "final"}, [5, {"type": "gap"}]])
    def test_a_greeting_with_nonsense_in_it(self, recent: object) -> None:
        async def script(client: Client) -> None:
            await client.send(type="hello", protocol=1, session="main", run="r", recent=recent)
            await client.send(**final(1))
            await client.stay()

        with FakeDaemon([script]) as daemon:
            found = Listener(Endpoint(daemon.url), Wanted(replay=9)).collect(2)
        assert told(found) == ["hello", "text 1"]


class TestReplay:
    RECENT = tuple(final(number) for number in range(1, 5))

    @pytest.mark.parametrize(("replay", "shown"), [(0, []), (1, [4]), (3, [2, 3, 4]), (9, [1, 2, 3, 4])])
    def test_at_first(self, replay: int, shown: list[int]) -> None:
        async def script(client: Client) -> None:
            await client.hello(*self.RECENT)
            await client.send(**final(5))
            await client.stay()

        with FakeDaemon([script]) as daemon:
            found = Listener(Endpoint(daemon.url), Wanted(replay=replay)).collect(len(shown) + 2)
        assert told(found) == ["hello", *(f"text {number}" for number in shown), "text 5"]

    def test_what_was_missed_comes_and_nothing_twice(self) -> None:
        async def first(client: Client) -> None:
            await client.hello(*self.RECENT)
            await client.send(**final(5))
            client.abort()

        async def second(client: Client) -> None:
            await client.hello(*self.RECENT, final(5), final(6), final(7))
            await client.send(**final(7))  # a daemon that says it again
            await client.send(**final(8))
            await client.stay()

        with FakeDaemon([first, second]) as daemon:
            listener = Listener(Endpoint(daemon.url))
            found = listener.collect(6)
        assert told(found) == ["hello", "text 5", "hello", "text 6", "text 7", "text 8"]
        assert listener.notices == ["the connection broke off; trying again until it is there", "connected again"]

    def test_a_daemon_that_was_started_again_counts_from_one(self) -> None:
        async def first(client: Client) -> None:
            await client.hello()
            await client.send(**final(1, "before"))
            await client.close()

        async def second(client: Client) -> None:
            await client.hello(final(1, "after"), run="run2")
            await client.stay()

        with FakeDaemon([first, second]) as daemon:
            listener = Listener(Endpoint(daemon.url))
            found = listener.collect(4)
        assert told(found) == ["hello", "before", "hello", "after"]
        assert listener.notices[0].startswith("the connection was closed (the daemon stops)")

    def test_sessions_count_by_themselves(self) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**final(1, "a"))
            await client.hello(final(1, "b"), session="client-1")
            await client.stay()

        with FakeDaemon([script]) as daemon:
            assert told(Listener(Endpoint(daemon.url)).collect(4)) == ["hello", "a", "hello", "b"]


class TestEnd:
    def test_a_session_that_is_closed_ends_the_messages(self) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            await client.send(type="status", state="idle", message="a.wav has ended")
            await client.send(**final(1))
            await client.send(type="closed")
            await client.stay()

        with FakeDaemon([script]) as daemon:
            listener = Listener(Endpoint(daemon.url))
            assert told(listener.collect(100)) == ["hello", "status", "text 1", "closed"]
        assert listener.slept_s == []

    def test_a_daemon_that_stops_may_come_back(self) -> None:
        async def stops(client: Client) -> None:
            await client.hello()
            await client.send(type="status", state="stopping", message="the daemon is stopping")
            await client.send(type="closed")
            await client.close()

        async def again(client: Client) -> None:
            await client.hello(run="run2")
            await client.send(type="closed")
            await client.stay()

        with FakeDaemon([stops, again]) as daemon:
            found = told(Listener(Endpoint(daemon.url)).collect(100))
        assert found == ["hello", "status", "closed", "hello", "closed"]


class TestReconnecting:
    def test_every_way_to_break(self) -> None:
        """Killed, stopped, too slow."""
        rounds = 0

        async def script(client: Client) -> None:
            nonlocal rounds
            rounds += 1
            await client.hello()
            await client.send(**final(rounds))
            if rounds == 1:
                client.abort()
            elif rounds == 2:
                await client.close()
            elif rounds == 3:
                await client.close(4008, "slow client")
            else:
                await client.stay()

        with FakeDaemon([script]) as daemon:
            listener = Listener(Endpoint(daemon.url))
            found = listener.collect(8)
        assert [text for text in told(found) if text != "hello"] == ["text 1", "text 2", "text 3", "text 4"]
        assert [notice.partition(";")[0] for notice in listener.notices] == [
            "the connection broke off",
            "connected again",
            "the connection was closed (the daemon stops)",
            "connected again",
            "the connection was closed (slow client)",
            "connected again",
        ]

    def test_one_notice_for_many_attempts(self) -> None:
        async def then_full(client: Client) -> None:
            await client.hello()
            daemon.refusals = [(503, "as many connections as allowed")] * 100
            await client.close()

        with FakeDaemon([then_full]) as daemon:
            listener = Listener(Endpoint(daemon.url), attempts=5)
            with pytest.raises(Slept):
                listener.collect(2)
        assert len(listener.notices) == 1
        assert len(listener.slept_s) == 6

    def test_few_notices_of_a_connection_that_breaks_again_and_again(self) -> None:
        async def breaks(client: Client) -> None:
            await client.hello()
            client.abort()

        lost, again = "the connection broke off; trying again until it is there", "connected again"
        with FakeDaemon([breaks]) as daemon:
            listener = Listener(Endpoint(daemon.url), attempts=20)
            with pytest.raises(Slept):
                listener.collect(100)
            assert listener.notices == [
                *[lost, again] * (FLAPS_TOLD - 1),
                "the connection broke off; trying again, and saying no more until a connection has lasted 10 s",
            ]
            times_s = iter(range(0, 10_000, 10))
            listener = Listener(Endpoint(daemon.url), attempts=10)
            listener._stream._waiting = Waiting(listener._sleep, lambda: float(next(times_s)), random.Random(1))
            with pytest.raises(Slept):
                listener.collect(100)
        assert listener.notices.count(lost) > FLAPS_TOLD, "one that has lasted for 10 s is told of"

    def test_a_daemon_that_is_not_there_at_first(self, free_port: int) -> None:
        endpoint = Endpoint(f"ws://127.0.0.1:{free_port}/v1/stream")
        with pytest.raises(ConnectError, match=r"no daemon at ws://127\.0\.0\.1.*refused.*asrd run"):
            Listener(endpoint).collect(1)
        listener = Listener(endpoint, Wanted(waits=True), attempts=3)
        with pytest.raises(Slept):
            listener.collect(1)
        assert len(listener.notices) == 1
        assert len(listener.slept_s) == 4

    def test_it_is_waited_for(self, free_port: int) -> None:
        daemon = FakeDaemon([quiet])
        daemon.port = free_port
        started = threading.Event()

        class StartsLate(Listener):
            async def _sleep(self, seconds: float) -> None:
                if len(self.slept_s) == 2:
                    daemon.__enter__()
                    started.set()
                await super()._sleep(seconds)

        try:
            listener = StartsLate(Endpoint(f"ws://127.0.0.1:{free_port}/v1/stream"), Wanted(waits=True))
            found = listener.collect(1)
        finally:
            if started.is_set():
                daemon.__exit__()
        assert told(found) == ["hello"]
        assert listener.notices[1:] == ["connected"]

    def test_no_socket(self, tmp_path: Path) -> None:
        with pytest.raises(ConnectError, match=r"no daemon at .*/nothing \(No such file or directory\)"):
            Listener(Endpoint("ws://localhost/v1/stream", str(tmp_path / "nothing"))).collect(1)

    def test_hung_up_during_the_handshake(self) -> None:
        with HangingUp() as port, pytest.raises(ConnectError, match="hung up before it answered"):
            Listener(Endpoint(f"ws://127.0.0.1:{port}/v1/stream")).collect(1)

    def test_it_can_be_interrupted(self) -> None:
        async def interrupted(endpoint: Endpoint) -> None:
            stream = Stream(endpoint)
            started = asyncio.Event()

            async def listen() -> None:
                async with aclosing(stream.messages()) as messages:
                    async for _ in messages:
                        started.set()

            task = asyncio.create_task(listen())
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        with FakeDaemon([quiet]) as daemon:
            asyncio.run(asyncio.wait_for(interrupted(Endpoint(daemon.url)), TIMEOUT_S))


class TestRefused:
    """Nothing of this gets better by trying again."""

    @pytest.mark.parametrize(
        ("status", "token", "words"),
        [
            (401, "", ["a token is needed (the reason)", "ASRD_TOKEN", "--token-file"]),
            (401, TOKEN, ["the token that was shown is refused"]),
            (403, TOKEN, ["refuses this client: 403, the reason"]),
            (404, TOKEN, ["404"]),
            (400, TOKEN, ["400"]),
        ],
    )
    def test_by_status(self, status: int, token: str, words: list[str]) -> None:
        with FakeDaemon([quiet]) as daemon:
            daemon.refusals = [(status, "the\nreason\n")]
            listener = Listener(Endpoint(daemon.url, token=token), Wanted(waits=True))
            with pytest.raises(ConnectError) as refusal:
                listener.collect(1)
        assert all(word in str(refusal.value) for word in words), refusal.value
        assert TOKEN not in str(refusal.value)
        assert listener.slept_s == []

    @pytest.mark.parametrize(
        "frame",
        [
            "nonsense",
            "[1]",
            "{}",
            '{"type":3}',
            b"\x00",
            "[" * 100_000,
            '{"type":"hello","protocol":2}',
            '{"type":"x"}',
        ],
        ids=lambda frame: repr(frame[:20]),
    )
    def test_what_is_no_daemon(self, frame: str | bytes) -> None:
        async def script(client: Client) -> None:
            await client.raw(frame)
            await client.stay()

        with FakeDaemon([script]) as daemon, pytest.raises(ConnectError, match=r"check the address|same release"):
            Listener(Endpoint(daemon.url)).collect(1)

    def test_what_becomes_no_daemon(self) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            await client.raw("nonsense")
            await client.stay()

        with FakeDaemon([script]) as daemon, pytest.raises(ConnectError, match="check the address"):
            Listener(Endpoint(daemon.url)).collect(2)

    def test_a_server_of_something_else(self) -> None:
        with HangingUp(b"220 mail.example ESMTP\r\n") as port, pytest.raises(ConnectError, match="is it asrd"):
            Listener(Endpoint(f"ws://127.0.0.1:{port}/v1/stream")).collect(1)


class TestRedirect:
    def test_no_other_server_is_shown_the_token(self) -> None:
        with FakeDaemon([quiet]) as other, FakeDaemon([quiet]) as daemon:
            daemon.refusals = [(302, "over there")]
            daemon.location = other.url
            with pytest.raises(ConnectError, match="refuses this client: 302"):
                Listener(Endpoint(daemon.url, token=TOKEN)).collect(1)
            assert other.paths == []


class TestOddMessages:
    def test_an_utterance_that_is_no_number(self) -> None:
        async def odd(client: Client) -> None:
            await client.hello()
            await client.send(**(final(1) | {"utterance": [1]}))
            await client.stay()

        with FakeDaemon([odd]) as daemon:
            assert told(Listener(Endpoint(daemon.url)).collect(2)) == ["hello", "text 1"]


# In Python 3.10 asyncio forgets to close the transport of a handshake that failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestTls:
    @pytest.fixture(autouse=True)
    def _forgotten(self) -> Iterator[None]:
        yield
        gc.collect()  # here, and not in another test

    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def daemon(self, authority: trustme.CA) -> Iterator[FakeDaemon]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        with FakeDaemon([quiet], tls=context) as daemon:
            yield daemon

    def test_trusted(self, daemon: FakeDaemon, authority: trustme.CA, tmp_path: Path) -> None:
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        endpoint = Endpoint(daemon.url, token=TOKEN, ca_file=str(tmp_path / "ca.pem"))
        assert told(Listener(endpoint).collect(1)) == ["hello"]

    def test_not_trusted(self, daemon: FakeDaemon) -> None:
        listener = Listener(Endpoint(daemon.url, token=TOKEN), Wanted(waits=True))
        with pytest.raises(ConnectError, match=r"not trusted.*--ca FILE"):
            listener.collect(1)
        assert daemon.tokens == []  # it was not shown

    def test_of_another_name(self, daemon: FakeDaemon, authority: trustme.CA, tmp_path: Path) -> None:
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        url = daemon.url.replace("127.0.0.1", "localhost")
        with pytest.raises(ConnectError, match=r"not trusted.*localhost"):
            Listener(Endpoint(url, ca_file=str(tmp_path / "ca.pem"))).collect(1)

    def test_certificates_that_are_none(self, daemon: FakeDaemon, tmp_path: Path) -> None:
        (tmp_path / "ca.pem").write_text("nothing", encoding="utf-8")
        for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
            with pytest.raises(ConfigError, match=r"certificates in .* cannot be used .*--ca"):
                Listener(Endpoint(daemon.url, ca_file=str(path))).collect(1)

    def test_plain_where_tls_is_spoken_and_the_other_way_round(self, daemon: FakeDaemon) -> None:
        with pytest.raises(ConnectError):
            Listener(Endpoint(daemon.url.replace("wss:", "ws:"))).collect(1)
        with FakeDaemon([quiet]) as plain, pytest.raises(ConnectError):
            Listener(Endpoint(plain.url.replace("ws:", "wss:"))).collect(1)


class TestBackoff:
    def test_it_grows_to_a_limit(self) -> None:
        backoff = Backoff(random.Random(1))
        waits_s = [backoff.wait_s(0.0) for _ in range(20)]
        assert FIRST_S / 2 <= waits_s[0] <= FIRST_S
        assert all(wait_s <= min(MOST_S, FIRST_S * 2**number) for number, wait_s in enumerate(waits_s))
        assert all(MOST_S / 2 <= wait_s <= MOST_S for wait_s in waits_s[6:])
        assert len(set(waits_s)) == 20  # many clients do not come at once

    def test_a_good_connection_starts_it_anew(self) -> None:
        backoff = Backoff(random.Random(1))
        for _ in range(10):
            backoff.wait_s(STEADY_S - 0.1)
        assert backoff.wait_s(STEADY_S - 0.1) > FIRST_S
        assert backoff.wait_s(STEADY_S) <= FIRST_S

    def test_the_stream_measures_how_long_a_connection_lasted(self) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            await client.close()

        with FakeDaemon([script]) as daemon:
            listener = Listener(Endpoint(daemon.url), attempts=10)
            with pytest.raises(Slept):
                listener.collect(100)
            assert max(listener.slept_s[6:]) > MOST_S / 2
            steady = Listener(Endpoint(daemon.url), attempts=10)
            times_s = iter(range(0, 10_000, 20))
            steady._stream._waiting = Waiting(steady._sleep, lambda: float(next(times_s)), random.Random(1))
            with pytest.raises(Slept):
                steady.collect(100)
            assert max(steady.slept_s) <= FIRST_S


class HangingUp:
    """A server that says `words` (nothing) and hangs up; yields its port."""

    def __init__(self, words: bytes = b"") -> None:
        self._words = words
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._answer, name="hanging up")

    def _answer(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(self._words)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        self._socket.close()
