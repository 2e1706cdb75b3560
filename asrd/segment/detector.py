"""What tells speech from everything else, one frame at a time."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class VoiceDetector(Protocol):
    """Judges the frames of one stream, in order.

    Attributes:
        frame_samples: how many samples at 16 kHz a frame has.
        lag_samples: for how long after the true end of speech it says voiced, in the median (docs/VAD.md).
    """

    frame_samples: int
    lag_samples: int

    def is_speech(self, frame: FloatArray) -> bool:
        """Whether the next frame, (frame_samples,) float32 with full scale 1.0, is voiced."""

    def reset(self) -> None:
        """Forget what was heard: what comes next does not follow on it."""

    def close(self) -> None:
        """Free what is native. May be called again."""
