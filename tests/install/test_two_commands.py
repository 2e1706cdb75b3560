"""The two commands of the README, typed in a fresh copy with an empty home."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.daemon.test_demo import MAX_ERROR, SENTENCES, word_error_rate
from tests.docs.pages import blocks_by
from tests.install.packages import LIMIT_S, SAFELY, WHEELHOUSE, Built, need_wheelhouse, pythons

STEPS = [step.command for block in blocks_by("tests/install/test_two_commands.py") for step in block.steps]
RUN, TEST = "make run", "make test"


@pytest.fixture
def copy(built: Built, tmp_path: Path) -> Path:
    """What somebody has who unpacked the source distribution."""
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path / "copy", **SAFELY)
    (unpacked,) = (tmp_path / "copy").iterdir()
    return unpacked


def typed(command: str, folder: Path, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"HOME": str(home), "LC_ALL": "C.UTF-8", "PIP_CONFIG_FILE": os.devnull} | environment,
        timeout=LIMIT_S,
        check=False,
    )


def test_there_are_two() -> None:
    assert [step.partition("#")[0].strip() for step in STEPS] == [RUN, TEST]


def test_run(copy: Path, home: Path) -> None:
    """The network is a folder of wheels; then there is none. A microphone of a name that none has."""
    need_wheelhouse()
    (command,) = (step for step in STEPS if step.startswith(RUN))
    surroundings = {
        "PATH": f"{pythons()[-1].parent}:/usr/bin:/bin",
        "PIP_NO_INDEX": "1",
        "ASRD_AUDIO_DEVICE": "none such",
    }
    for find_links in (str(WHEELHOUSE), ""):
        ran = typed(command, copy, home, PIP_FIND_LINKS=find_links, **surroundings)
        assert ran.returncode == 0, ran
        assert word_error_rate(SENTENCES, ran.stdout.splitlines()) <= MAX_ERROR, ran.stdout
        assert "/overlay" in ran.stderr
        assert ("setting up .venv" in ran.stderr) is bool(find_links)


def test_test(copy: Path, home: Path) -> None:
    """With an environment that is set up already: that of this test. `.ci/first-steps` has nothing of it."""
    (command,) = (step for step in STEPS if step.startswith(TEST))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", copy / ".venv"], check=True)
    (packages,) = (copy / ".venv/lib").glob("python*/site-packages")
    own = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "tests.pth").write_text("\n".join(own), encoding="utf-8")
    notes = copy / ".venv/.set-up"
    notes.mkdir()
    for name, file in (("packages-dev", "requirements-dev.lock"), ("project", "pyproject.toml")):
        checksum = subprocess.run(["cksum"], input=(copy / file).read_bytes(), capture_output=True, check=True).stdout
        (notes / name).write_bytes(checksum)
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    ran = typed(command, copy, home, PATH=path, PYTEST_ADDOPTS="tests/mel/test_loudness.py")
    assert ran.returncode == 0, ran
    assert " passed" in ran.stdout, ran.stdout
    assert ran.stderr.startswith("asrd: running all tests"), ran.stderr
