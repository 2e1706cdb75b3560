from __future__ import annotations

import pytest

from asrd.geometry import WINDOW_ROWS, frames_of, rows_of


def convolved(frames: int) -> int:
    """Length after three convolutions of kernel 3, stride 2, padding 1."""
    for _ in range(3):
        frames = (frames - 1) // 2 + 1 if frames else 0
    return frames


def test_rows_equal_the_convolutions_for_every_length() -> None:
    for frames in range(2001):
        full, rest = divmod(frames, 100)
        assert rows_of(frames) == full * convolved(100) + convolved(rest), frames


@pytest.mark.parametrize(("frames", "rows"), [(0, 0), (50, 7), (100, 13), (101, 14), (800, 104), (3000, 390)])
def test_published_row_counts(frames: int, rows: int) -> None:
    assert rows_of(frames) == rows


@pytest.mark.parametrize(("samples", "frames"), [(0, 50), (1, 50), (8000, 50), (8159, 50), (8160, 51), (480_000, 3000)])
def test_short_audio_counts_as_half_a_second(samples: int, frames: int) -> None:
    assert frames_of(samples) == frames


def test_a_window_is_104_rows() -> None:
    assert WINDOW_ROWS == 104
