"""Where things lie on this platform. Nothing here makes a folder or a file.

                macOS                                           elsewhere
configuration   ~/Library/Application Support/asrd/asrd.toml    $XDG_CONFIG_HOME/asrd/asrd.toml   (~/.config)
state           ~/Library/Application Support/asrd              $XDG_STATE_HOME/asrd              (~/.local/state)
models          ~/Library/Application Support/asrd/models       $XDG_DATA_HOME/asrd/models        (~/.local/share)

`ASRD_MODELS` names another folder for models.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from asrd.config.definition import Value
from asrd.options import HistoryOptions, ServerOptions

CONFIG_VARIABLE: Final = "ASRD_CONFIG"
MODELS_VARIABLE: Final = "ASRD_MODELS"
_APPLICATION: Final = "asrd"
_MAC_FOLDER: Final = Path("Library", "Application Support", _APPLICATION)


def config_file(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """The configuration file where none is named."""
    return _folder("XDG_CONFIG_HOME", Path(".config"), environ, platform) / "asrd.toml"


def state_folder(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """Where the daemon keeps what it makes itself: the token file, the history."""
    return _folder("XDG_STATE_HOME", Path(".local", "state"), environ, platform)


def models_folder(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """Where models that are pulled by name are kept."""
    named = (os.environ if environ is None else environ).get(MODELS_VARIABLE, "")
    if named:
        return Path(os.path.abspath(os.path.expanduser(named)))  # noqa: PTH100, PTH111 - follow no link, raise nothing
    return _folder("XDG_DATA_HOME", Path(".local", "share"), environ, platform) / "models"


def token_file(options: ServerOptions, environ: Mapping[str, str] | None = None) -> Path:
    """The file with the tokens."""
    return Path(options.token_file) if options.token_file else state_folder(environ) / "tokens.json"


def history_folder(options: HistoryOptions, environ: Mapping[str, str] | None = None) -> Path:
    """Where the history is written."""
    return Path(options.folder) if options.folder else state_folder(environ) / "history"


def expanded(value: Value, base: Path | None = None) -> Value:
    """A path with its leading ~ replaced by the home folder and, given a `base`, made absolute from there."""
    if not isinstance(value, str) or not value:
        return value
    path = Path(os.path.expanduser(value))  # noqa: PTH111 - Path.expanduser raises where there is no such user
    return str(path if base is None else base.resolve() / path)


def _folder(variable: str, below_home: Path, environ: Mapping[str, str] | None, platform: str) -> Path:
    environ = os.environ if environ is None else environ
    home = Path(environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - raises nothing
    if platform == "darwin":
        return home / _MAC_FOLDER
    named = environ.get(variable, "")
    # The XDG base directory specification: a relative path is to be ignored.
    return (Path(named) if Path(named).is_absolute() else home / below_home) / _APPLICATION
