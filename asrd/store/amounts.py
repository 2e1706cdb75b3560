"""Amounts of data and time, as people read them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

_WINDOW_S: Final = 10.0
_UNITS: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def amount(count_bytes: float) -> str:
    """Such as `599.3 MB`; a megabyte is a million bytes, as on the label of a disk."""
    for size, unit in _UNITS:
        if count_bytes >= size:
            return f"{count_bytes / size:.1f} {unit}"
    return f"{count_bytes:.0f} bytes"


def duration(seconds: float) -> str:
    """Such as `38 s`, `4 min` or `2 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class Speed:
    """How fast something grows, over the last ten seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._points: deque[tuple[float, int]] = deque()

    def add(self, done_bytes: int) -> None:
        """So much is there now; less than before means that it began anew."""
        now = self._clock()
        if self._points and done_bytes < self._points[-1][1]:
            self._points.clear()
        self._points.append((now, done_bytes))
        while len(self._points) > 2 and now - self._points[0][0] > _WINDOW_S:
            self._points.popleft()

    @property
    def bytes_per_s(self) -> float:
        """0 while it cannot be told."""
        if len(self._points) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self._points[0], self._points[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0


def progress_text(what: str, done_bytes: int, total_bytes: int | None, bytes_per_s: float) -> str:
    """How far it is, how fast it goes, and how long it will take."""
    text = f"{what} {amount(done_bytes)}"
    if total_bytes is not None:
        text += f" of {amount(total_bytes)}"
    if bytes_per_s > 0:
        text += f", {amount(bytes_per_s)}/s"
        if total_bytes is not None:
            text += f", {duration(max(0, total_bytes - done_bytes) / bytes_per_s)} left"
    return text
