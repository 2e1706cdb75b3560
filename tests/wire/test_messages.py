from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.events import (
    ClosedEvent,
    DroppedEvent,
    FinalEvent,
    GapEvent,
    LevelEvent,
    PartialEvent,
    SessionEvent,
    State,
    StatusEvent,
)
from asrd.values import Timing, Word
from asrd.wire.commands import Code
from asrd.wire.messages import Greeting, Message, ModelInfo, encode, error, hello
from tests.wire.schemas import Json, valid_message, validator

GREETING = Greeting("1.2.3", ModelInfo("nano", ("English",)), "run-1")
FINAL = FinalEvent("main", 3, "Good morning.", "English", 1600, 33_608)
TIMING = Timing(mel_s=0.001, encode_s=0.0123, prefill_s=0.25, decode_s=0.5)

samples = st.integers(0, 1 << 45)
text = st.text(max_size=20)
seconds = st.floats(0, 1e6)
decibels = st.floats(-500, 50) | st.sampled_from((-math.inf, math.nan))
numbers = st.integers(1, 1 << 40)
words = st.lists(st.builds(Word, text, samples, samples), max_size=3).map(tuple)
timings = st.builds(Timing, seconds, seconds, seconds, seconds)
EVENTS = {
    StatusEvent: st.builds(StatusEvent, text, st.sampled_from(State), text),
    PartialEvent: st.builds(PartialEvent, text, numbers, numbers, text, text, text, samples, samples, seconds),
    FinalEvent: st.tuples(samples, samples).flatmap(
        lambda span: st.builds(
            FinalEvent, text, numbers, text, text, st.just(min(span)), st.just(max(span)), words, timings
        )
    ),
    DroppedEvent: st.builds(DroppedEvent, text, numbers),
    GapEvent: st.builds(GapEvent, text, samples, samples),
    LevelEvent: st.builds(LevelEvent, text, decibels, decibels, st.booleans()),
    ClosedEvent: st.builds(ClosedEvent, text),
}


def sent(event: SessionEvent, seq: int = 7) -> Json:
    return valid_message(encode(event).frame(seq))


def test_there_is_a_strategy_for_every_event() -> None:
    assert set(EVENTS) == set(get_args(SessionEvent))


@settings(deadline=None)
@given(st.one_of(*EVENTS.values()), st.integers(1, 1 << 53))
def test_every_event_is_a_message_of_the_schema(event: SessionEvent, seq: int) -> None:
    message = encode(event)
    assert valid_message(message.frame(seq))["seq"] == seq
    assert len(message.frame(seq)) <= message.size


def test_status() -> None:
    event = StatusEvent("main", State.MIC_LOST, "The microphone was unplugged.")
    assert sent(event) == {
        "type": "status",
        "seq": 7,
        "state": "mic_lost",
        "message": "The microphone was unplugged.",
    }


def test_partial() -> None:
    event = PartialEvent("main", 2, 5, "Good mor", "ning", "English", 1600, 16_008, 0.12345)
    assert sent(event) == {
        "type": "partial",
        "seq": 7,
        "utterance": 2,
        "revision": 5,
        "committed": "Good mor",
        "tail": "ning",
        "language": "English",
        "start": 0.1,
        "end": 1.0,
        "lag_ms": 123.5,
    }


def test_final_without_words() -> None:
    assert sent(replace(FINAL, timing=TIMING)) == {
        "type": "final",
        "seq": 7,
        "utterance": 3,
        "text": "Good morning.",
        "language": "English",
        "start": 0.1,
        "end": 2.1,
        "timing": {
            "audio_ms": 2000.5,
            "encode_ms": 13.3,
            "prefill_ms": 250.0,
            "decode_ms": 500.0,
            "total_ms": 763.3,
        },
    }


def test_final_with_words() -> None:
    message = sent(replace(FINAL, words=(Word("Good", 1600, 8000), Word("morning.", 8000, 16_016))))
    assert message["words"] == [
        {"word": "Good", "start": 0.1, "end": 0.5},
        {"word": "morning.", "start": 0.5, "end": 1.001},
    ]


def test_dropped_gap_and_closed() -> None:
    assert sent(DroppedEvent("main", 4)) == {"type": "dropped", "seq": 7, "utterance": 4}
    assert sent(GapEvent("main", 16_000, 24_000)) == {"type": "gap", "seq": 7, "start": 1.0, "end": 1.5}
    assert sent(ClosedEvent("main")) == {"type": "closed", "seq": 7}


def test_level_of_silence_is_a_number() -> None:
    assert sent(LevelEvent("main", -math.inf, -3.14159, speech=True)) == {
        "type": "level",
        "seq": 7,
        "rms_db": -120.0,
        "peak_db": -3.1,
        "speech": True,
    }


def test_hello_carries_finals_without_numbers() -> None:
    recent = [encode(FINAL), encode(replace(FINAL, utterance=4))]
    message = valid_message(hello(GREETING, "main", State.SPEECH, recent).frame(1))
    assert message["recent"][1] == {
        key: value for key, value in sent(replace(FINAL, utterance=4)).items() if key != "seq"
    }
    assert {key: value for key, value in message.items() if key != "recent"} == {
        "type": "hello",
        "seq": 1,
        "protocol": 1,
        "session": "main",
        "version": "1.2.3",
        "run": "run-1",
        "model": {"name": "nano", "languages": ["English"]},
        "sample_rate": 16_000,
        "state": "speech",
    }


def test_hello_of_a_session_without_a_past() -> None:
    assert valid_message(hello(GREETING, "client-1", State.LISTENING, []).frame(1))["recent"] == []


@pytest.mark.parametrize("code", Code)
def test_every_error_code_is_in_the_schema(code: Code) -> None:
    assert valid_message(error(code.value, "why").frame(1))["code"] == code.value


def test_the_schema_knows_every_state() -> None:
    schema = validator("messages").schema
    assert isinstance(schema, dict)
    assert {value["const"] for value in schema["$defs"]["state"]["oneOf"]} == {state.value for state in State}


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "closed"},
        {"type": "closed", "seq": 0},
        {"type": "dropped", "seq": 1, "utterance": 1, "more": 1},
        {"type": "status", "seq": 1, "state": "asleep", "message": ""},
        {"type": "final", "seq": 1, "utterance": 1, "text": "a", "language": "", "start": 0, "end": 1},
        {"type": "other", "seq": 1},
    ],
)
def test_the_schema_refuses(wrong: Json) -> None:
    assert not validator("messages").is_valid(wrong)


@pytest.mark.parametrize("said", ['"', "\\", "\n", "\u2028", "日本語", "\x00", "</script>", "💬"])
def test_any_text_arrives_as_it_was(said: str) -> None:
    assert sent(replace(FINAL, text=said))["text"] == said


def test_a_lone_surrogate_does_not_stop_the_daemon() -> None:
    assert sent(replace(FINAL, text="a\ud800b"))["text"] == "a?b"


def test_seq_is_all_that_differs_between_clients() -> None:
    message = Message("closed")
    assert json.loads(message.frame(1)) == {"type": "closed", "seq": 1}
    assert message.frame(12).replace(b"12", b"1") == message.frame(1)
