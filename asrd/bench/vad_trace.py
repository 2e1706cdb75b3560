"""What a detector says to every frame of a scene, and what that costs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from asrd.bench.vad_scenes import Scene
from asrd.vad.silero import SileroDetector
from asrd.vad.webrtc import FRAME_MS, WebRtcDetector

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

    def __init__(self, aggressiveness: int, frame_ms: int = FRAME_MS) -> None:
        self._detector = WebRtcDetector(aggressiveness, frame_ms)
        self.name = f"webrtc {aggressiveness}" + ("" if frame_ms == FRAME_MS else f", {frame_ms} ms")

    def trace(self, scene: Scene) -> Trace:
        """See `Scorer`."""
        self._detector.reset()
        frames = _frames(scene.samples, self._detector.frame_samples)
        started_s = time.process_time()
        scores = np.array([self._detector.is_speech(frame) for frame in frames], np.float32)
        return Trace(self._detector.frame_samples, scores, time.process_time() - started_s)


class SileroScorer:
    """`SileroDetector`, its threshold left open."""

    name = "silero"

    def __init__(self) -> None:
        self._detector = SileroDetector(0.5)

    def trace(self, scene: Scene) -> Trace:
        """See `Scorer`."""
        self._detector.reset()
        frames = _frames(scene.samples, self._detector.frame_samples)
        started_s = time.process_time()
        scores = np.array([self._detector.probability(frame) for frame in frames], np.float32)
        return Trace(self._detector.frame_samples, scores, time.process_time() - started_s)


def _frames(samples: FloatArray, frame_samples: int) -> FloatArray:
    """(m, frame_samples): all whole frames."""
    whole = len(samples) - len(samples) % frame_samples
    return samples[:whole].reshape(-1, frame_samples)
