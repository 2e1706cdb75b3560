"""From what was written to a value that can be used: types, limits, choices."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from asrd.config.definition import Setting, Value
from asrd.errors import ConfigError
from asrd.source.watch import parse_policy
from asrd.text.languages import LANGUAGES, language_name
from asrd.text.suggest import closest

AUTOMATIC: Final = "auto"
_TRUE: Final = ("true", "1", "yes", "on")
_FALSE: Final = ("false", "0", "no", "off")
_LONG: Final = 60  # characters
_LONG_BITS: Final = 200
_TYPE_NAMES: Final[MappingProxyType[type, str]] = MappingProxyType(
    {bool: "a boolean", int: "a whole number", float: "a number", str: "a text", list: "a list", dict: "a table"}
)


def value_of_toml(setting: Setting, raw: object) -> Value:
    """Check a value as a TOML parser gives it.

    Raises:
        ConfigError: it cannot be used.
    """
    if setting.kind is tuple:
        if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
            raise _wrong_type(setting, raw)
        return _checked(setting, tuple(raw), _Seen(setting.name, raw))
    if type(raw) is int and setting.kind is float:
        return _checked(setting, _as_float(setting, raw), _Seen(setting.name, raw))
    if type(raw) is not setting.kind:  # exactly: a bool is no number
        raise _wrong_type(setting, raw)
    return _checked(setting, raw, _Seen(setting.name, raw))


def value_of_text(setting: Setting, text: str, where: str) -> Value:
    """Check a value as it is written in the variable or behind the flag `where`; lists are separated by commas.

    Raises:
        ConfigError: it cannot be used.
    """
    seen = _Seen(where, text)
    return _checked(setting, _READERS[setting.kind](setting, text, seen), seen)


def allowed(setting: Setting) -> str:
    """What the setting takes, in words."""
    if setting.choices:
        return " or ".join(map(_shown, setting.choices))
    if setting.limits is not None:
        low, high = (_plain(setting, limit) for limit in setting.limits)
        return f"{_TYPE_NAMES[setting.kind]} from {low} to {high}"
    if setting.kind is tuple:
        return "a list of texts"
    if setting.kind is bool:
        return "true or false"
    return _TYPE_NAMES[setting.kind]


@dataclass(frozen=True)
class _Seen:
    """What was written, for messages."""

    where: str
    raw: object

    def __str__(self) -> str:
        return f"{self.where} = {_shown(self.raw)}"


def _read_bool(setting: Setting, text: str, seen: _Seen) -> Value:
    lowered = text.strip().lower()
    if lowered not in _TRUE + _FALSE:
        raise _unusable(setting, seen)
    return lowered in _TRUE


def _read_number(setting: Setting, text: str, seen: _Seen) -> Value:
    try:
        return setting.kind(text)  # type: ignore[no-any-return]
    except ValueError:
        raise _unusable(setting, seen) from None


def _read_list(_setting: Setting, text: str, _seen: _Seen) -> Value:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _read_text(_setting: Setting, text: str, _seen: _Seen) -> Value:
    return text


_READERS: Final[MappingProxyType[type, Callable[[Setting, str, _Seen], Value]]] = MappingProxyType(
    {bool: _read_bool, int: _read_number, float: _read_number, tuple: _read_list, str: _read_text}
)


def _as_float(setting: Setting, number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        raise _unusable(setting, _Seen(setting.name, number)) from None


def _checked(setting: Setting, value: Any, seen: _Seen) -> Value:
    if setting.limits is not None and not setting.limits[0] <= value <= setting.limits[1]:  # true for NaN as well
        raise _unusable(setting, seen)
    if setting.choices and value not in setting.choices:
        raise _unusable(setting, seen, closest(str(value), map(str, setting.choices)))
    for text in value if isinstance(value, tuple) else [value]:
        if isinstance(text, str) and not _is_sound(text, is_path=setting.is_path):
            raise ConfigError(f"{seen} holds a NUL or broken UTF-8: write it anew")
    if check := _OWN_CHECKS.get(setting.name):
        check(value, seen)
    checked: Value = value
    return checked


def _is_sound(text: str, *, is_path: bool) -> bool:
    has_surrogate = any("\ud800" <= character <= "\udfff" for character in text)  # a byte that was no UTF-8
    return "\0" not in text and (is_path or not has_surrogate)  # file names may be any bytes


def _wrong_type(setting: Setting, raw: object) -> ConfigError:
    kind = _TYPE_NAMES.get(type(raw), f"a {type(raw).__name__}")
    return ConfigError(f"{_Seen(setting.name, raw)} is {kind}; it takes {allowed(setting)}")


def _unusable(setting: Setting, seen: _Seen, meant: str = "") -> ConfigError:
    return ConfigError(f"{seen} cannot be used; it takes {allowed(setting)}{_hint(meant)}")


def _hint(meant: str) -> str:
    return f'; did you mean "{meant}"?' if meant else ""


def _check_language(value: str, seen: _Seen) -> None:
    if value.lower() == AUTOMATIC:
        return
    try:
        language_name(value)
    except ConfigError:
        raise ConfigError(
            f'{seen} is no language of the model; it takes "{AUTOMATIC}", a code such as "en", or one of: '
            f"{', '.join(LANGUAGES)}{_hint(closest(value.capitalize(), LANGUAGES))}"
        ) from None


def _check_policy(value: str, seen: _Seen) -> None:
    try:
        parse_policy(value)
    except ConfigError:
        raise ConfigError(
            f'{seen} cannot be used; it takes "always", "on-demand", or "idle:SECONDS" such as "idle:300"'
        ) from None


_OWN_CHECKS: Final[MappingProxyType[str, Callable[[Any, _Seen], None]]] = MappingProxyType(
    {"model.language": _check_language, "audio.policy": _check_policy}
)


def _plain(setting: Setting, limit: float) -> str:
    return str(int(limit)) if setting.kind is int else f"{limit:g}"


def _shown(raw: object) -> str:
    """A value in a sentence: as TOML writes it, and short."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int) and raw.bit_length() > _LONG_BITS:
        return "a number of many digits"  # Python refuses to write out very long ones
    try:
        text = json.dumps(raw, ensure_ascii=False) if isinstance(raw, str) else str(raw)
    except (RecursionError, ValueError):  # thousands of tables in each other, or such a number somewhere in it
        return "something very long"
    return text if len(text) <= _LONG else f"{text[: _LONG - 3]}..."
