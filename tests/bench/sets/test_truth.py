"""Where speech is, by its energy alone."""

from __future__ import annotations

import numpy as np
import pytest

from asrd.bench.sets.truth import speech_of
from tests.bench.vad.signals import NOISE, recording

HOP = 160


def test_the_truth_is_where_it_is_loud() -> None:
    speech = speech_of(recording(16_000, 30_000))
    assert speech is not None
    assert abs(speech.start - 16_000) <= 2 * HOP
    assert abs(speech.end - 30_000) <= 2 * HOP


def test_a_click_is_not_where_speech_begins() -> None:
    clicked = recording(16_000, 30_000)
    clicked[4000:4400] = 0.5
    clicked[40_000:40_300] = 0.5
    assert speech_of(clicked) == speech_of(recording(16_000, 30_000))


@pytest.mark.parametrize("samples", [NOISE, NOISE[:500], np.zeros(48_000, np.float32)])
def test_without_a_clear_level_there_is_no_truth(samples: np.ndarray) -> None:
    assert speech_of(samples) is None
