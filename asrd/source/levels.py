"""How loud a block of samples is, in dB of full scale."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

FLOOR_DB: Final = -120.0  # silence, and anything below; 16-bit audio ends at -90 dB


def rms_db(samples: FloatArray) -> float:
    """Root mean square of (n,) float32 as dB of full scale: a full-scale sine has -3.01 dB, no samples the floor."""
    if len(samples) == 0:
        return FLOOR_DB
    wide = samples.astype(np.float64)
    return _db(math.sqrt(float(np.dot(wide, wide)) / len(wide)))


def peak_db(samples: FloatArray) -> float:
    """Greatest magnitude of (n,) float32 as dB of full scale 1.0; no samples: the floor."""
    return _db(float(np.abs(samples).max(initial=0.0)))


def _db(level: float) -> float:
    return max(FLOOR_DB, 20.0 * math.log10(level)) if level > 0.0 else FLOOR_DB
