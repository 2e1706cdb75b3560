"""What a detector says to every frame of a scene, and what that costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from asrd.bench.vad.scenes import Scene
from asrd.vad.silero import SileroDetector
from asrd.vad.webrtc import WebRtcDetector

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Trace:
    """A detector's answers.

    Attributes:
        frame_samples: length of a frame.
        scores: (frames,) float32: the probability of speech, or 0 and 1.
        cpu_s: processor time that they took.
    """

    frame_samples: int
    scores: FloatArray
    cpu_s: float


class Scorer(Protocol):
    """A detector whose answers can be kept: what lies at or above a threshold is speech."""

    name: str

    def trace(self, scene: Scene) -> Trace:
        """The answers to all whole frames of `scene`, from a fresh start."""


class WebRtcScorer:
    """`WebRtcDetector` with one aggressiveness."""

    def __init__(self, aggressiveness: int) -> None:
        self._detector = WebRtcDetector(aggressiveness)
        self.name = f"webrtc {aggressiveness}"

    def trace(self, scene: Scene) -> Trace:
        """See `Scorer`."""
        self._detector.reset()
        return _trace(self._detector.is_speech, scene, self._detector.frame_samples)


class SileroScorer:
    """`SileroDetector`, its threshold left open."""

    name = "silero"

    def __init__(self) -> None:
        self._detector = SileroDetector(0.5)

    def trace(self, scene: Scene) -> Trace:
        """See `Scorer`."""
        self._detector.reset()
        return _trace(self._detector.probability, scene, self._detector.frame_samples)


def _trace(answer: Callable[[FloatArray], float], scene: Scene, frame_samples: int) -> Trace:
    whole = len(scene.samples) - len(scene.samples) % frame_samples
    started_s = time.process_time()
    scores = np.array([answer(frame) for frame in scene.samples[:whole].reshape(-1, frame_samples)], np.float32)
    return Trace(frame_samples, scores, time.process_time() - started_s)
