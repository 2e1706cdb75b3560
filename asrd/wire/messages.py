"""From events to the JSON messages that clients get; `schema/messages.json` describes them.

A message is encoded once, however many clients get it: only its `seq` differs from client to client.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
from asrd.geometry import SAMPLE_RATE_HZ, seconds_of
from asrd.values import Timing, Word

PROTOCOL: Final = 1  # the 1 of /v1/stream
SEQ_BYTES: Final = 24  # at most, with its key
_TIME_DECIMALS: Final = 3
_MS_DECIMALS: Final = 1
_DB_DECIMALS: Final = 1
_SILENCE_DB: Final = -120.0  # JSON has no minus infinity


@dataclass(frozen=True)
class Message:
    """A message that lacks only its number.

    Attributes:
        type: its `type`.
        fields: UTF-8 of what follows `type` and `seq` in the object, beginning with a comma unless empty.
    """

    type: str
    fields: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of its frame, at most."""
        return len(self.type) + len(self.fields) + SEQ_BYTES + len(b'{"type":""}')

    def frame(self, seq: int) -> bytes:
        """The text frame, as UTF-8, for the client whose message number `seq` this is."""
        return b'{"type":"%b","seq":%d%b}' % (self.type.encode(), seq, self.fields)

    def nested(self) -> bytes:
        """The object as part of another message: it was not sent to this client, so it has no number."""
        return b'{"type":"%b"%b}' % (self.type.encode(), self.fields)


@dataclass(frozen=True)
class ModelInfo:
    """The model as clients are told of it.

    Attributes:
        name: its name.
        languages: what it knows, by the model's names.
    """

    name: str
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Greeting:
    """What every `hello` says.

    Attributes:
        version: of asrd.
        model: the model.
        run: differs from start to start of the daemon: utterances count from 1 again.
    """

    version: str
    model: ModelInfo
    run: str


def encode(event: SessionEvent) -> Message:
    """The message that tells of an event."""
    return _ENCODERS[type(event)](event)


def hello(greeting: Greeting, session: str, state: State, recent: Sequence[Message]) -> Message:
    """The first message of a session, with the last finals of the session in their order."""
    fields = _members(
        protocol=PROTOCOL,
        session=session,
        version=greeting.version,
        run=greeting.run,
        model={"name": greeting.model.name, "languages": list(greeting.model.languages)},
        sample_rate=SAMPLE_RATE_HZ,
        state=state.value,
    )
    return Message("hello", fields + b',"recent":[%b]' % b",".join(message.nested() for message in recent))


def error(code: str, message: str) -> Message:
    """A command was refused; the connection stays up."""
    return Message("error", _members(code=code, message=message))


def _status(event: StatusEvent) -> Message:
    return Message("status", _members(state=event.state.value, message=event.message))


def _partial(event: PartialEvent) -> Message:
    fields = _members(
        utterance=event.utterance,
        revision=event.revision,
        committed=event.committed,
        tail=event.tail,
        language=event.language,
        start=_seconds(event.start),
        end=_seconds(event.end),
        lag_ms=_milliseconds(event.lag_s),
    )
    return Message("partial", fields)


def _final(event: FinalEvent) -> Message:
    fields = _members(
        utterance=event.utterance,
        text=event.text,
        language=event.language,
        start=_seconds(event.start),
        end=_seconds(event.end),
        **({"words": [_word(word) for word in event.words]} if event.words else {}),
        timing=_timing(event.timing, event.end - event.start),
    )
    return Message("final", fields)


def _dropped(event: DroppedEvent) -> Message:
    return Message("dropped", _members(utterance=event.utterance))


def _gap(event: GapEvent) -> Message:
    return Message("gap", _members(start=_seconds(event.start), end=_seconds(event.end)))


def _level(event: LevelEvent) -> Message:
    return Message(
        "level", _members(rms_db=_decibels(event.rms_db), peak_db=_decibels(event.peak_db), speech=event.speech)
    )


def _closed(_event: ClosedEvent) -> Message:
    return Message("closed")


_ENCODERS: Final[Mapping[type, Callable[[Any], Message]]] = {
    StatusEvent: _status,
    PartialEvent: _partial,
    FinalEvent: _final,
    DroppedEvent: _dropped,
    GapEvent: _gap,
    LevelEvent: _level,
    ClosedEvent: _closed,
}


def _word(word: Word) -> dict[str, object]:
    return {"word": word.text, "start": _seconds(word.start), "end": _seconds(word.end)}


def _timing(timing: Timing, samples: int) -> dict[str, float]:
    return {
        "audio_ms": _milliseconds(seconds_of(samples)),
        "encode_ms": _milliseconds(timing.mel_s + timing.encode_s),
        "prefill_ms": _milliseconds(timing.prefill_s),
        "decode_ms": _milliseconds(timing.decode_s),
        "total_ms": _milliseconds(timing.total_s),
    }


def _members(**members: object) -> bytes:
    """`,"name":value` for each; a character that UTF-8 cannot carry becomes a question mark."""
    text = json.dumps(members, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return b"," + text[1:-1].encode("utf-8", "replace")


def _seconds(samples: int) -> float:
    return round(seconds_of(samples), _TIME_DECIMALS)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000.0, _MS_DECIMALS)


def _decibels(value: float) -> float:
    return round(max(value, _SILENCE_DB), _DB_DECIMALS) if value == value else _SILENCE_DB  # noqa: PLR0124 - not a number
