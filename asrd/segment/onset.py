"""The onset window: which of the last few frames were voiced."""

from __future__ import annotations

from collections import deque


class OnsetWindow:
    """The last frames of a stream, each with its position and the detector's judgement."""

    def __init__(self, frames: int) -> None:
        """`frames` is the length of the window."""
        self._frames: deque[tuple[int, bool]] = deque(maxlen=frames)

    def push(self, start: int, *, voiced: bool) -> None:
        """Take the judgement of the frame at sample `start`."""
        self._frames.append((start, voiced))

    def voiced_starts(self) -> list[int]:
        """Where the voiced frames in the window start, ascending."""
        return [start for start, voiced in self._frames if voiced]

    def voiced_count(self) -> int:
        """How many frames in the window are voiced."""
        return sum(voiced for _, voiced in self._frames)

    def forget_before(self, position: int) -> None:
        """Hold no frame that starts before sample `position`."""
        while self._frames and self._frames[0][0] < position:
            self._frames.popleft()

    def clear(self) -> None:
        """Hold no frame."""
        self._frames.clear()
