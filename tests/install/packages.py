"""asrd built as it is published, and installed as users do it, without the network."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
WHEELHOUSE = ROOT / "build/wheelhouse"  # `.ci/wheelhouse` fills it
LIMIT_S = 600
# For `TarFile.extractall`; early releases of Python 3.10 and 3.11 have no filters.
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


class Built(NamedTuple):
    """The two files that are published."""

    wheel: Path
    sdist: Path


def run(*command: str | Path, folder: Path, home: Path, **environment: str) -> str:
    """What a command prints on standard output, in a nearly empty environment; it must succeed."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"} | environment,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def build(folder: Path, target: Path, *what: str) -> None:
    """Run the build backend in a folder with sources; `what` is -t wheel or -t sdist, or nothing for both."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", *what, "-d", str(target)],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=LIMIT_S,
    )


def pythons() -> list[Path]:
    """The oldest and the newest interpreter for which there are wheels; none where nobody fetched them."""
    try:
        return [Path(line) for line in (WHEELHOUSE / "pythons").read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []


INTERPRETERS = pythons() or [Path(sys.executable)]


def need_wheelhouse() -> None:
    """Skip where nobody fetched the wheels; in CI they are there."""
    if not pythons():
        if "CI" in os.environ:
            pytest.fail(".ci/wheelhouse has not been run")
        pytest.skip(".ci/wheelhouse has not fetched the wheels to install")


class Pip(NamedTuple):
    """An empty virtual environment, and what pip puts into it from the wheelhouse."""

    folder: Path
    home: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    @classmethod
    def make(cls, interpreter: Path, folder: Path, home: Path) -> Pip:
        run(interpreter, "-m", "venv", folder, folder=home, home=home)
        return cls(folder, home)

    def install(self, package: Path) -> None:
        """Nothing is compiled: what asrd needs comes as wheels."""
        run(
            *(self.python, "-m", "pip", "--disable-pip-version-check", "install"),
            *("--no-index", "--find-links", WHEELHOUSE, package),
            folder=self.home,
            home=self.home,
            PIP_CONFIG_FILE=os.devnull,
        )
