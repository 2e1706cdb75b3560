"""The settings as a list, derived from `asrd.options.Config`: their names in the file, the environment and on the
command line, their types and limits."""

from __future__ import annotations

import functools
from dataclasses import MISSING, dataclass, fields
from types import MappingProxyType
from typing import Any, Final, TypeAlias, get_type_hints

from asrd.options import Config

Value: TypeAlias = "bool | int | float | str | tuple[str, ...]"

PREFIX: Final = "ASRD_"
# Names that were there before there was a file, or that people expect.
VARIABLE_ALIASES: Final = MappingProxyType({"model.path": "ASRD_MODEL", "model.library": "ASRD_LLAMA_LIB"})
FLAG_ALIASES: Final = MappingProxyType(
    {
        "model.path": "--model",
        "model.language": "--language",
        "model.context": "--context",
        "audio.device": "--device",
        "server.host": "--host",
        "server.port": "--port",
        "server.token_file": "--token-file",
    }
)
# In these a leading ~ is the home folder, and in a configuration file a relative path begins at the file's folder.
PATHS: Final = frozenset(
    {
        "model.path",
        "model.library",
        "server.unix_socket",
        "server.tls_cert",
        "server.tls_key",
        "server.token_file",
        "history.folder",
    }
)


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        table: its table in the file.
        key: its name there.
        kind: bool, int, float, str, or tuple for a list of texts.
        default: its value if nothing is said.
        help_text: one line.
        limits: least and greatest number, or None.
        choices: the texts allowed, or none if all are.
    """

    table: str
    key: str
    kind: type
    default: Value
    help_text: str
    limits: tuple[float, float] | None
    choices: tuple[str, ...]

    @property
    def name(self) -> str:
        """The table and the key, as in `server.port`."""
        return f"{self.table}.{self.key}"

    @property
    def variables(self) -> tuple[str, ...]:
        """Its environment variables; the first that is set counts."""
        alias = VARIABLE_ALIASES.get(self.name)
        return (f"{PREFIX}{self.table}_{self.key}".upper(), *([alias] if alias else []))

    @property
    def flags(self) -> tuple[str, ...]:
        """Its flags, the short one first if there is one."""
        alias = FLAG_ALIASES.get(self.name)
        return (*([alias] if alias else []), f"--{self.table}-{self.key}".replace("_", "-"))

    @property
    def is_path(self) -> bool:
        """Whether it names a file or a folder."""
        return self.name in PATHS


@functools.cache
def settings() -> tuple[Setting, ...]:
    """All settings, in the order of their definition."""
    return tuple(setting for table in fields(Config) for setting in _settings_of(table.name))


@functools.cache
def by_name() -> MappingProxyType[str, Setting]:
    """Table and key -> setting."""
    return MappingProxyType({setting.name: setting for setting in settings()})


def tables() -> tuple[str, ...]:
    """The tables of the file, in order."""
    return tuple(table.name for table in fields(Config))


def table_class(table: str) -> type[Any]:
    """The dataclass of a table."""
    found: type[Any] = get_type_hints(Config)[table]
    return found


def _settings_of(table: str) -> list[Setting]:
    options = table_class(table)
    hints = get_type_hints(options)
    found = []
    for field in fields(options):
        assert field.default is not MISSING, f"{table}.{field.name} has no default"
        found.append(
            Setting(
                table=table,
                key=field.name,
                kind=_kind_of(hints[field.name]),
                default=field.default,
                help_text=field.metadata["help"],
                limits=field.metadata["limits"],
                choices=field.metadata["choices"],
            )
        )
    return found


def _kind_of(hint: Any) -> type:
    if hint in (bool, int, float, str):
        return hint  # type: ignore[no-any-return]
    assert hint == tuple[str, ...], f"settings of the type {hint} are not known"
    return tuple
