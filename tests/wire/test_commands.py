from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.wire.commands import (
    Action,
    BeginAudio,
    BrokenTextError,
    Code,
    Command,
    CommandError,
    Configure,
    parse,
)
from asrd.wire.pcm import AudioFormat, Encoding
from tests.wire.schemas import Json, validator

GOOD: list[tuple[Json, Command]] = [
    *(({"type": action.value}, action) for action in Action),
    ({"type": "config"}, Configure()),
    ({"type": "config", "language": "English"}, Configure(language="English")),
    ({"type": "config", "language": "de"}, Configure(language="German")),
    ({"type": "config", "language": " AUTO "}, Configure(language="auto")),
    ({"type": "config", "context": ""}, Configure(context="")),
    ({"type": "config", "context": "Ada Lovelace"}, Configure(context="Ada Lovelace")),
    ({"type": "config", "partials": False}, Configure(partials=False)),
    ({"type": "config", "levels": True}, Configure(levels=10.0)),
    ({"type": "config", "levels": False}, Configure(levels=0.0)),
    ({"type": "config", "levels": 20}, Configure(levels=20.0)),
    ({"type": "config", "levels": 0.1}, Configure(levels=0.1)),
    ({"type": "config", "levels": 0}, Configure(levels=0.0)),
    ({"type": "config", "replay": 10}, Configure(replay=10)),
    ({"type": "config", "session": "main", "language": "en"}, Configure(session="main", language="English")),
    ({"type": "audio", "sample_rate": 48_000}, BeginAudio(AudioFormat(48_000))),
    (
        {"type": "audio", "sample_rate": 8000, "channels": 2, "encoding": "f32le"},
        BeginAudio(AudioFormat(8000, 2, Encoding.F32LE)),
    ),
]
BAD: list[tuple[Any, Code, str]] = [
    ([], Code.BAD_VALUE, "object"),
    ("flush", Code.BAD_VALUE, "object"),
    (None, Code.BAD_VALUE, "object"),
    ({}, Code.UNKNOWN_TYPE, "null"),
    ({"type": "nope"}, Code.UNKNOWN_TYPE, '"nope"'),
    ({"type": ["flush"]}, Code.UNKNOWN_TYPE, "a list"),
    ({"type": "x" * 1000}, Code.UNKNOWN_TYPE, "xxx..."),
    ({"type": "flush", "now": True}, Code.BAD_VALUE, '"now"'),
    ({"type": "config", "langauge": "en"}, Code.BAD_VALUE, '"langauge"'),
    ({"type": "config", "language": "Klingon"}, Code.BAD_VALUE, "Klingon"),
    ({"type": "config", "language": 1}, Code.BAD_VALUE, "language is 1"),
    ({"type": "config", "language": None}, Code.BAD_VALUE, "null"),
    ({"type": "config", "context": "x" * 4001}, Code.BAD_VALUE, "4001"),
    ({"type": "config", "partials": 1}, Code.BAD_VALUE, "partials"),
    ({"type": "config", "levels": 20.5}, Code.BAD_VALUE, "20.5"),
    ({"type": "config", "levels": -1}, Code.BAD_VALUE, "levels"),
    ({"type": "config", "levels": 0.099}, Code.BAD_VALUE, "0.099"),
    ({"type": "config", "levels": 5e-324}, Code.BAD_VALUE, "5e-324"),
    ({"type": "config", "levels": "many"}, Code.BAD_VALUE, "levels"),
    ({"type": "config", "replay": -1}, Code.BAD_VALUE, "replay"),
    ({"type": "config", "replay": True}, Code.BAD_VALUE, "replay"),
    ({"type": "config", "replay": 1.5}, Code.BAD_VALUE, "replay"),
    ({"type": "config", "replay": 10_001}, Code.BAD_VALUE, "10001"),
    ({"type": "config", "session": "client-1"}, Code.BAD_VALUE, "client-1"),
    ({"type": "audio"}, Code.BAD_VALUE, "sample_rate"),
    ({"type": "audio", "sample_rate": "48000"}, Code.BAD_VALUE, "sample_rate"),
    ({"type": "audio", "sample_rate": 3999}, Code.BAD_VALUE, "3999"),
    ({"type": "audio", "sample_rate": 384_001}, Code.BAD_VALUE, "384001"),
    ({"type": "audio", "sample_rate": 16_000, "channels": 0}, Code.BAD_VALUE, "channels"),
    ({"type": "audio", "sample_rate": 16_000, "channels": 17}, Code.BAD_VALUE, "channels"),
    ({"type": "audio", "sample_rate": 16_000, "encoding": "mp3"}, Code.BAD_VALUE, '"mp3"'),
    ({"type": "audio", "sample_rate": 16_000, "encoding": {}}, Code.BAD_VALUE, "an object"),
]
# What the schema cannot say: which languages there are.
NOT_IN_SCHEMA = ("Klingon",)


@pytest.mark.parametrize(("sent", "command"), GOOD, ids=str)
def test_good_commands(sent: Json, command: Command) -> None:
    validator("commands").validate(sent)
    assert parse(json.dumps(sent)) == command


@pytest.mark.parametrize(("sent", "code", "said"), BAD, ids=lambda value: str(value)[:40])
def test_bad_commands_are_refused_with_a_sentence(sent: Any, code: Code, said: str) -> None:
    assert not validator("commands").is_valid(sent) or sent.get("language") in NOT_IN_SCHEMA
    with pytest.raises(CommandError) as refused:
        parse(json.dumps(sent))
    assert refused.value.code is code
    assert said in str(refused.value)
    assert len(str(refused.value)) < 250


def test_every_type_of_the_schema_is_known() -> None:
    schema = validator("commands").schema
    assert isinstance(schema, dict)
    assert set(schema["$defs"]) == {"config", "audio", *(action.value for action in Action)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "flush",
        '{"type":"flush"',
        '{"type":"flush"}}',
        "{'type':'flush'}",
        '{"type":"config","levels":NaN}',
        '{"type":"config","levels":-Infinity}',
        '{"type":"config","replay":' + "9" * 21 + "}",
        "[" * 60_000,
        '{"a":' * 20_000,
        "\x00",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_json_is_broken(text: str) -> None:
    with pytest.raises(BrokenTextError) as broken:
        parse(text)
    assert len(str(broken.value).encode()) <= 123  # fits into a close frame


def test_where_json_breaks_is_told_but_not_what_was_sent() -> None:
    with pytest.raises(BrokenTextError, match="at character 8") as broken:
        parse('{"type":secret}')
    assert "secret" not in str(broken.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from(("language", "context", "partials", "levels", "replay", "session", "sample_rate", "encoding"))
kinds = st.sampled_from(("config", "audio", "flush"))


@settings(deadline=None)
@given(
    st.builds(lambda kind, members: {**members, "type": kind}, kinds, st.dictionaries(keys, json_values, max_size=3))
    | json_values
)
def test_any_json_is_a_command_or_refused_and_the_schema_agrees(sent: Any) -> None:
    try:
        parse(json.dumps(sent))
    except (CommandError, BrokenTextError):
        return
    assert validator("commands").is_valid(sent)


@settings(deadline=None)
@given(st.text(max_size=50))
def test_any_text_is_a_command_or_refused(text: str) -> None:
    try:
        parse(text)
    except (CommandError, BrokenTextError):
        return
