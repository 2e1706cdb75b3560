"""A keyboard of the kernel through dotool, which reads one action a line."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from typing import IO, Final

from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.options import PasteKeys
from asrd_clients.injectors.programs import find

DEVICE = "/dev/uinput"
_NO_DEVICE: Final = f"dotool needs write access to {DEVICE}: add this user to the group input, then log in again"
_LINE: Final = 400  # characters; dotool reads lines of up to 64 kB
_KEYS: Final = {"\n": "enter", "\t": "tab", " ": "space"}
_END_S: Final = 5.0


class DotoolKeys:
    """See `KernelKeys`. The program stays, since the desktop needs a moment to know its keyboard."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            InjectError: it is not installed, or may not write to /dev/uinput.
        """
        program = find("dotool")
        if not os.access(DEVICE, os.W_OK):
            raise InjectError(_NO_DEVICE)
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self._write(["typedelay 2", "keydelay 2"])
        except InjectError:
            self.close()
            raise

    def type(self, text: str) -> None:
        """See `KernelKeys`.

        Raises:
            InjectError: dotool has ended.
        """
        self._write(list(actions(text)))

    def erase(self, count: int) -> None:
        """See `KernelKeys`.

        Raises:
            InjectError: dotool has ended.
        """
        self._write(["key backspace"] * count)

    def paste(self, keys: PasteKeys) -> None:
        """See `KernelKeys`.

        Raises:
            InjectError: dotool has ended.
        """
        self._write([f"key {keys.value}"])

    def close(self) -> None:
        """See `KernelKeys`; what was handed over is typed first."""
        stdin: IO[bytes] | None = self._process.stdin
        try:
            if stdin and not stdin.closed:
                stdin.close()
            self._process.wait(_END_S)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def _write(self, lines: list[str]) -> None:
        stdin = self._process.stdin
        try:
            if stdin is None or stdin.closed or self._process.poll() is not None:
                raise BrokenPipeError
            stdin.write("".join(line + "\n" for line in lines).encode())
            stdin.flush()
        except OSError:
            raise InjectError(f"dotool has ended: {_NO_DEVICE}") from None


def actions(text: str) -> Iterator[str]:
    """The lines that type a text; white space at the ends of a line is pressed as keys, so that none is trimmed."""
    for part in re.split("([\n\t ]+)", text):
        if part and part[0] in _KEYS:
            yield from (f"key {_KEYS[character]}" for character in part)
        else:
            yield from (f"type {part[at : at + _LINE]}" for at in range(0, len(part), _LINE))
