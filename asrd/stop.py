"""A stop flag that any thread may set and that native code reads without the interpreter."""

from __future__ import annotations

import ctypes


class StopSignal:
    """Asks a running recognition pass to stop: between two tokens, or in the middle of a long prefill.

    The flag is a C string: empty while the pass may go on, one character long once it should stop. A native abort
    callback is then simply `strlen`, which needs no interpreter lock, so that polling it hundreds of times per pass
    costs nothing and cannot wait for other Python threads.
    """

    def __init__(self) -> None:
        self._flag = ctypes.create_string_buffer(2)

    def set(self) -> None:
        """Ask for the stop. May be called from any thread, any number of times."""
        self._flag[0] = b"!"

    def clear(self) -> None:
        """Take the request back, to use the signal again."""
        self._flag[0] = b"\0"

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return bool(self._flag[0] != b"\0")

    @property
    def address(self) -> int:
        """Address of the C string; valid as long as this object lives."""
        return ctypes.addressof(self._flag)
