"""The ear of a session: the segment thread's part of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from asrd.geometry import SAMPLE_RATE_HZ
from asrd.segment.events import SegmentEvent
from asrd.segment.stream import StreamSegmenter
from asrd.source.levels import peak_db, rms_db

FloatArray = npt.NDArray[np.float32]


class Ear:
    """From blocks with positions to segment events, gaps and levels."""

    def __init__(self, segmenter: StreamSegmenter) -> None:
        self._segmenter = segmenter
        self._levels_per_s = 0.0
        self._level_samples = 0
        self._recent: list[FloatArray] = []
        self.level: tuple[float, float, bool] | None = None  # the newest that is to be told; likewise the gap
        self.gap: tuple[int, int] | None = None

    @property
    def in_speech(self) -> bool:
        """Whether an utterance is open."""
        return self._segmenter.in_speech

    @property
    def position(self) -> int:
        """Samples of the stream so far, the lost ones included."""
        return self._segmenter.position

    def hear(self, start: int, samples: FloatArray) -> list[SegmentEvent]:
        """Events of (n,) float32 that begin at sample `start` of the stream; a jump of `start` is a gap.

        A sample that is no finite number, as a broken driver may give, counts as silence.
        """
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        events = self.skip_to(start) + self._segmenter.hear(samples)
        if self._level_samples:
            self._measure(samples)
        return events

    def skip_to(self, start: int) -> list[SegmentEvent]:
        """Events of the loss of everything up to `start`, if it lies ahead; sets `gap`."""
        position = self.position
        if start <= position:
            return []
        self.gap = (position, start)
        return self._segmenter.gap(start - position)

    def flush(self) -> list[SegmentEvent]:
        """End the open utterance here."""
        return self._segmenter.flush()

    def cancel(self) -> list[SegmentEvent]:
        """Drop the open utterance."""
        return self._segmenter.cancel()

    def set_levels(self, per_second: float) -> None:
        """How many levels a second are wanted; 0: none."""
        if per_second == self._levels_per_s:
            return
        self._levels_per_s = per_second
        self._level_samples = round(SAMPLE_RATE_HZ / per_second) if per_second > 0 else 0
        self._recent = []

    def close(self) -> None:
        """Free the detector."""
        self._segmenter.close()

    def _measure(self, samples: FloatArray) -> None:
        self._recent.append(samples)
        if sum(map(len, self._recent)) >= self._level_samples:
            heard = np.concatenate(self._recent)
            self.level = (rms_db(heard), peak_db(heard), self.in_speech)
            self._recent = []
