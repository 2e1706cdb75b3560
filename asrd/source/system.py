"""The system's microphones, as the supervisor opens them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final, Protocol

from asrd.errors import AudioError
from asrd.source import connected, portaudio
from asrd.source.devices import choose_device, input_devices
from asrd.source.microphone import Listener, Microphone

_SETTLING_S: Final = 30.0  # a device that was just connected, or a sound service that begins, may not answer at once
_RENEW_S: Final = 120.0


class OpenMicrophone(Protocol):
    """What the supervisor sees of a microphone; see `Microphone`."""

    heard_s: float
    blocks: int
    failure: BaseException | None

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def is_active(self) -> bool: ...  # noqa: D102
    @property
    def zeros_s(self) -> float: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class Microphones(Protocol):
    """Where microphones come from."""

    def open(self, listener: Listener) -> OpenMicrophone:
        """Open the one that is meant.

        Raises:
            AsrdError: it cannot be opened now.
        """

    def default(self) -> object:
        """What the system's default microphone is, if that must be watched."""


class SystemMicrophones:
    """Those of PortAudio; reads its list of devices anew when that may help, and no more often.

    Every time, PortAudio loses 12 KiB of memory (19.6.0 on Linux, with or without a sound service), and it takes 50 ms
    of a core: so not at every attempt to get a lost microphone back, but when the system says that something was
    connected, and after a failure while that is recent or the list is two minutes old.
    """

    def __init__(self, wanted: str = "", now_s: Callable[[], float] = time.monotonic) -> None:
        """`wanted`: name, part of the name, or index; "" for the system's default."""
        self._wanted = wanted
        self._now_s = now_s
        self._known: tuple[object, object] | None = None
        self._changed_s = self._listed_s = -math.inf

    def open(self, listener: Listener) -> Microphone:
        """As the Protocol says."""
        now_s, seen = self._now_s(), (connected.connected_devices(), self.default())
        has_changed = self._known is not None and seen != self._known
        self._known = seen
        if has_changed:
            self._changed_s = now_s
            self._renew(now_s)
            return self._open(listener)
        try:
            return self._open(listener)
        except AudioError:
            if now_s - self._changed_s > _SETTLING_S and now_s - self._listed_s < _RENEW_S:
                raise
        self._renew(now_s)
        return self._open(listener)

    def default(self) -> object:
        """As the Protocol says; None if a device was named."""
        return None if self._wanted else connected.default_input()

    def _renew(self, now_s: float) -> None:
        if portaudio.renew_devices():
            self._listed_s = now_s

    def _open(self, listener: Listener) -> Microphone:
        return Microphone(choose_device(input_devices(), self._wanted), listener)
