"""asrd installed into empty environments, as users do it: it hears the clip that comes with it.

Every command runs in another folder than the checkout, with an empty home, and nothing is fetched or compiled.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import asrd
from tests.daemon.test_demo import MAX_ERROR, SENTENCES, word_error_rate
from tests.install.packages import ROOT, WHEELHOUSE, Built, Pip, need_wheelhouse, pythons, run

TOOLS = Path(sys.executable).parent  # of the development packages
INTERPRETERS = pythons() or [Path(sys.executable)]


@pytest.fixture(autouse=True)
def _wheels() -> None:
    need_wheelhouse()


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


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
@pytest.mark.parametrize("interpreter", INTERPRETERS, ids=lambda path: "-".join(path.parts[-3:-2]) or "python")
def test_pip(built: Built, tmp_path: Path, home: Path, interpreter: Path, kind: str) -> None:
    environment = Pip.make(interpreter, tmp_path / "environment", home)
    environment.install(getattr(built, kind))
    program = environment.folder / "bin/asrd"
    check(program, home)
    heard = run(program, "run", "--demo", "--port", "0", folder=home, home=home)
    assert word_error_rate(SENTENCES, heard.splitlines()) <= MAX_ERROR, heard


def test_pipx(built: Built, tmp_path: Path, home: Path) -> None:
    run(
        *(TOOLS / "pipx", "install", "--python", INTERPRETERS[-1], built.wheel),
        folder=home,
        home=home,
        PIPX_HOME=str(tmp_path / "pipx"),
        PIPX_BIN_DIR=str(tmp_path / "bin"),
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(WHEELHOUSE),
        PIPX_DEFAULT_BACKEND="pip",
    )
    check(tmp_path / "bin/asrd", home)


def test_uv_tool(built: Built, tmp_path: Path, home: Path) -> None:
    run(
        *(TOOLS / "uv", "tool", "install", "--offline", "--no-index", "--find-links", WHEELHOUSE, "--no-config"),
        *("--no-build", "--python", INTERPRETERS[-1], built.wheel),
        folder=home,
        home=home,
        UV_TOOL_DIR=str(tmp_path / "tools"),
        UV_TOOL_BIN_DIR=str(tmp_path / "bin"),
        UV_CACHE_DIR=str(tmp_path / "cache"),
    )
    check(tmp_path / "bin/asrd", home)
