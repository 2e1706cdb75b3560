"""Whether an installed asrd does what it is for."""

from __future__ import annotations

from pathlib import Path

import asrd
from tests.daemon.test_demo import MAX_ERROR, SENTENCES, word_error_rate
from tests.install.packages import ROOT, run


def check(program: Path, home: Path) -> None:
    """It is the installed one, and does what asrd is for."""
    python = program.resolve().parent / "python"
    of_package = "import asrd; from asrd.daemon.sources import DEMO_CLIP; print(asrd.__file__, DEMO_CLIP, sep='\\n')"
    package, clip = run(python, "-c", of_package, folder=home, home=home).splitlines()
    assert not Path(package).is_relative_to(ROOT), package
    assert f"asrd {asrd.__version__}" in run(program, "--version", folder=home, home=home)
    transcribed = run(program, "transcribe", clip, folder=home, home=home)
    assert word_error_rate(SENTENCES, transcribed.splitlines()) <= MAX_ERROR, transcribed
    assert "qwen3-asr-0.6b" in run(program, "model", "list", folder=home, home=home)
