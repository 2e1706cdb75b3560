"""The schemas of the repository, ready to validate with."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

Json = dict[str, Any]


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads(files("asrd.wire").joinpath("schema").joinpath(f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def valid_message(frame: bytes | str) -> Json:
    """A frame that a client got, as an object; fails if the schema does not allow it."""
    message: Json = json.loads(frame)
    validator("messages").validate(message)
    return message
