"""The focused window under sway and i3-like compositors; others tell no program.

Source: the i3 IPC protocol (i3-ipc(7)): magic, length, type, JSON.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from typing import Any, Final

from asrd_clients.injectors.interface import InjectError

_MAGIC: Final = b"i3-ipc"
_GET_TREE: Final = 4
_HEAD: Final = struct.Struct("=6sII")
_TIMEOUT_S: Final = 0.5
_MAX_BYTES: Final = 16 << 20


class SwayDesktop:
    """Asks the compositor which window has the focus; what the user presses is not told."""

    def __init__(self, path: str | None = None) -> None:
        """Connect; None: to the socket that SWAYSOCK names.

        Raises:
            InjectError: no sway answers there.
        """
        path = path or os.environ.get("SWAYSOCK", "")
        self._lock = threading.Lock()
        self._socket: socket.socket | None = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_TIMEOUT_S)
        try:
            self._socket.connect(path)
        except OSError as error:
            self.close()
            raise InjectError(f"no sway answers at SWAYSOCK={path!r} ({error.strerror or error})") from None

    def focus(self) -> str:
        """See `Desktop`."""
        with self._lock:
            try:
                tree = self._ask(_GET_TREE)
            except (OSError, ValueError):
                self._drop()
                return ""
        focused = _focused(tree)
        return f"sway:{focused}" if focused else ""

    def user_acts(self) -> int:
        """See `Desktop`."""
        return -1

    def close(self) -> None:
        """See `Desktop`."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, kind: int) -> Any:
        if self._socket is None:
            raise OSError
        self._socket.sendall(_HEAD.pack(_MAGIC, 0, kind))
        magic, size, answered = _HEAD.unpack(self._read(_HEAD.size))
        if magic != _MAGIC or answered != kind or size > _MAX_BYTES:
            raise ValueError
        return json.loads(self._read(size))

    def _read(self, size: int) -> bytes:
        assert self._socket is not None
        parts = bytearray()
        while len(parts) < size:
            part = self._socket.recv(size - len(parts))
            if not part:
                raise OSError
            parts += part
        return bytes(parts)


def _focused(node: Any) -> int:
    """The number of the focused node of a tree, or 0."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict):
            continue
        if one.get("focused") is True:
            return int(one.get("id", 0))
        waiting += [*one.get("nodes", ()), *one.get("floating_nodes", ())]
    return 0
