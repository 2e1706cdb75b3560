"""The configuration file: TOML with one table for each part."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asrd.config.checking import value_of_toml
from asrd.config.definition import Setting, Value, by_name, settings, tables
from asrd.config.places import expanded
from asrd.errors import ConfigError
from asrd.plain_file import read_plain
from asrd.store.installed import name_as_folder
from asrd.text import toml
from asrd.text.suggest import did_you_mean
from asrd.text.toml_lines import Lines

_LONGEST_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Written:
    """A value of the file, and the line of it."""

    value: Value
    line: int


def read_config_file(path: Path, *, must_exist: bool) -> dict[str, Written] | None:
    """What the file says, by setting name; None if there is none and there need not be one.

    Raises:
        ConfigError: it is missing though it must exist, cannot be read, is no TOML, or holds keys or values that
            cannot be used; with the line of each.
    """
    text = _read(path, must_exist=must_exist)
    if text is None:
        return None
    try:
        parsed = toml.loads(text)
    except ValueError as error:  # a number of thousands of digits is one that is no TOMLDecodeError
        raise ConfigError(f"{path} is no valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path} is no valid TOML: it is nested too deeply") from None
    return _ConfigText(path, text).written(parsed)


def _read(path: Path, *, must_exist: bool) -> str | None:
    if path == Path(os.devnull):  # how one asks for no configuration at all
        return ""
    try:
        return read_plain(path, _LONGEST_BYTES).decode("utf-8-sig")  # some editors begin a file with a byte-order mark
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(
                f"there is no configuration file {path}: check --config and ASRD_CONFIG; "
                "`asrd config --example` prints one to begin with"
            ) from None
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"the configuration file {path} cannot be read: {reason}; check --config and ASRD_CONFIG"
        ) from None


class _ConfigText:
    """The text of a file, and everything that is wrong in it, with the line."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = Lines(text)
        self._refused: list[tuple[int, str]] = []

    def written(self, parsed: Mapping[str, Any]) -> dict[str, Written]:
        found: dict[str, Written] = {}
        for table, content in parsed.items():
            if table not in tables():
                self._refuse((table,), f"{table} is no table of the configuration{_meant_table(table)}")
            elif not isinstance(content, dict):
                self._refuse((table,), f"{table} is a table: write [{table}] and its keys below it")
            else:
                for key, raw in content.items():
                    self._check(table, key, raw, found)
        if self._refused:
            sentences = "; ".join(f"line {line}: {sentence}" for line, sentence in sorted(self._refused))
            raise ConfigError(f"{self._path}, {sentences}")
        return found

    def _check(self, table: str, key: str, raw: object, found: dict[str, Written]) -> None:
        setting = by_name().get(f"{table}.{key}")
        if setting is None:
            self._refuse((table, key), f"{table}.{key} is no setting{_meant_key(table, key)}")
            return
        try:
            value = value_of_toml(setting, raw)
        except ConfigError as error:
            self._refuse((table, key), str(error))
            return
        line = self._lines.of((table, key))
        found[setting.name] = Written(_located(setting, value, self._path.parent), line)

    def _refuse(self, where: tuple[str, ...], sentence: str) -> None:
        self._refused.append((self._lines.of(where), sentence))


def _located(setting: Setting, value: Value, base: Path) -> Value:
    if setting.name == "model.path" and isinstance(value, str) and (place := name_as_folder(value, base)):
        return place
    return expanded(value, base) if setting.is_path else value


def _meant_table(name: str) -> str:
    with_key = [setting for setting in settings() if setting.key == name]
    if with_key:
        return f"; did you mean {_names(with_key)}?"
    return did_you_mean(name, tables()) or f"; there are: {', '.join(tables())}"


def _meant_key(table: str, key: str) -> str:
    elsewhere = [setting for setting in settings() if setting.key == key]
    if elsewhere:
        return f"; did you mean {_names(elsewhere)}?"
    own = [setting.key for setting in settings() if setting.table == table]
    hint = did_you_mean(key, own)
    if hint:
        return hint.replace("mean ", f"mean {table}.")
    return f"; there are: {', '.join(own)}"


def _names(found: list[Setting]) -> str:
    return " or ".join(setting.name for setting in found)
