"""The units of systemd --user: from a wish to the text of files, and nothing else.

Quoting follows systemd.syntax(7) and systemd.service(5): `%` begins a specifier and is doubled; within double quotes a
backslash begins an escape as in C. Variables (`$`) are left alone, since the command line begins with `:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from asrd.service.errors import ServiceError
from asrd.service.filling import MARK, filled
from asrd.service.interface import File, Part, Wish

UNITS: Final = {Part.DAEMON: "asrd.service", Part.TYPIST: "asrd-type.service"}
_ESCAPES: Final = {"%": "%%", "\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Both as systemd's own checks (string_is_safe, env_value_is_valid); it would ignore the line.
_NOT_IN_PROGRAM: Final = re.compile(r"[\x00-\x1f\x7f\"'\\]")
_NOT_IN_VARIABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Beside the system's own, the temporary folders of programs.
_TEMPORARY: Final = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))


def unit_files(wish: Wish, folder: Path) -> list[File]:
    """The units of all parts of the wish, in `folder`.

    Raises:
        ServiceError: a word cannot be written into a unit.
    """
    return [File(folder / UNITS[part], _unit(wish, part).encode()) for part in wish.parts]


def quoted(word: str) -> str:
    """A word of a unit's setting.

    Raises:
        ServiceError: it has characters that no unit can hold.
    """
    try:
        word.encode()
    except UnicodeEncodeError:
        raise ServiceError(f"{word!a} is not UTF-8, and a unit of systemd must be: rename it") from None
    if "\0" in word:
        raise ServiceError(f"{word!a} holds a zero byte, which no command line can")
    return f'"{"".join(map(_escaped, word))}"'


def command_line(words: Sequence[str]) -> str:
    """A program by its path, and its arguments.

    Raises:
        ServiceError: systemd cannot be given the program, or a word.
    """
    if _NOT_IN_PROGRAM.search(words[0]):
        raise ServiceError(
            f"{words[0]!a} has a quote, backslash or control character in its path, and systemd starts no such "
            "program: install asrd in another folder"
        )
    return _words(words)


def environment_lines(environment: Mapping[str, str]) -> str:
    """The settings of variables, a line each.

    Raises:
        ServiceError: a value has characters that systemd lets no variable have.
    """
    for name, value in environment.items():
        if _NOT_IN_VARIABLE.search(value):
            raise ServiceError(f"{name} is {value!a}, and systemd allows no control characters in variables")
    return "".join(f"Environment={quoted(f'{name}={value}')}\n" for name, value in environment.items())


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\x{ord(character):02x}" if ord(character) < 0x20 or ord(character) == 0x7F else character


def _unit(wish: Wish, part: Part) -> str:
    values = {
        "MARK": MARK,
        "COMMAND": command_line((*wish.program, *wish.command(part))),
        "ENVIRONMENT": environment_lines(wish.environment),
    }
    if part is Part.DAEMON:
        values["STOP_S"] = str(wish.stop_s)
        values["CONFINEMENT"] = _confinement(wish) if wish.is_confined else ""
    return filled(UNITS[part], values)


def _confinement(wish: Wish) -> str:
    # A folder that is not there must not keep the daemon from starting.
    writable = _words(f"-{path}" for path in (*wish.writable, *_TEMPORARY))
    return filled("confinement.conf", {"WRITABLE": writable})


def _words(words: Iterable[str]) -> str:
    return " ".join(map(quoted, words))
