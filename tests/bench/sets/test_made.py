"""Made signals: equal seeds, equal samples, and each is what its name says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from asrd.bench.sets.made import SAMPLE_RATE, ClipSpec, make_clip, make_noise
from asrd.bench.sets.truth import speech_of

MAKERS = pytest.mark.parametrize("make", [make_clip, make_noise])
Make = Callable[[ClipSpec], np.ndarray]


@MAKERS
def test_equal_specs_make_equal_samples_and_other_seeds_others(make: Make) -> None:
    one = make(ClipSpec(7, SAMPLE_RATE))
    np.testing.assert_array_equal(one, make(ClipSpec(7, SAMPLE_RATE)))
    assert not np.array_equal(one, make(ClipSpec(8, SAMPLE_RATE)))


@MAKERS
@pytest.mark.parametrize("samples", [1, 319, 16_000, 48_001])
def test_shape_and_numbers(make: Make, samples: int) -> None:
    made = make(ClipSpec(1, samples))
    assert made.shape == (samples,)
    assert made.dtype == np.float32
    assert np.abs(made).max() < 1
    np.testing.assert_array_equal(made * 32768, np.rint(made * 32768))


def test_a_clip_is_what_it_was() -> None:
    """Golden files and other tests rest on these very samples; a platform may round the last bit otherwise."""
    made = (make_clip(ClipSpec(3, 32_000)) * 32768).astype(np.int64)
    assert made[[4000, 8000, 16_000, 24_000]] == pytest.approx([2484, -711, -31, 17], abs=1)
    assert np.abs(made).sum() == pytest.approx(39_324_776, rel=1e-6)


def test_a_clip_goes_up_and_down_as_speech_does_and_noise_does_not() -> None:
    quiet = np.random.default_rng(0).normal(0, 1e-4, 16_000).astype(np.float32)
    assert speech_of(np.concatenate([quiet, make_clip(ClipSpec(3, 48_000)), quiet])) is not None
    assert speech_of(make_noise(ClipSpec(3, 80_000))) is None


def test_a_clip_has_the_harmonics_of_a_voice() -> None:
    clip = make_clip(ClipSpec(3, 160_000)).astype(np.float64)
    power = np.abs(np.fft.rfft(clip)) ** 2
    hertz = np.fft.rfftfreq(len(clip), 1 / SAMPLE_RATE)
    assert power[(hertz > 80) & (hertz < 4500)].sum() > 0.9 * power.sum()


def test_noise_has_hum_hiss_and_clicks() -> None:
    noise = make_noise(ClipSpec(2, 160_000)).astype(np.float64)
    power = np.abs(np.fft.rfft(noise)) ** 2
    hum = power[500]  # 50 Hz in bins of 0.1 Hz
    assert hum > 100 * np.delete(power[400:600], 100).max()
    loudest = np.abs(noise).reshape(-1, 160).max(axis=1)  # of every 10 ms
    assert np.median(loudest) < 0.04
    clicks = np.count_nonzero((loudest[1:] > 0.08) & (loudest[:-1] <= 0.08))
    assert 8 <= clicks <= 60  # one in 0.1 to 1 s, of which the faintest do not stand out
