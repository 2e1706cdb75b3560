"""The detectors that are compared, and what they say to every frame of a recording; a further one is one entry here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.segment.detector import VoiceDetector
from asrd.vad.silero import SileroDetector
from asrd.vad.webrtc import WebRtcDetector

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Trace:
    """A detector's answers.

    Attributes:
        frame_samples: length of a frame.
        lag_samples: the detector's; see `VoiceDetector`.
        answers: (frames,) float32: the probability of speech, or 0 and 1.
        cpu_s: processor time that they took.
    """

    frame_samples: int
    lag_samples: int
    answers: FloatArray
    cpu_s: float


class Listener:
    """A detector whose answers can be kept: what lies at or above a threshold is speech."""

    def __init__(self, detector: VoiceDetector, answer: Callable[[FloatArray], float]) -> None:
        """`answer` is asked for every frame instead of `detector.is_speech`."""
        self._detector = detector
        self._answer = answer

    def trace(self, samples: FloatArray) -> Trace:
        """The answers to all whole frames of (n,) float32 at 16 kHz, from a fresh start."""
        self._detector.reset()
        frame_samples = self._detector.frame_samples
        whole = len(samples) - len(samples) % frame_samples
        started_s = time.process_time()
        answers = np.array([self._answer(frame) for frame in samples[:whole].reshape(-1, frame_samples)], np.float32)
        return Trace(frame_samples, self._detector.lag_samples, answers, time.process_time() - started_s)

    def close(self) -> None:
        """Free what is native."""
        self._detector.close()


@dataclass(frozen=True)
class Detector:
    """A detector as it is compared.

    Attributes:
        setting: its own setting, a field of `SegmentOptions`.
        is_threshold: whether that is a threshold on its answers, so that these serve for all values of it.
        compared: the values that are compared unless others are asked for.
        load: makes it with a value of its setting; ModelError, NativeError: it cannot.
    """

    setting: str
    is_threshold: bool
    compared: tuple[float, ...]
    load: Callable[[float], Listener]


def _load_silero(threshold: float) -> Listener:
    detector = SileroDetector(threshold)
    return Listener(detector, detector.probability)


def _load_webrtc(aggressiveness: float) -> Listener:
    detector = WebRtcDetector(int(aggressiveness))
    return Listener(detector, detector.is_speech)


DETECTORS: Final[Mapping[str, Detector]] = {
    "silero": Detector("threshold", True, (0.3, 0.4, 0.5, 0.6), _load_silero),
    "webrtc": Detector("aggressiveness", False, (0, 1, 2, 3), _load_webrtc),
}
"""By the name that `SegmentOptions.vad` gives them."""
