"""The reference of the messages says everything that the schemas say, and its examples are real."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from asrd.wire import commands, pcm
from asrd.wire.document import document, read_schema
from asrd.wire.examples import COMMANDS, MESSAGES
from tests.wire.schemas import Json, valid_message, validator

SCHEMAS = ("messages", "commands")
TEXT = document()


def parts_of(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every definition, member and value of a schema with its path."""
    for name, part in schema.get("$defs", {}).items():
        yield f"{path}/{name}", part
        yield from parts_of(part, f"{path}/{name}")
    for name, member in schema.get("properties", {}).items():
        yield f"{path}.{name}", member
        yield from parts_of(member, f"{path}.{name}")
    if "$defs" not in schema:
        yield from ((f"{path}={one['const']}", one) for one in schema.get("oneOf", ()))


@pytest.mark.parametrize("name", SCHEMAS)
def test_everything_is_described(name: str) -> None:
    schema = read_schema(name)
    for path, part in parts_of(schema):
        assert "enum" not in part, f"{path}: a value of an enum has no room for a description"
        # What a member refers to may speak for it.
        told = part if "description" in part else schema["$defs"][part["$ref"].rpartition("/")[2]]
        assert re.fullmatch(r"\S.*[^.\s]", told["description"]), path


@pytest.mark.parametrize("name", SCHEMAS)
def test_everything_appears(name: str) -> None:
    for path, part in parts_of(read_schema(name)):
        if "=" in path:
            assert f"| `{json.dumps(part['const'])}` | {part['description']} |" in TEXT
        elif "." in path:
            member = path.partition(".")[2]
            assert f"| `{member}` | " in section(path.partition(".")[0].strip("/"))
            assert part.get("description", "") in TEXT
        else:
            assert f"\n### {path.strip('/')}\n" in TEXT or f"\n| `{path.strip('/')}` | " in TEXT


def section(name: str) -> str:
    return TEXT.partition(f"\n### {name}\n")[2].partition("\n##")[0]


def test_ranges_and_defaults_are_told() -> None:
    assert "| `channels` | whole number | 1 to 16; `1` if left out | no |" in section("audio")
    assert '| `encoding` | text | one of those below; `"s16le"` if left out | no |' in section("audio")
    assert "| `levels` | true or false, number | `0`, 0.1 to 20 | no |" in section("config")
    assert "| `context` | text | at most 4000 characters | no |" in section("config")
    assert "| `words` | list of [word](#word) | at least 1 | no |" in section("final")
    assert "| `start` | [seconds](#what-messages-are-made-of) | 0 and more | yes |" in section("gap")
    assert "| `model.languages` | list of text |  | yes |" in section("hello")


@pytest.mark.parametrize("frame", MESSAGES.values(), ids=list(MESSAGES))
def test_examples_of_messages(frame: str) -> None:
    assert valid_message(frame)["type"] in TEXT
    assert frame in TEXT


@pytest.mark.parametrize("frame", COMMANDS.values(), ids=list(COMMANDS))
def test_examples_of_commands(frame: str) -> None:
    command: Json = json.loads(frame)
    validator("commands").validate(command)
    commands.parse(frame)
    assert frame in section(command["type"])


def test_there_is_one_example_of_each() -> None:
    for examples, name in ((MESSAGES, "messages"), (COMMANDS, "commands")):
        assert list(examples) == [json.loads(frame)["type"] for frame in examples.values()]
        kinds = {reference["$ref"].rpartition("/")[2] for reference in read_schema(name)["oneOf"]}
        assert set(examples) == kinds


def test_the_schemas_bound_what_the_code_bounds() -> None:
    config, audio = (read_schema("commands")["$defs"][name]["properties"] for name in ("config", "audio"))
    assert config["context"]["maxLength"] == commands.MAX_CONTEXT_CHARACTERS
    assert config["replay"]["maximum"] == commands.MAX_REPLAY
    assert str(commands.DEFAULT_LEVELS_PER_S).removesuffix(".0") in config["levels"]["description"]
    assert (audio["channels"]["maximum"], audio["sample_rate"]["minimum"], audio["sample_rate"]["maximum"]) == (
        pcm.MAX_CHANNELS,
        pcm.MIN_RATE_HZ,
        pcm.MAX_RATE_HZ,
    )
