"""A keyboard of the kernel through ydotoold, the daemon of ydotool 1.x.

Source: linux/input.h (struct input_event) and linux/input-event-codes.h; ydotoold takes the events as datagrams, so
that the differences between releases of its command line do not matter.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.options import SYSTEM_CLOCK, Clock, PasteKeys

_EVENT: Final = struct.Struct("@llHHi")  # seconds, microseconds, type, code, value
_SYN, _KEY = 0, 1
_BACKSPACE, _TAB, _ENTER, _CTRL, _SHIFT, _V, _SPACE, _INSERT = 14, 15, 28, 29, 42, 47, 57, 110
_ROWS: Final = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
_PASTE: Final = {
    PasteKeys.CTRL_V: (_CTRL, _V),
    PasteKeys.CTRL_SHIFT_V: (_CTRL, _SHIFT, _V),
    PasteKeys.SHIFT_INSERT: (_SHIFT, _INSERT),
}
_PAUSE_S: Final = 0.002  # compositors lose keys that come faster
_TIMEOUT_S: Final = 2.0


def _chords() -> Iterator[tuple[str, tuple[int, ...]]]:
    """By character, the keys of a US keyboard."""
    yield from ((" ", (_SPACE,)), ("\n", (_ENTER,)), ("\t", (_TAB,)))
    for first, plain, shifted in _ROWS:
        for offset, (character, capital) in enumerate(zip(plain, shifted, strict=True)):
            yield character, (first + offset,)
            yield capital, (_SHIFT, first + offset)


CHORDS: Final[Mapping[str, tuple[int, ...]]] = dict(_chords())


def socket_path(environment: Mapping[str, str] | None = None) -> Path:
    """Where ydotoold listens."""
    variables = os.environ if environment is None else environment
    if variables.get("YDOTOOL_SOCKET"):
        return Path(variables["YDOTOOL_SOCKET"])
    return Path(variables.get("XDG_RUNTIME_DIR") or "/tmp") / ".ydotool_socket"


class YdotoolKeys:
    """See `KernelKeys`."""

    def __init__(self, path: Path | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        """Connect to the daemon.

        Raises:
            InjectError: it does not run, is too old, or lets this user not type.
        """
        path = path or socket_path()
        self._clock = clock
        self._socket: socket.socket | None = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(_TIMEOUT_S)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self.close()
            raise InjectError(
                f"no ydotoold (1.0 or newer) answers at {path} ({error.strerror or error}): start it, or set "
                "YDOTOOL_SOCKET to where it listens"
            ) from None

    def type(self, text: str) -> None:
        """See `KernelKeys`.

        Raises:
            InjectError: the daemon is gone.
        """
        for character in text:
            self._chord(CHORDS[character])

    def erase(self, count: int) -> None:
        """See `KernelKeys`.

        Raises:
            InjectError: the daemon is gone.
        """
        for _ in range(count):
            self._chord((_BACKSPACE,))

    def paste(self, keys: PasteKeys) -> None:
        """See `KernelKeys`.

        Raises:
            InjectError: the daemon is gone.
        """
        self._chord(_PASTE[keys])

    def close(self) -> None:
        """See `KernelKeys`."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _chord(self, codes: Sequence[int]) -> None:
        for code in codes:
            self._send(code, 1)
        for code in reversed(codes):
            self._send(code, 0)
        self._clock.sleep(_PAUSE_S)

    def _send(self, code: int, value: int) -> None:
        if self._socket is None:
            raise InjectError("this way of typing was closed: open it again")
        try:
            self._socket.send(_EVENT.pack(0, 0, _KEY, code, value))
            self._socket.send(_EVENT.pack(0, 0, _SYN, 0, 0))
        except OSError as error:
            raise InjectError(f"ydotoold is gone ({error.strerror or error}): start it again") from None
