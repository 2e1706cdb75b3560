"""One stream of audio from blocks to utterances: framer, detector and segmenter together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from asrd.options import SegmentOptions
from asrd.segment.detector import VoiceDetector
from asrd.segment.events import SegmentEvent
from asrd.segment.framer import Framer
from asrd.segment.segmenter import Segmenter

FloatArray = npt.NDArray[np.float32]


class StreamSegmenter:
    """Owns a detector, and closes it. The events do not depend on how the stream is cut into blocks."""

    def __init__(self, options: SegmentOptions, detector: VoiceDetector) -> None:
        """Begin a session at position 0.

        Raises:
            ConfigError: two of the settings contradict each other.
        """
        self._detector = detector
        self._framer = Framer(detector.frame_samples)
        self._segmenter = Segmenter(options, detector.frame_samples, detector.lag_samples)

    @property
    def in_speech(self) -> bool:
        """Whether an utterance is open, in a pause or not."""
        return self._segmenter.in_speech

    @property
    def position(self) -> int:
        """How many samples there were since the session began, lost ones included."""
        return self._segmenter.position + self._framer.waiting

    def hear(self, block: FloatArray) -> list[SegmentEvent]:
        """Take (n,) float32 at 16 kHz, full scale 1.0, any n."""
        events: list[SegmentEvent] = []
        for frame in self._framer.cut(block):
            events += self._segmenter.push(frame, self._detector.is_speech(frame))
        return events

    def gap(self, samples: int) -> list[SegmentEvent]:
        """So many samples were lost here. The open utterance ends before them."""
        self._detector.reset()
        return self._segmenter.gap(samples, self._framer.take_rest())

    def flush(self) -> list[SegmentEvent]:
        """End the open utterance here. The stream may go on."""
        return self._segmenter.flush(self._framer.take_rest())

    def cancel(self) -> list[SegmentEvent]:
        """Drop the open utterance. The stream may go on."""
        return self._segmenter.cancel()

    def close(self) -> None:
        """Close the detector. May be called again."""
        self._detector.close()
