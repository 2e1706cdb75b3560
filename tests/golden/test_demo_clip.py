from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from asrd.bench.sets.demo import demo_texts
from asrd.daemon.sources import DEMO_CLIP
from asrd.source.file import read_audio
from tests.golden.make_demo_clip import make_demo


def test_the_clip_that_ships_is_what_its_script_makes() -> None:
    if shutil.which("flite") is None:
        assert "CI" not in os.environ, "CI must have flite: tests/golden/install.sh as root"
        pytest.skip("flite is not installed: tests/golden/install.sh as root")
    made, shipped = make_demo(demo_texts()), read_audio(DEMO_CLIP).samples
    assert len(made) == len(shipped)
    assert np.corrcoef(made, shipped)[0, 1] > 0.99, "beyond what Opus changes"
