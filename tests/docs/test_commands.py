"""How command lines with places to fill in are read."""

from __future__ import annotations

import pytest

from tests.docs.commands import unknown


@pytest.mark.parametrize(
    "text",
    [
        "asrd run",
        "asrd model",
        "asrd model verify|show DIR",
        "asrd toggle | start | stop",
        "asrd model pull NAME...",
        "asrd service install [--with-typist] [-- FLAGS]",
        "asrd transcribe --stream",
        "asrd transcribe FILE --format json|srt",
        "asrd run --segment-hangover-ms MS --port N",
        "asrd run --source file:PATH",
        "asrd captions -o talk.srt -o talk.jsonl",
        "asrd run --help",
        "asrd --version",
        "asrd run --model",
        "asrd bench all --store DIR",
        "asrd bench engine --made ''",
    ],
)
def test_what_there_is(text: str) -> None:
    assert unknown(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "asrd rnu",
        "asrd model steal NAME",
        "asrd model verify|shew DIR",
        "asrd run --no-such-flag",
        "asrd run [--no-such-flag]",
        "asrd transcribe --streem",
        "asrd transcribe --streem FILE",
        "asrd transcribe FILE --format mp4",
        "asrd run --port many",
        "asrd toggle | stat",
        "asrd bench all --stored DIR",
    ],
)
def test_what_there_is_not(text: str) -> None:
    assert unknown(text) != ""
