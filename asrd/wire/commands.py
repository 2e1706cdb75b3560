"""From the text frames of a client to commands; `schema/commands.json` describes them.

A command is taken as a whole or refused as a whole: a misspelt key changes nothing and is named in the answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from asrd.errors import AsrdError, ConfigError
from asrd.text.languages import language_name
from asrd.wire.pcm import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, AudioFormat, Encoding

AUTO: Final = "auto"
MAIN: Final = "main"  # the session of the daemon's own source
MAX_COMMAND_BYTES: Final = 1 << 16
MAX_CONTEXT_CHARACTERS: Final = 4000
MAX_REPLAY: Final = 10_000
MIN_LEVELS_PER_S: Final = 0.1  # the audio of one level is kept until it is told
MAX_LEVELS_PER_S: Final = 20.0
DEFAULT_LEVELS_PER_S: Final = 10.0
_MAX_DIGITS: Final = 20
_SHOWN: Final = 40  # characters of a client's word that an answer repeats


class Code(str, Enum):
    """What `error` messages say in `code`."""

    UNKNOWN_TYPE = "unknown_type"
    BAD_VALUE = "bad_value"
    FORBIDDEN = "forbidden"  # the token's scopes do not reach so far
    UNAVAILABLE = "unavailable"  # there is nothing that could do this
    OVERLOAD = "overload"  # no room for another stream of audio
    FAILED = "failed"  # it was tried


class CommandError(AsrdError, ValueError):
    """A command is refused; the connection stays up.

    Attributes:
        code: for programs.
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class BrokenTextError(AsrdError, ValueError):
    """A text frame is no JSON at all; whoever sends such is cut off."""


