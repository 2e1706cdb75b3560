"""What a well-behaved client meets."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus

from asrd.events import FinalEvent, GapEvent, LevelEvent, PartialEvent, State, StatusEvent
from asrd.values import UtteranceOptions
from tests.server.fakes import FULL_CONTEXT, FakeSession
from tests.server.harness import (
    LISTENER,
    QUICK,
    SPEAKER,
    TEXT,
    House,
    eventually,
    in_loop,
    raw,
    raw_socket,
    running,
    with_options,
)
from tests.wire.schemas import valid_message

FINAL = FinalEvent("main", 1, "Good morning.", "English", 0, 16_000)
PARTIAL = PartialEvent("main", 2, 1, "Good", " day", "English", 16_000, 32_000, 0.1)
SECOND_S16 = bytes(2 * 16_000)


@in_loop
async def test_a_client_that_sends_nothing_is_a_full_citizen() -> None:
    async with running() as house, house.client(token=LISTENER) as client:
        assert (client.hello["session"], client.hello["recent"]) == ("main", [])
        house.server.publish(FINAL)
        house.server.publish(PARTIAL)
        house.server.publish(GapEvent("main", 0, 8000))
        assert (await client.next())["text"] == "Good morning."
        assert (await client.next())["tail"] == " day"
        assert (await client.next())["end"] == 0.5


@in_loop
async def test_several_clients_hear_the_same() -> None:
    async with running() as house, house.client() as one, house.client(token=LISTENER) as other:
        house.server.publish(FINAL)
        assert await one.next() == await other.next()


@in_loop
async def test_a_client_that_comes_later_gets_the_finals_it_asks_for() -> None:
    async with running() as house:
        for number in range(1, 6):
            house.server.publish(FinalEvent("main", number, f"Number {number}.", "", 0, 16_000))
        async with house.client("?replay=2") as client, house.client("?session=main") as other:
            assert [final["text"] for final in client.hello["recent"]] == ["Number 4.", "Number 5."]
            assert len(other.hello["recent"]) == 5
            await client.send('{"type":"config","replay":1}')
            assert [final["text"] for final in (await client.next())["recent"]] == ["Number 5."]


@pytest.mark.parametrize("replay", [0, 3])
@in_loop
async def test_no_more_finals_are_kept_than_configured(replay: int) -> None:
    async with running(with_options(replay=replay)) as house:
        for number in range(1, 6):
            house.server.publish(FinalEvent("main", number, "x", "", 0, 16_000))
        async with house.client() as client:
            assert len(client.hello["recent"]) == replay


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?session=client-1", 404),
        ("?replay=-1", 400),
        ("?replay=", 400),
        ("?replay=10001", 400),
        ("?replay=1&replay=2", 400),
        ("?token=x", 400),
        ("?session=", 404),
    ],
)
@in_loop
async def test_bad_queries_are_refused(query: str, status: int) -> None:
    async with running() as house:
        with pytest.raises(InvalidStatus) as refused:
            async with house.client(query):
                pass
        assert refused.value.response.status_code == status


@in_loop
async def test_options_of_one_client_do_not_touch_another() -> None:
    async with running() as house, house.client(token=LISTENER) as one, house.client() as other:
        await one.send('{"type":"config","partials":false,"levels":20}')
        await eventually(lambda: house.main.level_rates == [20.0])
        house.server.publish(PARTIAL)
        house.server.publish(LevelEvent("main", -30.0, -10.0, speech=False))
        house.server.publish(FINAL)
        assert [(await one.next())["type"] for _ in range(2)] == ["level", "final"]
        assert [(await other.next())["type"] for _ in range(2)] == ["partial", "final"]
        await one.connection.close()
        await eventually(lambda: house.main.level_rates[-1] == 0.0)
        assert house.main.options == []


@in_loop
async def test_audio_of_a_client_becomes_a_session_of_its_own() -> None:
    async with running() as house, house.client(token=SPEAKER) as client, house.client() as other:
        await client.send('{"type":"audio","sample_rate":16000}')
        hello = await client.next()
        assert (hello["type"], hello["session"], hello["recent"]) == ("hello", "client-1", [])
        await client.audio(SECOND_S16)
        await client.send('{"type":"flush"}')
        final = await client.next()
        assert (final["text"], final["start"], final["end"]) == ("16000 samples", 0.0, 1.0)
        house.server.publish(FINAL)
        assert (await other.next())["text"] == "Good morning."  # and nothing of the first client
        await client.send('{"type":"close"}')
        assert (await client.next())["type"] == "closed"
        assert house.sessions.opened["client-1"].calls == ["flush", "close"]
        await client.send('{"type":"audio","sample_rate":16000}')
        assert (await client.next())["session"] == "client-2"


@in_loop
async def test_binary_without_a_command_is_what_hello_says() -> None:
    async with running() as house, house.client() as client:
        samples = np.array([0.5, -0.25, 0.125], np.float32)
        data = (samples * 32_768).astype("<i2").tobytes()
        for part in (data[:1], data[1:3], b"", data[3:]):
            await client.audio(part)
        assert (await client.next())["session"] == "client-1"
        session = house.sessions.opened["client-1"]
        await eventually(lambda: session.heard_samples == 3)
        np.testing.assert_array_equal(np.concatenate(session.heard), samples)


@in_loop
async def test_half_a_sample_at_the_end_is_forgotten() -> None:
    async with running() as house, house.client() as client:
        await client.audio(bytes(2 * 100 + 1))
        await client.send('{"type":"close"}')
        assert (await client.until("final"))["text"] == "100 samples"
        assert house.sessions.opened["client-1"].heard_samples == 100


@pytest.mark.parametrize(("rate_hz", "channels", "encoding", "width"), [(48_000, 2, "f32le", 4), (8000, 1, "s16le", 2)])
@in_loop
async def test_any_rate_is_brought_to_16_khz(rate_hz: int, channels: int, encoding: str, width: int) -> None:
    seconds = 2
    tone = np.sin(2 * np.pi * 440 * np.arange(seconds * rate_hz) / rate_hz) * 0.5
    raw = tone.astype("<f4") if width == 4 else (tone * 32_768).astype("<i2")
    data = np.repeat(raw, channels).tobytes()
    async with running() as house, house.client() as client:
        command = f'{{"type":"audio","sample_rate":{rate_hz},"channels":{channels},"encoding":"{encoding}"}}'
        await client.send(command)
        for start in range(0, len(data), 4001):  # never whole frames
            await client.audio(data[start : start + 4001])
        await client.send('{"type":"close"}')
        assert (await client.until("final"))["text"] == "32000 samples"
        heard = np.concatenate(house.sessions.opened["client-1"].heard)
    expected = np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000) * 0.5
    middle = slice(1000, -1000)  # the filter's edges aside
    np.testing.assert_allclose(heard[middle], expected[middle], atol=2e-3)


@in_loop
async def test_a_full_session_holds_the_client_up_and_loses_nothing() -> None:
    def stop_consuming(session: FakeSession) -> None:
        session.is_consuming = False

    async with running(capacity=16_000, prepare=stop_consuming) as house, house.client() as client:
        await client.audio(bytes(2 * 10_000))
        await client.audio(bytes(2 * 10_000))
        await client.send('{"type":"close"}')
        await eventually(lambda: "client-1" in house.sessions.opened)
        session = house.sessions.opened["client-1"]
        await eventually(lambda: session.waiting == 16_000)
        assert session.calls == []
        session.consume()
        assert (await client.until("final"))["text"] == "20000 samples"
        assert session.most_waiting == 16_000


@in_loop
async def test_no_room_for_a_session_is_an_error_and_the_connection_stays() -> None:
    async with running(most=1) as house, house.client() as first, house.client() as second:
        await first.send('{"type":"audio","sample_rate":16000}')
        await first.next()
        for _ in range(2):
            await second.send('{"type":"audio","sample_rate":16000}')
            refused = await second.next()
            assert (refused["type"], refused["code"]) == ("error", "overload")
        await first.connection.close()
        await eventually(lambda: house.sessions.opened["client-1"].calls == ["close"])
        await second.send('{"type":"audio","sample_rate":16000}')
        assert (await second.next())["type"] == "hello"


@in_loop
async def test_a_client_that_goes_leaves_a_session_that_is_finished_and_counted() -> None:
    async with running() as house:
        async with house.client() as client:
            await client.audio(SECOND_S16)
            await client.next()
        await eventually(lambda: house.server.metrics.value("asrd_finals_total") == 1)
        await eventually(lambda: house.server.hub.sessions == ("main",))
        assert house.server.metrics.value("asrd_connections") == 0


@in_loop
async def test_audio_after_close_waits_for_closed() -> None:
    async with running() as house, house.client() as client:
        await client.audio(SECOND_S16)
        await client.until("hello")
        session = house.sessions.opened["client-1"]
        session._soon = lambda event: None  # type: ignore[method-assign] # a recognizer that takes its time
        await client.send('{"type":"close"}')
        await client.audio(SECOND_S16)
        assert (await client.next())["code"] == "unavailable"
        await client.send('{"type":"close"}')
        assert (await client.next())["code"] == "unavailable"


@in_loop
async def test_config_reaches_the_own_session_now_or_later() -> None:
    async with running() as house, house.client(token=SPEAKER) as client:
        await client.send('{"type":"config","language":"auto","context":"Ada"}')
        await client.send('{"type":"audio","sample_rate":16000}')
        await client.next()
        session = house.sessions.opened["client-1"]
        assert session.options == [(UtteranceOptions(None, "Ada"), True)]
        await client.send('{"type":"config","language":"de","partials":false}')
        await eventually(lambda: len(session.options) == 2)
        assert session.options[1] == (UtteranceOptions("German", "Ada"), False)
        await client.send(f'{{"type":"config","context":"{FULL_CONTEXT}","levels":true}}')
        assert (await client.next())["code"] == "bad_value"
        await client.send('{"type":"config","context":"B"}')
        await eventually(lambda: len(session.options) == 3)
        assert session.options[2] == (UtteranceOptions("German", "B"), False)
        assert session.level_rates[-1] == 0.0
        assert house.main.options == []


@in_loop
async def test_config_of_the_main_session_must_say_so() -> None:
    async with running() as house, house.client() as client:
        await client.send('{"type":"config","session":"main","language":"fr","partials":false}')
        await eventually(lambda: len(house.main.options) == 1)
        assert house.main.options == [(UtteranceOptions("French"), True)]  # others still want partials
        await client.send('{"type":"config","session":"main","context":"Ada"}')
        await eventually(lambda: len(house.main.options) == 2)
        assert house.main.options[1] == (UtteranceOptions("French", "Ada"), True)


@in_loop
async def test_a_format_may_change_in_the_middle() -> None:
    async with running() as house, house.client() as client:
        await client.audio(bytes(200))
        await client.send('{"type":"audio","sample_rate":16000,"encoding":"f32le"}')
        await client.audio(bytes(400))
        await client.send('{"type":"close"}')
        assert (await client.until("final"))["text"] == "200 samples"
        assert list(house.sessions.opened) == ["client-1"]


@in_loop
async def test_control_steers_the_source() -> None:
    async with running() as house, house.client() as client:
        for action in ("start", "pause", "stop"):
            await client.send(f'{{"type":"{action}"}}')
        await client.send('{"type":"resume"}')
        refused = await client.next()
        assert (refused["code"], refused["message"]) == ("failed", "the microphone is gone: plug it in")
        assert house.capture.calls == ["start", "pause", "stop"]
        await client.send('{"type":"flush"}')
        assert (await client.next())["type"] == "final"
        await client.send('{"type":"cancel"}')
        assert (await client.next())["type"] == "dropped"
        assert house.main.calls == ["flush", "cancel"]


@pytest.mark.parametrize(
    ("token", "command", "scope"),
    [
        *((LISTENER, f'{{"type":"{action}"}}', "control") for action in ("start", "stop", "pause", "resume")),
        (LISTENER, '{"type":"flush"}', "control"),
        (LISTENER, '{"type":"cancel"}', "control"),
        (LISTENER, '{"type":"audio","sample_rate":16000}', "audio"),
        (LISTENER, '{"type":"config","language":"en"}', "audio"),
        (SPEAKER, '{"type":"config","session":"main","context":"x"}', "control"),
        (SPEAKER, '{"type":"start"}', "control"),
    ],
)
@in_loop
async def test_what_the_scopes_do_not_open_is_forbidden_and_the_connection_stays(
    token: str, command: str, scope: str
) -> None:
    async with running() as house, house.client(token=token) as client:
        await client.send(command)
        refused = await client.next()
        assert (refused["type"], refused["code"]) == ("error", "forbidden")
        assert scope in refused["message"]
        house.server.publish(FINAL)
        assert (await client.next())["type"] == "final"
        assert (house.capture.calls, house.main.calls, house.main.options, house.sessions.opened) == ([], [], [], {})


@in_loop
async def test_audio_without_the_scope_is_forbidden() -> None:
    async with running() as house, house.client(token=LISTENER) as client:
        await client.audio(SECOND_S16)
        assert (await client.next())["code"] == "forbidden"
        assert house.sessions.opened == {}


@pytest.mark.parametrize(
    "command", ['{"type":"dance"}', "[]", '{"type":"audio"}', '{"type":"close"}', '{"type":"flush","x":1}']
)
@in_loop
async def test_a_command_that_cannot_be_used_gets_an_error(command: str) -> None:
    async with running() as house, house.client() as client:
        await client.send(command)
        assert (await client.next())["type"] == "error"
        house.server.publish(FINAL)
        assert (await client.next())["type"] == "final"


async def _stopped(house: House) -> None:
    await house.server.stop("The computer is shut down.")


@in_loop
async def test_stop_delivers_what_waits_and_says_why() -> None:
    async with running() as house, house.client() as client, house.client() as speaker:
        await speaker.audio(SECOND_S16)
        await speaker.next()
        house.server.begin_stop("The computer is shut down.")
        assert (await client.next())["state"] == "stopping"
        with pytest.raises(InvalidStatus) as refused:
            async with house.client():
                pass
        assert refused.value.response.status_code == 503
        assert house.sessions.opened["client-1"].calls == ["close"]
        house.server.publish(FINAL)
        stopping = asyncio.ensure_future(_stopped(house))
        assert (await client.next())["text"] == "Good morning."
        assert await client.closed() == (1001, "The computer is shut down.")
        assert [(await speaker.next())["type"] for _ in range(3)] == ["status", "final", "closed"]
        assert await speaker.closed() == (1001, "The computer is shut down.")
        await stopping
        assert house.server.metrics.value("asrd_connections") == 0


@in_loop
async def test_no_new_audio_while_stopping() -> None:
    async with running() as house, house.client() as client:
        house.server.begin_stop("Bye.")
        await client.next()
        await client.audio(SECOND_S16)
        assert (await client.next())["code"] == "unavailable"
        assert house.sessions.opened == {}


@in_loop
async def test_a_state_that_came_before_is_told_to_those_who_come_later() -> None:
    async with running() as house:
        house.server.publish(StatusEvent("main", State.MIC_LOST, "The microphone was unplugged."))
        async with house.client() as client:
            assert client.hello["state"] == "mic_lost"
            assert (await client.next())["message"] == "The microphone was unplugged."


@in_loop
async def test_stop_waits_for_those_who_read_slowly() -> None:
    async with running() as house, raw_socket(house.port, receive_bytes=4096) as client:
        published = 0
        while house.server.hub.waiting_bytes(1) < 500_000:  # more than the sockets hold
            published += 1
            house.server.publish(FinalEvent("main", published, "x" * 8000, "", 0, 16_000))
            await asyncio.sleep(0)
        stopping = asyncio.ensure_future(_stopped(house))
        received = []
        while (frame := await client.next_frame())[0] == TEXT:
            received.append(valid_message(frame[1]))
        finals = [message["utterance"] for message in received if message["type"] == "final"]
        assert finals == list(range(1, published + 1))
        assert received[-1]["state"] == "stopping"
        assert frame[1][2:] == b"The computer is shut down."
        client.writer.close()
        await stopping


@in_loop
async def test_stop_does_not_wait_for_those_who_do_not_read() -> None:
    async with running(timings=replace(QUICK, drain_s=0.05, close_s=0.05)) as house, raw_socket(house.port, 4096):
        while house.server.hub.waiting_bytes(1) < 500_000:
            house.server.publish(FinalEvent("main", 1, "x" * 8000, "", 0, 16_000))
            await asyncio.sleep(0)
        await house.server.stop("Bye.")
        assert house.server.metrics.value("asrd_connections") == 0


@in_loop
async def test_stop_does_not_wait_for_those_who_say_nothing() -> None:
    async with running(timings=replace(QUICK, open_s=60.0)) as house, raw(house.port) as silent:
        await eventually(lambda: len(house.server._room) == 1)
        await house.server.stop("Bye.")
        assert await silent.ended() == b""
