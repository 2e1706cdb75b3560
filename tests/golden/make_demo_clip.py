"""Makes `demo.opus`, the clip of `asrd run --demo`, anew: `python -m tests.golden.make_demo_clip`. Needs flite.

The voice is flite's `slt`, a little slowed down; between the sentences there is a second of faint hiss.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile

from asrd.bench.sets.demo import demo_texts
from asrd.daemon.sources import DEMO_CLIP
from asrd.geometry import SAMPLE_RATE_HZ, samples_of

VOICE: Final = "slt"
_STRETCH: Final = 1.05
_PEAK: Final = 0.5
_HISS: Final = 2e-4
_BEFORE_S: Final = 0.6
_BETWEEN_S: Final = 1.0
_COMPRESSION: Final = 0.93  # of libsndfile's scale from 0 to 1: about 23 kbit/s

FloatArray = npt.NDArray[np.float32]


def make_demo(texts: tuple[str, ...]) -> FloatArray:
    """The clip as samples (n,) at 16 kHz, the same for the same texts and release of flite."""
    dice = np.random.default_rng(0)
    parts = [_hiss(dice, samples_of(_BEFORE_S))]
    for text in texts:
        spoken = np.trim_zeros(_speak(text))
        spoken = spoken / np.abs(spoken).max() * _PEAK
        parts += [spoken + _hiss(dice, len(spoken) + SAMPLE_RATE_HZ)[: len(spoken)]]
        parts += [_hiss(dice, samples_of(_BETWEEN_S))]
    return np.concatenate(parts)


def _hiss(dice: np.random.Generator, samples: int) -> FloatArray:
    return dice.normal(0.0, _HISS, samples).astype(np.float32)


def _speak(text: str) -> FloatArray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        stretch = f"duration_stretch={_STRETCH}"
        subprocess.run(["flite", "-voice", VOICE, "--setf", stretch, "-t", text, "-o", str(path)], check=True)
        samples, rate_hz = soundfile.read(path, dtype="float32")
    assert rate_hz == SAMPLE_RATE_HZ
    return np.asarray(samples, np.float32)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("clip", nargs="?", type=Path, default=DEMO_CLIP, help="default: the one in asrd/models")
    path = parser.parse_args().clip
    options = {"format": "OGG", "subtype": "OPUS", "compression_level": _COMPRESSION}
    soundfile.write(path, make_demo(demo_texts()), SAMPLE_RATE_HZ, **options)


if __name__ == "__main__":
    main()
