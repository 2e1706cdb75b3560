"""What the decoder wrote, taken apart: language, text, and the repair of runaway repetition.

Source: `parse_asr_output` and `detect_and_fix_repetitions` of qwen-asr 0.0.6 (Apache-2.0), by behaviour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from asrd.text.prompt import TEXT_TAG

_LANGUAGE_LINE: Final = re.compile(r"^\s*language\s+(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_NO_SPEECH: Final = "none"
_REPEATED_CHARACTER: Final = re.compile(r"(.)\1{20,}", re.DOTALL)  # more than 20 times
_REPEATED_PATTERN: Final = re.compile(r"(.{2,20}?)\1{19,}", re.DOTALL)  # 20 times or more


@dataclass(frozen=True)
class Transcript:
    """One pass's output.

    Attributes:
        language: the model's name of the language, or "" when it named none or heard no speech.
        text: without surrounding white space, repetition repaired.
        literal: the same before the repair.
        start: index in the raw output where the text begins, if `text` stands there unchanged; otherwise -1.
    """

    language: str
    text: str
    literal: str
    start: int


def repair_repetition(text: str) -> str:
    """Reduce a character repeated more than 20 times, and a pattern of up to 20 characters 20 times or more, to one."""
    return _REPEATED_PATTERN.sub(r"\1", _REPEATED_CHARACTER.sub(r"\1", text))


def parse_transcript(raw: str, *, forced_language: str | None = None) -> Transcript:
    """Take the decoder's raw output apart.

    A tag that has only come in part, as in a pass that was cut off (`language Engl`), counts as no text yet.
    """
    if forced_language is not None:
        return _transcript(forced_language, raw, 0)
    head, tag, _ = raw.partition(TEXT_TAG)
    if not tag:
        return Transcript("", "", "", -1) if _is_announcement(raw) else _transcript("", raw, 0)
    named = _LANGUAGE_LINE.search(head)
    language = named.group(1) if named and named.group(1).lower() != _NO_SPEECH else ""
    return _transcript(language, raw, len(head) + len(TEXT_TAG))


def _is_announcement(raw: str) -> bool:
    """Whether untagged output is nothing but (the beginning of) `language X`."""
    return re.fullmatch(r"\s*language(\s+\w*\s*(<[a-z_]*)?)?", raw, re.IGNORECASE) is not None


def _transcript(language: str, raw: str, start: int) -> Transcript:
    body = raw[start:]
    text = body.strip()
    repaired = repair_repetition(text)
    begin = start + len(body) - len(body.lstrip())
    return Transcript(language, repaired, text, begin if repaired == text else -1)
