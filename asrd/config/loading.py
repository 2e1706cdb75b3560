"""The configuration as it counts: defaults, overridden by the file, by the environment, by the command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asrd.config.definition import Setting, Value, settings, table_class, tables
from asrd.config.environment import misspelt_variables, read_environment
from asrd.config.file import read_config_file
from asrd.config.flags import read_flags
from asrd.config.places import CONFIG_VARIABLE, config_file
from asrd.errors import ConfigError
from asrd.options import Config
from asrd.segment.durations import check_segment_options

DEFAULT_ORIGIN = "default"


@dataclass(frozen=True)
class LoadedConfig:
    """Settings, and where they came from.

    Attributes:
        config: the values.
        origins: setting name -> `default`, a variable, a flag, or `FILE:LINE`.
        file: the configuration file that was read, or would be.
        has_file: whether it is there.
        warnings: sentences for the user.
    """

    config: Config
    origins: Mapping[str, str]
    file: Path
    has_file: bool
    warnings: tuple[str, ...]

    def entries(self) -> Iterator[tuple[Setting, Value, str]]:
        """Every setting with its value and its origin."""
        for setting in settings():
            value = getattr(getattr(self.config, setting.table), setting.key)
            yield setting, value, self.origins[setting.name]


def load_config(args: argparse.Namespace | None = None, environ: Mapping[str, str] | None = None) -> LoadedConfig:
    """Read all origins.

    `args` is what a parser with `add_config_flags` returned (None: no flags); `environ` defaults to the process's.

    Raises:
        ConfigError: a file that was named is missing, or something in an origin cannot be used; with the file and the
            line, the variable or the flag.
    """
    args = argparse.Namespace() if args is None else args
    environ = os.environ if environ is None else environ
    path, is_named = config_path(args, environ)
    written = read_config_file(path, must_exist=is_named)
    values: dict[str, Value] = {setting.name: setting.default for setting in settings()}
    origins = dict.fromkeys(values, DEFAULT_ORIGIN)
    for name, line in (written or {}).items():
        values[name], origins[name] = line.value, f"{path}:{line.line}"
    for name, given in (read_environment(environ) | read_flags(args)).items():
        values[name], origins[name] = given.value, given.name
    _check_together(values, origins)
    config = _as_config(values)
    check_segment_options(config.segment)
    return LoadedConfig(
        config=config,
        origins=origins,
        file=path,
        has_file=written is not None,
        warnings=(*misspelt_variables(environ), *_told_together(values, origins)),
    )


def config_path(args: argparse.Namespace, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """The configuration file, and whether it was named: by --config, else by ASRD_CONFIG."""
    named = getattr(args, "config", None) or environ.get(CONFIG_VARIABLE)
    if named:
        return Path(os.path.expanduser(named)), True  # noqa: PTH111 - Path.expanduser raises where there is no user
    return config_file(environ), False


def _as_config(values: Mapping[str, Value]) -> Config:
    by_table: dict[str, dict[str, Any]] = {table: {} for table in tables()}
    for setting in settings():
        by_table[setting.table][setting.key] = values[setting.name]
    return Config(**{table: table_class(table)(**keys) for table, keys in by_table.items()})


def _check_together(values: Mapping[str, Value], origins: Mapping[str, str]) -> None:
    """Refuse settings that are fine alone and contradict each other."""
    for given, missing in (("server.tls_cert", "server.tls_key"), ("server.tls_key", "server.tls_cert")):
        if values[given] and not values[missing]:
            raise ConfigError(f"{given} ({origins[given]}) needs {missing}: TLS takes a certificate and its key")


def _told_together(values: Mapping[str, Value], origins: Mapping[str, str]) -> list[str]:
    """A sentence for each setting that does nothing because of another."""
    if values["history.audio"] and not values["history.enabled"]:
        return [f"history.audio ({origins['history.audio']}) does nothing without history.enabled"]
    return []
