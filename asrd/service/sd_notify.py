"""What systemd wants to be told by a service of `Type=notify`: datagrams on the socket that NOTIFY_SOCKET names.

Protocol: sd_notify(3). Nothing here waits or raises: a manager that does not listen is no reason to stop.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

_MAX_STATUS_CHARACTERS: Final = 200
_US: Final = 1_000_000


class ManagerSocket:
    """Where the manager listens, if one does.

    Attributes:
        watchdog_s: how often it wants to hear that all is well, or None.
    """

    def __init__(self, environ: Mapping[str, str], pid: int) -> None:
        """`pid`: this process's; the variables may be meant for its parent."""
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self.watchdog_s = _watchdog_s(environ, pid) if self._address is not None else None

    def ready(self, status: str) -> None:
        """The service does what it is for."""
        self._send(f"READY=1\n{_status(status)}")

    def status(self, status: str) -> None:
        """What it is doing, in a sentence."""
        self._send(_status(status))

    def alive(self) -> None:
        """All is well."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """It ends."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if self._address is None:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            sender.sendto(text.encode("utf-8", "replace"), self._address)


def _address(named: str) -> str | None:
    """A path, or a name in Linux's abstract namespace, which begins with `@`."""
    if named.startswith("@"):
        return "\0" + named[1:]
    return named if named.startswith("/") else None


def _watchdog_s(environ: Mapping[str, str], pid: int) -> float | None:
    interval, owner = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(pid))
    if owner != str(pid) or not (interval.isascii() and interval.isdigit()) or int(interval) == 0:
        return None
    return int(interval) / _US


def _status(sentence: str) -> str:
    """One line: a name of a device may hold anything."""
    line = "".join(character if character.isprintable() else " " for character in sentence)
    return f"STATUS={line[:_MAX_STATUS_CHARACTERS]}"
