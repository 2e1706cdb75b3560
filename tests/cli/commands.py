"""Running the command line in tests: in this process, or as a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.cli.main import main

RATE_HZ = 16_000
CHECKOUT = Path(__file__).parents[2]


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Cli:
    """Runs `asrd` in this process, with one thread and without the user's settings."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *args: str | Path) -> Ran:
        self._capfd.readouterr()
        code = main([str(arg) for arg in args])
        return Ran(code, *self._capfd.readouterr())

    def transcribe(self, *args: str | Path) -> Ran:
        return self("transcribe", "--threads", "1", *args)


def run_process(*args: str | Path, stdin: bytes = b"", **environment: str) -> Ran:
    """Run `python -m asrd` as a real process."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("ASRD_")}
    found |= {"PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "error"} | environment
    done = subprocess.run(
        [sys.executable, "-m", "asrd", *map(str, args)],
        input=stdin,
        capture_output=True,
        env=found,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def speech(seconds: float, seed: int = 3) -> NDArray[np.float32]:
    return make_clip(ClipSpec(seed, round(seconds * RATE_HZ)))


def write_wav(path: Path, samples: NDArray[Any], rate_hz: int = RATE_HZ, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples, rate_hz, format="WAV", subtype=subtype)
    return path


def assert_one_line(ran: Ran, code: int, *words: str) -> None:
    """The command failed with `code`, one sentence that contains `words`, and nothing else."""
    assert ran.code == code, ran
    assert ran.out == ""
    assert ran.err.startswith("asrd: "), ran.err
    assert ran.err.endswith("\n")
    assert ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err
