"""Where speech begins and ends in an utterance."""

from __future__ import annotations

import numpy as np
import pytest

from asrd.mel.growing import GrowingLogMel
from asrd.mel.loudness import loud_span
from asrd.mel.spectrum import FloatArray


def span(audio: FloatArray) -> tuple[int, int]:
    mel = GrowingLogMel()
    mel.append(audio)
    return loud_span(mel.view().log_mel, len(audio))


def tone(before: int, length: int, after: int, noise: float) -> FloatArray:
    """A tone of amplitude 0.3 with so many samples around it, beneath noise."""
    audio = np.random.default_rng(1).normal(0.0, noise, before + length + after)
    audio[before : before + length] += 0.3 * np.sin(np.arange(length) * 0.3)
    return audio.astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 1e-4, 0.02, 0.1])
def test_the_quiet_before_and_after_is_left_out(noise: float) -> None:
    start, end = span(tone(8000, 16_000, 4800, noise))
    assert abs(start - 8000) <= 400
    assert abs(end - 24_000) <= 400


def test_speech_from_end_to_end() -> None:
    start, end = span(tone(0, 16_000, 0, 1e-4))
    assert start <= 400
    assert end >= 15_600


@pytest.mark.parametrize("samples", [400, 401, 1000, 7999, 8001])
def test_short_audio_is_padded_and_the_padding_is_none_of_it(samples: int) -> None:
    start, end = span(tone(0, samples, 0, 0.0))
    assert 0 <= start < end <= samples


@pytest.mark.parametrize("level", [0.0, 1e-3])
def test_audio_of_one_level_is_all_of_it(level: float) -> None:
    assert span(np.full(16_000, level, np.float32))[0] == 0


def test_no_frames() -> None:
    assert loud_span(np.empty((0, 128), np.float32), 100) == (0, 100)


def test_what_is_not_finite_is_no_end() -> None:
    assert loud_span(np.full((10, 128), np.nan, np.float32), 1600) == (0, 1600)
