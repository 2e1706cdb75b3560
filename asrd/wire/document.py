"""The schemas as text: docs/MESSAGES.md, which `make docs` writes, and `python -m asrd.wire.document` prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from asrd.text.markdown import table
from asrd.wire.examples import COMMANDS, MESSAGES

Schema = Mapping[str, Any]

_INTRODUCTION: Final = """\
# Messages and commands

This page is made from `asrd/wire/schema` by `make docs`: change that, not this. How to connect, what comes when, and
who is let in: [PROTOCOL.md](PROTOCOL.md).

A message or a command is one JSON object in a text frame. It has the members below and no others. The exact form, for
programs: [messages.json](../asrd/wire/schema/messages.json) and [commands.json](../asrd/wire/schema/commands.json), in
JSON Schema.
"""
_PARTS: Final = "What messages are made of"
_PARTS_ANCHOR: Final = _PARTS.lower().replace(" ", "-")
_TYPES: Final = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "object",
}


def document() -> str:
    """The text of docs/MESSAGES.md."""
    messages, commands = read_schema("messages"), read_schema("commands")
    return "\n".join(
        [
            _INTRODUCTION,
            "## Messages: what the daemon sends\n",
            *_kinds(messages, "message", MESSAGES),
            "## Commands: what a client sends\n",
            *_kinds(commands, "command", COMMANDS),
            f"## {_PARTS}\n",
            *_parts(messages),
        ]
    )


def read_schema(name: str) -> Schema:
    """A schema of this package: "messages" or "commands"."""
    path = files("asrd.wire").joinpath("schema").joinpath(f"{name}.json")
    schema: Schema = json.loads(path.read_text(encoding="utf-8"))
    return schema


def _kinds(schema: Schema, mark: str, examples: Mapping[str, str]) -> Iterator[str]:
    """A section for each message or command, in the schema's order."""
    for reference in schema["oneOf"]:
        name = _name(reference)
        yield f"### {name}\n\n{_sentence(schema['$defs'][name]['description'])}\n"
        yield from _members(schema["$defs"][name], schema["$defs"])
        yield f"```json {mark}\n{examples[name]}\n```\n"


def _parts(schema: Schema) -> Iterator[str]:
    """A section for each definition that is no message; those without members or values share a table."""
    kinds = {_name(reference) for reference in schema["oneOf"]}
    parts = {name: part for name, part in schema["$defs"].items() if name not in kinds}
    plain = [name for name, part in parts.items() if "properties" not in part and "oneOf" not in part]
    yield table(("kind", "type", "range", "what it is"), [_plain_row(name, parts[name]) for name in plain])
    for name, part in parts.items():
        if name not in plain:
            yield f"### {name}\n\n{_sentence(part['description'])}\n"
            yield from _members(part, schema["$defs"]) if "properties" in part else [_values(part)]


def _members(part: Schema, parts: Schema, path: str = "") -> Iterator[str]:
    """The table of an object's members, and of what these hold; then the tables of their values."""
    rows = list(_member_rows(part, parts, path))
    yield table(("member", "type", "range", "required", "what it is"), rows)
    for name, member in part["properties"].items():
        if "oneOf" in member:
            yield f"Values of `{path}{name}`:\n"
            yield _values(member)


def _member_rows(part: Schema, parts: Schema, path: str) -> Iterator[tuple[str, ...]]:
    for name, member in part["properties"].items():
        is_required = "yes" if name in part["required"] else "no"
        yield f"`{path}{name}`", _type(member, parts), _range(member, parts), is_required, _meaning(member, parts)
        if "properties" in member:
            yield from _member_rows(member, parts, f"{path}{name}.")


def _plain_row(name: str, part: Schema) -> tuple[str, ...]:
    return f"`{name}`", _type(part, {}), _range(part, {}), part["description"]


def _values(part: Schema) -> str:
    return table(("value", "what it says"), [(_code(one["const"]), one["description"]) for one in part["oneOf"]])


def _type(member: Schema, parts: Schema) -> str:
    if "$ref" in member:
        name = _name(member)
        return f"[{name}](#{name if _has_section(parts[name]) else _PARTS_ANCHOR})"
    if "anyOf" in member:
        return ", ".join(_type(one, parts) for one in member["anyOf"] if "const" not in one)
    if "const" in member or "oneOf" in member:
        value = member["const"] if "const" in member else member["oneOf"][0]["const"]
        return "text" if isinstance(value, str) else "whole number"
    if member["type"] == "array":
        return f"list of {_type(member['items'], parts)}"
    return _TYPES[member["type"]]


def _range(member: Schema, parts: Schema) -> str:
    if "$ref" in member:
        return "" if _has_section(parts[_name(member)]) else _range(parts[_name(member)], parts)
    if "anyOf" in member:
        return ", ".join(filter(None, (_range(one, parts) for one in member["anyOf"])))
    default = f"{_code(member['default'])} if left out" if "default" in member else ""
    return "; ".join(filter(None, (_limits(member), default)))


def _limits(member: Schema) -> str:
    if "const" in member:
        return _code(member["const"])
    if "oneOf" in member:
        return "one of those below"
    if "minimum" in member:
        greatest = f" to {member['maximum']}" if "maximum" in member else " and more"
        return f"{member['minimum']}{greatest}"
    told = {"maxLength": "at most {} characters", "minItems": "at least {}"}
    return "".join(text.format(member[name]) for name, text in told.items() if name in member)


def _meaning(member: Schema, parts: Schema) -> str:
    """Its own description, else that of what it refers to."""
    return str(member["description"] if "description" in member else parts[_name(member)]["description"])


def _has_section(part: Schema) -> bool:
    return "properties" in part or "oneOf" in part


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _code(value: object) -> str:
    return f"`{json.dumps(value)}`"


if __name__ == "__main__":
    sys.stdout.write(document())
