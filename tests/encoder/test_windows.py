from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.geometry import rows_of
from asrd.mel.growing import GrowingLogMel
from asrd.mel.spectrum import plain_log_mel
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.plain import encode_plain
from asrd.recognizer.windows import WindowCache
from asrd.values import Work

FloatArray = npt.NDArray[np.float32]


def loud_later(samples: int, seed: int) -> FloatArray:
    """Noise that grows by 100 dB over the clip, so that the clamp level rises again and again."""
    random = np.random.default_rng(seed)
    rise = 10 ** np.linspace(-5, 0, samples)
    return (random.standard_normal(samples) * rise * 0.3).astype(np.float32)


@settings(max_examples=15, deadline=None)
@given(samples=st.integers(8000, 320_000), step=st.integers(3000, 90_000), seed=st.integers(0, 5))
def test_growing_rows_are_bit_identical_to_plain_at_every_step(
    recognizer: Recognizer, samples: int, step: int, seed: int
) -> None:
    signal = loud_later(samples, seed)
    mel, cache = GrowingLogMel(), WindowCache(recognizer.encoder)
    for start in range(0, samples, step):
        mel.append(signal[start : start + step])
        segments, _ = cache.segments(mel.view())
        plain = encode_plain(recognizer.encoder, plain_log_mel(signal[: start + step]))
        assert [len(s) for s in segments] == [len(p) for p in plain]
        for segment, expected in zip(segments, plain, strict=True):
            np.testing.assert_array_equal(segment.rows, expected.rows)


def heard(signal: FloatArray, step: int, recognizer: Recognizer) -> tuple[list[Work], WindowCache, GrowingLogMel]:
    mel, cache, work = GrowingLogMel(), WindowCache(recognizer.encoder), []
    for start in range(0, len(signal), step):
        mel.append(signal[start : start + step])
        work.append(cache.segments(mel.view())[1])
    return work, cache, mel


def test_steady_audio_is_encoded_once_but_for_the_open_chunk_and_window(recognizer: Recognizer) -> None:
    signal = (np.random.default_rng(0).standard_normal(30 * 16_000) * 0.1).astype(np.float32)
    work, cache, mel = heard(signal, 8000, recognizer)
    assert all(w.front_chunks <= 2 for w in work)
    assert all(w.back_rows <= 2 * 104 for w in work)
    assert sum(w.back_rows > 104 for w in work) <= 3  # a window that was finished in this pass, and the next one
    before, _ = cache.segments(mel.view())
    again, none = cache.segments(mel.view())
    assert [a is b for a, b in zip(before, again, strict=True)] == [True, True, True, False]
    assert none.back_rows == rows_of(600)


def test_a_louder_sound_recomputes_only_what_the_clamp_touches(recognizer: Recognizer) -> None:
    """Second 0 holds digital silence, then noise: only the silence ever lies more than 80 dB below the loudest."""
    random = np.random.default_rng(0)
    parts = [gain * random.standard_normal(16_000) for gain in (0, 0.01, 1, 0.5)]
    work, _, _ = heard(np.concatenate(parts).astype(np.float32) * 0.3, 16_000, recognizer)
    # After 1, 2, 3, 4 s: the newest chunk is open (its last frame waits); finished since: none, 0, 1, 2.
    # Chunk 0 again at 2 s (noise after silence) and at 3 s (loud noise); chunk 1 keeps its values at 3 s.
    assert [w.front_chunks for w in work] == [1, 2, 3, 2]


@pytest.mark.parametrize("frames", [1, 7, 8, 9, 99, 100, 101, 799, 800, 801, 2000])
def test_row_counts(recognizer: Recognizer, frames: int) -> None:
    mel = np.random.default_rng(frames).standard_normal((frames, 128)).astype(np.float32)
    windows = encode_plain(recognizer.encoder, mel)
    assert sum(map(len, windows)) == rows_of(frames)
    assert all(len(window) == 104 for window in windows[:-1])
