"""One message and one command of each kind, for the reference; values as of a daemon that played the demonstration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from asrd import __version__
from asrd.events import (
    ClosedEvent,
    DroppedEvent,
    FinalEvent,
    GapEvent,
    LevelEvent,
    PartialEvent,
    State,
    StatusEvent,
)
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.values import Timing, Word
from asrd.wire.commands import MAIN, Code
from asrd.wire.messages import Greeting, Message, ModelInfo, encode, error, hello


def _at(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE_HZ)


_GREETING: Final = Greeting(__version__, ModelInfo("nano", ("English",)), "5ece7e69")
_FINAL: Final = encode(
    FinalEvent(
        MAIN,
        1,
        "Good morning.",
        "English",
        _at(0.364),
        _at(1.9),
        (Word("Good", _at(0.844), _at(1.045)), Word("morning.", _at(1.045), _at(1.448))),
        Timing(mel_s=0.0021, encode_s=0.1102, prefill_s=0.0117, decode_s=0.0304),
    )
)
_MESSAGES: Final[Mapping[int, Message]] = {
    1: hello(_GREETING, MAIN, State.LISTENING, [_FINAL]),
    2: encode(StatusEvent(MAIN, State.LISTENING, "playing demo.opus")),
    3: error(Code.FORBIDDEN.value, "pause needs a token with the scope control"),
    4: encode(LevelEvent(MAIN, -19.2, -6.8, speech=True)),
    8: encode(PartialEvent(MAIN, 2, 4, "Well, somebody", " speaks, the", "English", _at(5.164), _at(7.36), 0.068)),
    27: encode(DroppedEvent(MAIN, 3)),
    28: encode(GapEvent(MAIN, _at(20.0), _at(20.75))),
    29: _FINAL,
    95: encode(ClosedEvent(MAIN)),
}
MESSAGES: Final[Mapping[str, str]] = {message.type: message.frame(seq).decode() for seq, message in _MESSAGES.items()}
"""Text frames of the daemon, by their type."""

_COMMANDS: Final[tuple[Mapping[str, Any], ...]] = (
    {"type": "config", "language": "en", "context": "Ada Lovelace, Charles Babbage", "levels": 2},
    {"type": "audio", "sample_rate": 48_000, "channels": 2, "encoding": "f32le"},
    *({"type": name} for name in ("start", "stop", "pause", "resume", "flush", "cancel", "close")),
)
COMMANDS: Final[Mapping[str, str]] = {str(command["type"]): json.dumps(command) for command in _COMMANDS}
"""Text frames of a client, by their type."""
