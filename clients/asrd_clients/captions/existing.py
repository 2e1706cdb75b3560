"""What a file of subtitles holds that is to be gone on with: how many cues, up to when, and whether its end is whole.

Nothing that a person wrote is thrown away: only a last cue or line that was cut before it said anything is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.errors import ConfigError
from asrd_clients.captions.formats import Format

_BOM: Final = b"\xef\xbb\xbf"
_LAST_S: Final = 1e10  # three centuries
_TIME: Final = rb"(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_SPAN: Final = re.compile(rb"^[ \t]*" + _TIME + rb"[ \t]*-->[ \t]*" + _TIME + rb"(?=[ \t\r\n]|\Z).*$", re.MULTILINE)
_NUMBER: Final = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|\n)[ \t]*(\d{1,9})[ \t]*\r?\n\Z")
# A block that says nothing yet: after an empty line, or as the first of all.
_CUT_CUE: Final = re.compile(rb"(?:\A|(?<=\n)\r?\n)(?:\d+\r?\n)?[\d:,. \t>-]*\r?\n?\Z")


@dataclass(frozen=True)
class Existing:
    """What is there.

    Attributes:
        keep_bytes: how much of the file stays.
        cues: how many cues, or the last one's number if that is higher.
        end_s: when the last of them ends, 0 where the format knows no times.
        needs: what must be added first.
    """

    keep_bytes: int = 0
    cues: int = 0
    end_s: float = 0.0
    needs: str = ""


def read_existing(path: Path, to: Format) -> Existing:
    """What the file holds; nothing if there is none.

    Raises:
        ConfigError: it cannot be read, or is of another format.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Existing(needs=to.header)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): choose another file with -o") from None
    found = parse_existing(data, to)
    if found is None:
        raise ConfigError(
            f"{path} holds something else than {to.name}: choose another file with -o, or replace it with --force"
        )
    return found


def parse_existing(data: bytes, to: Format) -> Existing | None:
    """What a file with these bytes holds; None if that is no text of this format."""
    whole = _whole_characters(data)
    try:
        whole.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if to is Format.TXT:
        return Existing(len(whole), needs=_line_end(whole))
    return _parse_jsonl(whole) if to is Format.JSONL else _parse_cues(whole, to)


def _whole_characters(data: bytes) -> bytes:
    """Without the beginning of a character at the end, where the rest of it was never written."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[:-back] if back < length else data
        if byte < 0x80:
            break
    return data


def _line_end(data: bytes) -> str:
    return "" if not data or data.endswith(b"\n") else "\n"


def _parse_jsonl(data: bytes) -> Existing | None:
    keep, end_s = 0, 0.0
    for line in data.splitlines(keepends=True):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            if keep + len(line) == len(data) and not line.endswith(b"\n"):
                break  # cut off
            if line.strip():
                return None
        else:
            end_s = max(end_s, _time(value.get("end")))
        keep += len(line)
    return Existing(keep, end_s=end_s, needs=_line_end(data[:keep]))


def _time(value: object) -> float:
    """A time in seconds as a line says it; 0 for what is none, such as a number that no clock reaches."""
    if isinstance(value, int | float) and 0 <= value <= _LAST_S:
        return float(value)
    return 0.0


def _parse_cues(data: bytes, to: Format) -> Existing | None:
    text = data.removeprefix(_BOM)
    if to is Format.VTT and not text.startswith(b"WEBVTT"):
        return Existing(needs=to.header) if b"WEBVTT".startswith(text) else None
    spans = list(_SPAN.finditer(data))
    if spans and not data[spans[-1].end() :].strip():
        spans.pop()  # a cue that says nothing
    after = spans[-1].end() if spans else data.find(b"\n") + 1 if to is Format.VTT else len(data) - len(text)
    cut = _CUT_CUE.search(data, after)
    keep = cut.start() if cut is not None else len(data)
    if not spans:
        return _without_cues(data, to, keep)
    number = _NUMBER.search(data, 0, spans[-1].start())
    cues = max(len(spans), int(number[1]) if number else 0)
    return Existing(keep, cues, max(_seconds(span) for span in spans), _line_end(data[:keep]))


def _without_cues(data: bytes, to: Format, keep: int) -> Existing | None:
    if to is Format.VTT:
        return Existing(keep, needs=_line_end(data[:keep]))
    return Existing(keep) if not data[:keep].removeprefix(_BOM).strip() else None


def _seconds(span: re.Match[bytes]) -> float:
    """The end of a cue."""
    hours, minutes, whole, fraction = (group or b"0" for group in span.groups()[4:])
    return int(hours) * 3600 + int(minutes) * 60 + int(whole) + int(fraction.ljust(3, b"0")) / 1000