class Action(Enum):
    """Commands without anything else in them."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    FLUSH = "flush"
    CANCEL = "cancel"
    CLOSE = "close"  # no more audio comes: finals, then `closed`


@dataclass(frozen=True)
class Configure:
    """What is to be different from now on; None leaves a setting as it is.

    Attributes:
        language: the model's name of a language, or "auto".
        context: text that helps with names and terms.
        partials: whether partials are wanted.
        levels: how many levels a second, from `MIN_LEVELS_PER_S` on; 0: none.
        replay: send a `hello` with so many of the last finals now.
        session: "main" where language and context are meant for the daemon's own source; None: the client's own audio.
    """

    language: str | None = None
    context: str | None = None
    partials: bool | None = None
    levels: float | None = None
    replay: int | None = None
    session: str | None = None


@dataclass(frozen=True)
class BeginAudio:
    """How the binary frames that follow are to be read."""

    format: AudioFormat


Command = Action | Configure | BeginAudio


def parse(text: str) -> Command:
    """The command in a text frame.

    Raises:
        BrokenTextError: it is no JSON.
        CommandError: it is no command, or has a value that cannot be used.
    """
    value = _json(text)
    if not isinstance(value, dict):
        raise CommandError(Code.BAD_VALUE, 'a command is a JSON object such as {"type":"flush"}')
    kind = value.pop("type", None)
    if not isinstance(kind, str) or kind not in _PARSERS:
        raise CommandError(Code.UNKNOWN_TYPE, f"unknown type {_shown(kind)}: use one of {', '.join(_PARSERS)}")
    return _PARSERS[kind](kind, value)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_short_integer, parse_constant=_no_constant)
    except RecursionError:
        raise BrokenTextError("JSON is nested too deeply") from None
    except ValueError as error:
        where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise BrokenTextError(f"a text message is not JSON{where}") from None


def _short_integer(digits: str) -> int:
    """Reading a long number takes time that grows with the square of its length."""
    if len(digits) > _MAX_DIGITS:
        raise ValueError("the number is too long")
    return int(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _action(kind: str, members: dict[str, Any]) -> Action:
    _refuse_unknown(kind, members, ())
    return Action(kind)


def _configure(kind: str, members: dict[str, Any]) -> Configure:
    _refuse_unknown(kind, members, tuple(_SETTINGS))
    return Configure(**{name: _SETTINGS[name](name, value) for name, value in members.items()})


def _begin_audio(kind: str, members: dict[str, Any]) -> BeginAudio:
    _refuse_unknown(kind, members, ("sample_rate", "channels", "encoding"))
    if "sample_rate" not in members:
        raise CommandError(Code.BAD_VALUE, 'audio needs its sample_rate: {"type":"audio","sample_rate":48000}')
    rate_hz = _integer("sample_rate", members["sample_rate"], MIN_RATE_HZ, MAX_RATE_HZ)
    channels = _integer("channels", members.get("channels", 1), 1, MAX_CHANNELS)
    encodings = {encoding.value: encoding for encoding in Encoding}
    encoding = members.get("encoding", Encoding.S16LE.value)
    if not isinstance(encoding, str) or encoding not in encodings:
        raise CommandError(Code.BAD_VALUE, f"encoding is {_shown(encoding)}: use one of {', '.join(encodings)}")
    return BeginAudio(AudioFormat(rate_hz, channels, encodings[encoding]))


def _language(name: str, value: object) -> str:
    text = _string(name, value, MAX_CONTEXT_CHARACTERS)
    if text.strip().lower() == AUTO:
        return AUTO
    try:
        return language_name(text)
    except ConfigError:
        raise CommandError(
            Code.BAD_VALUE, f"language is {_shown(text)}: use {AUTO}, a name such as English, or a code such as en"
        ) from None


def _context(name: str, value: object) -> str:
    return _string(name, value, MAX_CONTEXT_CHARACTERS)


def _partials(name: str, value: object) -> bool:
    return _boolean(name, value)


def _levels(_name: str, value: object) -> float:
    """A number a second, or whether they are wanted at all."""
    if isinstance(value, bool):
        return DEFAULT_LEVELS_PER_S if value else 0.0
    if not isinstance(value, int | float) or not (value == 0 or MIN_LEVELS_PER_S <= value <= MAX_LEVELS_PER_S):
        raise CommandError(
            Code.BAD_VALUE,
            f"levels is {_shown(value)}: use true, false, 0, or {MIN_LEVELS_PER_S:g} to {MAX_LEVELS_PER_S:g} a second",
        )
    return float(value)


def _replay(name: str, value: object) -> int:
    return _integer(name, value, 0, MAX_REPLAY)


def _session(_name: str, value: object) -> str:
    if value != MAIN:
        raise CommandError(Code.BAD_VALUE, f"session is {_shown(value)}: only {MAIN} can be meant")
    return MAIN


_SETTINGS: Final[Mapping[str, Callable[[str, object], Any]]] = {
    "language": _language,
    "context": _context,
    "partials": _partials,
    "levels": _levels,
    "replay": _replay,
    "session": _session,
}
_PARSERS: Final[Mapping[str, Callable[[str, dict[str, Any]], Command]]] = {
    "config": _configure,
    "audio": _begin_audio,
    **dict.fromkeys((action.value for action in Action), _action),
}


def _refuse_unknown(kind: str, members: Mapping[str, object], known: tuple[str, ...]) -> None:
    for name in members:
        if name not in known:
            has = f"has {', '.join(known)}" if known else "has nothing else in it"
            raise CommandError(Code.BAD_VALUE, f"{kind} knows no {_shown(name)}: it {has}")


def _string(name: str, value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise CommandError(Code.BAD_VALUE, f"{name} is {_shown(value)}: it must be a text")
    if len(value) > longest:
        raise CommandError(Code.BAD_VALUE, f"{name} has {len(value)} characters: at most {longest} are taken")
    return value


def _boolean(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise CommandError(Code.BAD_VALUE, f"{name} is {_shown(value)}: it must be true or false")
    return value


def _integer(name: str, value: object, least: int, greatest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= greatest:
        raise CommandError(
            Code.BAD_VALUE, f"{name} is {_shown(value)}: it must be a whole number from {least} to {greatest}"
        )
    return value


def _shown(value: object) -> str:
    """A client's value as its own answer repeats it: in JSON, short, without control characters."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
