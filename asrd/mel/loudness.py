"""Where an utterance is loud: it begins with what was heard before speech did, and ends with a pad.

The constants were chosen on 40 utterances of read speech as the segmenter cuts them, plain and beneath white noise 20
or 10 dB below the speech: there the first loud frame lies within 0.02 s, on average, of the first sample above 3 % of
the largest. That is a measure of loudness as well: a soft first sound is missed by both.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from asrd.geometry import HOP_SAMPLES
from asrd.mel.spectrum import FloatArray

_BELOW_LOUDEST: Final = 3.0  # in log10 of power: 30 dB
_ABOVE_QUIET: Final = 0.2  # of the way from quiet to loudest, for speech in noise
_QUIET: Final = 0.1  # so many of the frames are as quiet as that or quieter


def loud_span(log_mel: FloatArray, samples: int) -> tuple[int, int]:
    """From which sample to which of `samples` the audio is loud, for its log power (T, 128), unclamped."""
    if not len(log_mel):
        return 0, samples
    power = log_mel.max(axis=1)
    loudest, quiet = float(power.max()), float(np.quantile(power, _QUIET))
    least = max(loudest - _BELOW_LOUDEST, quiet + _ABOVE_QUIET * (loudest - quiet))
    (loud,) = np.nonzero(power >= least)
    if not len(loud):
        return 0, samples
    start = min(int(loud[0]) * HOP_SAMPLES, samples)
    return start, max(start, min((int(loud[-1]) + 1) * HOP_SAMPLES, samples))
