"""Finals as lines of standard output: harmless by itself, and good for pipes."""

from __future__ import annotations

import sys
from typing import Final, TextIO

from asrd_clients.injectors.interface import InjectError, Method
from asrd_clients.injectors.text import harmless


class StdoutInjector:
    """Writes each text as it is given, at once. A pipe cannot take back, so nothing is erased."""

    method: Final = Method.STDOUT
    can_erase: Final = False

    def __init__(self, stream: TextIO | None = None) -> None:
        """`stream`: instead of standard output."""
        self._stream = stream or sys.stdout

    def type(self, text: str) -> None:
        """See `Injector`. Text is written as a line of its own, unless it ends one itself.

        Raises:
            InjectError: the other end is closed, or cannot take the characters.
        """
        text = harmless(text).strip(" ")
        if not text:
            return
        try:
            self._stream.write(text if text.endswith("\n") else text + "\n")
            self._stream.flush()
        except UnicodeEncodeError:
            raise InjectError(
                "standard output cannot take this text's characters: set PYTHONUTF8=1, or use a UTF-8 locale"
            ) from None
        except (OSError, ValueError) as error:
            raise InjectError(f"standard output takes no more text ({_reason(error)}): start again") from None

    def erase(self, count: int) -> None:
        """See `Injector`.

        Raises:
            InjectError: always, unless there is nothing to be erased.
        """
        if count:
            raise InjectError("what is written to standard output cannot be taken back: type finals only")

    def close(self) -> None:
        """See `Injector`; standard output stays open."""


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
