"""The smoke run of the fine-tuning lowers its loss, and goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


@pytest.mark.torch
def test_smoke_lowers_the_loss(tmp_path: Path) -> None:
    from model.train.finetune import smoke_tuning

    tuning = smoke_tuning(tmp_path, steps=30)
    tuning.run(tmp_path / "run")
    assert np.mean(tuning.losses[-5:]) < 0.7 * np.mean(tuning.losses[:5])


@pytest.mark.torch
def test_an_interrupted_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    from model.train.finetune import smoke_tuning

    whole = smoke_tuning(tmp_path, steps=20)
    whole.run(tmp_path / "whole")
    first = smoke_tuning(tmp_path, steps=20)
    for _ in range(10):
        first.losses.append(first.one_step())
    (tmp_path / "parts").mkdir()
    first._save(tmp_path / "parts")
    second = smoke_tuning(tmp_path, steps=20)
    second.run(tmp_path / "parts")
    assert second.losses == pytest.approx(whole.losses, rel=1e-4)
