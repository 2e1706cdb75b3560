"""What is written of cues and of utterances, in each format."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any, Final

from asrd.text.columns import harmless
from asrd.text.subtitles import VTT_HEADER, Cue, srt_block, vtt_block
from asrd_clients.captions.spoken import Spoken

_HIDDEN: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_TIME_DECIMALS: Final = 3


class Format(Enum):
    """A format of subtitles, by the suffix of its files."""

    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"
    JSONL = "jsonl"

    @property
    def header(self) -> str:
        """What a file begins with."""
        return VTT_HEADER if self is Format.VTT else ""

    @property
    def has_cues(self) -> bool:
        """Whether it is made of cues; otherwise of utterances, a line each."""
        return self in (Format.SRT, Format.VTT)


def cue_text(to: Format, index: int, cue: Cue) -> str:
    """What is appended to a file that holds `index` cues; "" if there is nothing to show."""
    if to is Format.VTT:
        block = vtt_block(cue)
        return f"\n{block}" if block else ""
    block = srt_block(index + 1, cue)
    return f"\n{block}" if block and index else block


def utterance_text(to: Format, spoken: Spoken) -> str:
    """The utterance as a line; "" if there is nothing to show."""
    text = harmless(spoken.text)
    if not text or to is Format.TXT:
        return f"{text}\n" if text else ""
    line = json.dumps(_object(spoken), ensure_ascii=False)
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n"


def _object(spoken: Spoken) -> dict[str, Any]:
    words = [{"word": word.text, **_times(word.start_s, word.end_s)} for word in spoken.words]
    return {
        "utterance": spoken.utterance,
        **_times(spoken.start_s, spoken.end_s),
        "text": spoken.text,
        "language": spoken.language,
        **({"words": words} if spoken.has_times else {}),
    }


def _times(start_s: float, end_s: float) -> dict[str, float]:
    """Times that are not before the file's beginning."""
    return {"start": max(0.0, round(start_s, _TIME_DECIMALS)), "end": max(0.0, round(end_s, _TIME_DECIMALS))}
