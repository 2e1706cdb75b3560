from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asrd.geometry import frames_of
from asrd.mel.filterbank import hz_to_mel, mel_filters, mel_to_hz
from asrd.mel.growing import GrowingLogMel
from asrd.mel.spectrum import normalise, plain_log_mel

FloatArray = npt.NDArray[np.float32]


def noise(samples: int, seed: int = 0) -> FloatArray:
    """Noise whose loudness rises and falls, so that the clamp has work."""
    random = np.random.default_rng(seed)
    envelope = 10.0 ** random.uniform(-6, 0, samples // 800 + 1).repeat(800)[:samples]
    return (random.standard_normal(samples) * envelope * 0.3).astype(np.float32)


def reference_log_mel(samples: FloatArray) -> npt.NDArray[np.float64]:
    """The definition, written out: one discrete Fourier sum per bin, filters from their corner frequencies."""
    padded = np.pad(samples.astype(np.float64), (0, max(0, 8000 - len(samples))))
    mirrored = np.concatenate([padded[200:0:-1], padded, padded[-2:-202:-1]])
    n = np.arange(400)
    window = np.sin(np.pi * n / 400) ** 2
    basis = np.exp(-2j * np.pi * np.outer(n, np.arange(201)) / 400)
    frames = np.stack([mirrored[160 * t : 160 * t + 400] * window for t in range(len(padded) // 160)])
    log_mel = np.log10(np.maximum(np.abs(frames @ basis) ** 2 @ reference_filters(), 1e-10))
    clamped: npt.NDArray[np.float64] = np.maximum(log_mel, log_mel.max() - 8)
    return (clamped + 4) / 4


def reference_filters() -> npt.NDArray[np.float64]:
    """Slaney's scale: 3 mels per 200 Hz up to 1 kHz, then 27 mels per factor 6.4; triangles of area 2 / width."""
    top = 15 + 27 * np.log(8) / np.log(6.4)
    mels = np.linspace(0, top, 130)
    corners = np.array([200 * m / 3 if m < 15 else 1000 * 6.4 ** ((m - 15) / 27) for m in mels])
    weights = np.zeros((201, 128))
    for band in range(128):
        low, middle, high = corners[band : band + 3]
        for index in range(201):
            hz = 40.0 * index
            height = min((hz - low) / (middle - low), (high - hz) / (high - middle))
            weights[index, band] = max(0.0, height) * 2 / (high - low)
    return weights


def test_filters_equal_their_definition() -> None:
    np.testing.assert_allclose(mel_filters(), reference_filters(), atol=1e-15)


def test_mel_scale_is_its_own_inverse() -> None:
    hz = np.linspace(0, 8000, 321)
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(hz)), hz, atol=1e-9)


@pytest.mark.parametrize("samples", [400, 7999, 8000, 8001, 16_000, 24_041, 40_123])
def test_log_mel_equals_its_definition(samples: int) -> None:
    mel = plain_log_mel(noise(samples))
    assert mel.shape == (frames_of(samples), 128)
    assert mel.dtype == np.float32
    np.testing.assert_allclose(mel, reference_log_mel(noise(samples)), atol=1e-5)


@pytest.mark.torch
@pytest.mark.parametrize("samples", [8000, 16_000, 50_123])
def test_log_mel_equals_whispers_feature_extractor(samples: int) -> None:
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor(feature_size=128)
    expected = extractor._np_extract_fbank_features(noise(samples)[None], "cpu")[0]
    np.testing.assert_allclose(plain_log_mel(noise(samples)).T, expected, atol=1e-5)


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(9000, np.float32),
        np.sign(np.sin(np.arange(9000) * 0.3)).astype(np.float32),
        np.full(9000, 1e-30, np.float32),
    ],
    ids=["zeros", "full-scale square wave", "denormal"],
)
def test_extreme_signals_give_finite_features(signal: FloatArray) -> None:
    mel = plain_log_mel(signal)
    assert np.isfinite(mel).all()
    assert mel.max() - mel.min() <= 2.0


@settings(max_examples=40, deadline=None)
@given(pieces=st.lists(st.integers(1, 9000), min_size=1, max_size=12), seed=st.integers(0, 99))
@example(pieces=[7700, *[1] * 700], seed=0)  # over the end of the padding, sample by sample
def test_growing_is_bit_identical_to_plain_at_every_step(pieces: list[int], seed: int) -> None:
    signal = noise(sum(pieces), seed)
    growing, heard = GrowingLogMel(), 0
    frozen: FloatArray = np.empty((0, 128), np.float32)
    for piece in pieces:
        growing.append(signal[heard : heard + piece])
        heard += piece
        view = growing.view()
        np.testing.assert_array_equal(normalise(view.log_mel, view.level), plain_log_mel(signal[:heard]))
        np.testing.assert_array_equal(view.log_mel[: len(frozen)], frozen)
        frozen = view.log_mel[: view.frozen_frames].copy()
        assert len(view.log_mel) - view.frozen_frames <= (1 if heard >= 8000 else 50)


def test_every_frame_is_computed_once() -> None:
    growing = GrowingLogMel()
    growing.append(noise(16_000))
    assert growing.view().frozen_frames == (16_000 - 201) // 160 + 1
