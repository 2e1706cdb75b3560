from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from asrd.cli.parser import Parser
from asrd.config.flags import add_config_flags
from asrd.config.loading import LoadedConfig, load_config

Load = Callable[..., LoadedConfig]


def parsed(*flags: str) -> argparse.Namespace:
    parser = Parser(prog="asrd run")
    add_config_flags(parser)
    return parser.parse_args(list(flags))


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a file with the given text (None: there is none), flags and variables, far from the user's own settings."""

    def run(text: str | None = None, *flags: str, **variables: str) -> LoadedConfig:
        folder = tmp_path / "config" / "asrd"
        folder.mkdir(parents=True, exist_ok=True)
        if text is not None:
            (folder / "asrd.toml").write_text(text, encoding="utf-8")
        environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")} | variables
        return load_config(parsed(*flags), environ)

    return run
