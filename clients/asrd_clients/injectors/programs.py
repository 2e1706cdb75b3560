"""Programs that type on our behalf: found in PATH, given text through standard input, never through a shell."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from asrd_clients.injectors.interface import InjectError

_SHOWN: Final = 200


def find(name: str) -> str:
    """The path of a program.

    Raises:
        InjectError: it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise InjectError(f"{name} is not installed: install it, or choose another way with --method")
    return path


def run(
    command: Sequence[str], text: bytes = b"", limit_s: float = 10.0, environment: Mapping[str, str] | None = None
) -> bytes:
    """Run a program with text as its standard input; returns what it wrote.

    Raises:
        InjectError: it failed, or did not end in time; the first line of its error is told.
    """
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            timeout=limit_s,
            check=False,
            env=environment and dict(environment),
        )
    except subprocess.TimeoutExpired:
        raise InjectError(f"{name_of(command)} did not end within {limit_s:g} s: try again") from None
    except OSError as error:
        raise InjectError(f"{name_of(command)} cannot be run ({error.strerror}): install it again") from None
    if done.returncode:
        raise InjectError(f"{name_of(command)} failed: {_sentence(done.stderr) or f'exit code {done.returncode}'}")
    return done.stdout


def name_of(command: Sequence[str]) -> str:
    """The program's name, for messages."""
    return command[0].rpartition("/")[2]


def _sentence(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    line = lines[0] if lines else ""
    return "".join(character if character.isprintable() else " " for character in line)[:_SHOWN].strip()
