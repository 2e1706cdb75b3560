"""A program that uses the installed package type-checks strictly, and a wrong one does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.install.packages import LIMIT_S, Built, Pip, need_wheelhouse, pythons

GOOD = """\
import numpy as np
from numpy.typing import NDArray

from asrd import Hypothesis, Recognizer


def words(samples: NDArray[np.float32]) -> str:
    with Recognizer.open("model") as recognizer:
        utterance = recognizer.utterance()
        utterance.append(samples)
        hypothesis: Hypothesis = utterance.hypothesis()
        return hypothesis.committed + recognizer.transcribe(samples).text
"""
WRONG = GOOD.replace("-> str", "-> int").replace('open("model")', "open(42)")


@pytest.fixture(scope="module")
def environment(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Pip:
    need_wheelhouse()
    home = tmp_path_factory.mktemp("home")
    environment = Pip.make(pythons()[0], tmp_path_factory.mktemp("typed") / "environment", home)
    environment.install(built.wheel)
    return environment


def complaints(environment: Pip, program: str, folder: Path) -> list[str]:
    """mypy's errors, each with its code at the end."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", environment.python, "program.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(("Success", "Found"))]


def test_a_good_program(environment: Pip, tmp_path: Path) -> None:
    assert complaints(environment, GOOD, tmp_path) == []


def test_a_wrong_program(environment: Pip, tmp_path: Path) -> None:
    found = complaints(environment, WRONG, tmp_path)
    assert len(found) == 2, found
    assert found[0].endswith("[arg-type]")
    assert found[1].endswith("[return-value]")
