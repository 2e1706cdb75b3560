from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.segment.quietest import cut_points, quietest_cut

LIMIT = 160_000


def test_the_cut_is_in_the_pause() -> None:
    samples = np.random.default_rng(0).standard_normal(LIMIT).astype(np.float32)
    samples[120_000:124_000] *= 0.01
    assert 120_000 <= quietest_cut(samples, LIMIT) < 124_000


def test_a_pause_before_the_last_five_seconds_is_not_looked_at() -> None:
    samples = np.random.default_rng(0).standard_normal(LIMIT).astype(np.float32)
    samples[40_000:44_000] = 0
    assert quietest_cut(samples, LIMIT) >= LIMIT - 80_000


def test_digital_silence_is_cut_where_the_search_begins() -> None:
    assert quietest_cut(np.zeros(LIMIT, np.float32), LIMIT) == LIMIT - 80_000


@settings(max_examples=30, deadline=None)
@given(samples=st.integers(0, 600_000), seed=st.integers(0, 9))
def test_pieces_cover_the_audio_and_keep_the_limit(samples: int, seed: int) -> None:
    audio = np.random.default_rng(seed).standard_normal(samples).astype(np.float32)
    edges = [0, *cut_points(audio, LIMIT), samples]
    lengths = np.diff(edges)
    assert lengths.sum() == samples
    assert (lengths <= LIMIT).all()
    assert (lengths[:-1] >= LIMIT - 80_000).all()
