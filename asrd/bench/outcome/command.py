"""The command line that repeats a result."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

PROGRAM: Final = "asrd"
_SHOWING: Final = ("--json",)  # what becomes of the result, or lies there of an earlier run, is not what was measured
_SHOWING_AT_A_PLACE: Final = ("--store", "--plots", "--resume", "--log")
# A slash that neither goes on with a relative path nor is one of the two of an address such as ws://127.0.0.1.
_ABSOLUTE_PATH: Final = re.compile(r"(?<![\w.~/})-])/(?!/)[^\s,:;'\"]+")
_KEPT_PARTS: Final = 2


def command_of(argv: Sequence[str]) -> str:
    """The command line of `argv` (as `sys.argv`: the program first), as it is typed into a shell.

    What only shows or keeps the result is left out. Of absolute paths the last two parts are left: the others belong to
    this machine alone.
    """
    return shlex.join([PROGRAM, *map(_without_place, _measuring(argv[1:]))])


def _measuring(arguments: Sequence[str]) -> list[str]:
    kept = []
    rest = iter(arguments)
    for argument in rest:
        if argument in _SHOWING_AT_A_PLACE:
            next(rest, None)
        elif argument not in _SHOWING and argument.partition("=")[0] not in _SHOWING_AT_A_PLACE:
            kept.append(argument)
    return kept


def _without_place(argument: str) -> str:
    return _ABSOLUTE_PATH.sub(lambda found: "/".join(PurePosixPath(found[0]).parts[1:][-_KEPT_PARTS:]), argument)
