"""Which program starts asrd: this interpreter, by its absolute path, with `-m asrd`.

Not the console script: it may be a link that an installer moves, and its first line cannot hold long paths or spaces.
The interpreter of a virtual environment (pipx and uv make those, too) knows its packages by its own path, so that a
link is not followed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.service.errors import ServiceError
from asrd.service.runner import Runner

_TEMPORARY: Final = ("/tmp", "/var/tmp", "/private/tmp", "/private/var/tmp", "/var/folders", "/private/var/folders")
_CACHES: Final = (".cache", "Library/Caches")
_START_S: Final = 60.0
_HARMLESS: Final = ("config", "--path")  # `--version` looks at sound devices, and leaves files behind


@dataclass(frozen=True)
class Program:
    """The words that start asrd, and what is to be said of them."""

    words: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def own_program(executable: str = sys.executable, environ: Mapping[str, str] | None = None) -> Program:
    """The program of this process.

    Raises:
        ServiceError: the interpreter does not know its own path.
    """
    environ = os.environ if environ is None else environ
    if not executable or not Path(executable).is_absolute():
        raise ServiceError("this Python does not know its own path: start asrd with the path of an interpreter")
    path = Path(os.path.normpath(executable))
    return Program((str(path), "-m", "asrd"), _warnings(path, environ))


def check_program(program: Program, runner: Runner) -> None:
    """See that it starts where the service would, far from this folder and without this environment.

    Raises:
        ServiceError: it does not.
    """
    bare = ("/bin/sh", "-c", 'cd / && exec /usr/bin/env -i HOME="$HOME" "$@"', "sh")
    answer = runner.ask(*bare, *program.words, *_HARMLESS, limit_s=_START_S)
    if answer.code != 0:
        raise ServiceError(
            f"{program.words[0]} does not find asrd when a service manager starts it ({answer.reason}): "
            "install asrd into its environment (pip, pipx or uv), and use that one"
        )


def _warnings(path: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    home = Path(environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - raises nothing
    caches = [home / cache for cache in _CACHES]
    if named := environ.get("XDG_CACHE_HOME"):
        caches.append(Path(named))
    if any(path.is_relative_to(cache) for cache in caches):
        kind = "a cache"
    elif any(path.is_relative_to(folder) for folder in (*_TEMPORARY, tempfile.gettempdir())):
        kind = "a temporary folder"
    else:
        return ()
    return (f"{path} lies in {kind}: when that is emptied the service is gone; install asrd elsewhere for good",)
