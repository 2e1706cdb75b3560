"""The cut of an utterance that is longer than the limit, at its quietest place.

Source: `split_audio_into_chunks` of qwen-asr 0.0.6 (Apache-2.0), by behaviour: the 100 ms with the smallest sum of
magnitudes, then the sample nearest zero in it. There the search reaches 5 s to both sides of the limit; here it
reaches back only, so that no piece is longer than the limit and a live stream need not wait.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.geometry import samples_of

SEARCH_SAMPLES: Final = samples_of(5.0)
_QUIET_SAMPLES: Final = samples_of(0.1)


def earliest_cut(limit_samples: int) -> int:
    """Before this sample a piece of audio is never cut."""
    return max(limit_samples - SEARCH_SAMPLES, limit_samples // 2)


def quietest_cut(samples: npt.NDArray[np.float32], limit_samples: int) -> int:
    """Where to end a piece of `samples`, between 1 and `limit_samples`; looks at the 5 s before the limit alone.

    Args:
        samples: (n,) float32, n >= limit_samples.
        limit_samples: length limit of the piece.
    """
    begin = earliest_cut(limit_samples)
    magnitude = np.abs(samples[begin:limit_samples]).astype(np.float64)
    if len(magnitude) <= _QUIET_SAMPLES:
        return limit_samples
    sums = np.cumsum(np.concatenate([[0.0], magnitude]))
    quiet = int(np.argmin(sums[_QUIET_SAMPLES:] - sums[:-_QUIET_SAMPLES]))
    inner = int(np.argmin(magnitude[quiet : quiet + _QUIET_SAMPLES]))
    return max(1, begin + quiet + inner)


def cut_points(samples: npt.NDArray[np.float32], limit_samples: int) -> list[int]:
    """Ends of all pieces but the last, for whole audio: the same as a live stream cuts while it grows."""
    cuts, start = [], 0
    while len(samples) - start > limit_samples:
        start += quietest_cut(samples[start:], limit_samples)
        cuts.append(start)
    return cuts
