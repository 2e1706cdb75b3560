from __future__ import annotations

import numpy as np
import pytest

from asrd.source.levels import FLOOR_DB, peak_db, rms_db


def test_a_full_scale_sine() -> None:
    sine = np.sin(2 * np.pi * np.arange(16_000) / 100).astype(np.float32)
    assert rms_db(sine) == pytest.approx(-3.0103, abs=1e-3)
    assert peak_db(sine) == pytest.approx(0.0, abs=1e-6)


def test_a_tenth_is_20_db_less() -> None:
    square = np.full(100, -0.1, np.float32)
    assert rms_db(square) == pytest.approx(-20.0, abs=1e-5)
    assert peak_db(square) == pytest.approx(-20.0, abs=1e-5)


@pytest.mark.parametrize("samples", [[], [0.0, 0.0], [1e-9, 0.0]])
def test_never_below_the_floor(samples: list[float]) -> None:
    block = np.array(samples, np.float32)
    assert rms_db(block) == peak_db(block) == FLOOR_DB == -120.0


def test_the_smallest_16_bit_sample_is_above_the_floor() -> None:
    assert peak_db(np.array([1 / 32_768], np.float32)) == pytest.approx(-90.309, abs=1e-3)
