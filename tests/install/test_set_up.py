"""`.ci/set-up`, which makes .venv: a small project with one small package, in the place of asrd and its lock."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import Ran
from tests.install.packages import LIMIT_S, ROOT

# A backend of its own, so that the project can be installed from its folder and nothing is fetched for that.
BACKEND = """\
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/thing-1-py3-none-any.whl", "w") as archive:
        archive.writestr("thing-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: thing\\nVersion: 1\\n")
        archive.writestr("thing-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("thing-1.dist-info/RECORD", "")
    return "thing-1-py3-none-any.whl"
"""
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def make_wheel(folder: Path, name: str) -> str:
    """A package with nothing in it; its line for a lock."""
    path = folder / f"{name}-1-py3-none-any.whl"
    files = {
        f"{name}.py": "",
        f"{name}-1.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{name}-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in files.items():
            archive.writestr(inside, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            lines.append(f"{inside},sha256={digest},{len(text)}\n")
        archive.writestr(f"{name}-1.dist-info/RECORD", "".join(lines) + f"{name}-1.dist-info/RECORD,,\n")
    return f"{name}==1 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Project:
    """A folder with the files that `.ci/set-up` reads, and an index that is a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.index, self.home = folder / "project", folder / "index", folder / "home"
        for one in (self.folder / ".ci", self.index, self.home):
            one.mkdir(parents=True)
        shutil.copy(ROOT / ".ci/set-up", self.folder / ".ci")
        run, test = make_wheel(self.index, "forrunning"), make_wheel(self.index, "fortesting")
        (self.folder / "requirements.lock").write_text(run, encoding="utf-8")
        (self.folder / "requirements-dev.lock").write_text(run + test, encoding="utf-8")
        (self.folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
        (self.folder / "backend.py").write_text(BACKEND, encoding="utf-8")

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    def command(self, *words: str | Path, **environment: str) -> Ran:
        """Run a command in the project's folder, with a home and an index of its own."""
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={
                "HOME": str(self.home),
                "PATH": f"{Path(sys.executable).resolve().parent}:/usr/bin:/bin",
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.index),
            }
            | environment,
            timeout=LIMIT_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def set_up(self, part: str, python: str | Path = "", **environment: str) -> Ran:
        return self.command(".ci/set-up", part, python, **environment)

    def packages(self) -> set[str]:
        """What is installed of the three."""
        code = "from importlib import metadata; print(*(one.name for one in metadata.distributions()))"
        ran = self.command(self.venv / "bin/python", "-c", code)
        return set(ran.out.split()) & {"forrunning", "fortesting", "thing"}

    def forget_the_index(self) -> None:
        """From now on there is no network."""
        shutil.rmtree(self.index)


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def assert_one_sentence(ran: Ran, *words: str) -> None:
    assert ran.code == 1, ran
    assert ran.err.startswith("asrd: "), ran
    assert ran.err.count("\n") == 1, ran.err
    for word in words:
        assert word in ran.err, ran.err


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Set up to run; no test changes it."""
    project = Project(tmp_path_factory.mktemp("made"))
    assert project.set_up("run").code == 0
    return project


@pytest.fixture
def copied(made: Project) -> Iterator[Project]:
    """The same again, for a test to spoil: put back in its place afterwards, as a virtual environment cannot move."""
    kept = made.folder.parent / "kept"
    shutil.copytree(made.folder, kept, symlinks=True)
    index = made.folder.parent / "kept-index"
    shutil.copytree(made.index, index)
    yield made
    for place, copy in ((made.folder, kept), (made.index, index)):
        shutil.rmtree(place, ignore_errors=True)
        copy.rename(place)


def test_it_says_what_it_does(project: Project) -> None:
    ran = project.set_up("run")
    assert ran.code == 0, ran
    assert ran.out == ""
    version = ".".join(map(str, sys.version_info[:2]))
    assert ran.err.splitlines() == [
        f"asrd: setting up .venv with Python {version} (once; needs the network)",
        "asrd: downloading the packages of requirements.lock",
        "asrd: installing them",
    ]
    assert project.packages() == {"forrunning", "thing"}


def test_the_second_time_nothing_is_done_and_no_network_needed(copied: Project) -> None:
    copied.forget_the_index()
    assert copied.set_up("run") == Ran(0, "", "")


def test_tests_need_more_and_to_run_nothing_is_done_then(copied: Project) -> None:
    ran = copied.set_up("dev")
    assert ran.code == 0, ran
    assert copied.packages() == {"forrunning", "fortesting", "thing"}
    copied.forget_the_index()
    assert copied.set_up("run") == Ran(0, "", "")
    assert copied.set_up("dev") == Ran(0, "", "")


def test_what_cannot_be_fetched_leaves_what_was_there(copied: Project) -> None:
    """Without a network `make test` says so, and `make run` goes on working."""
    copied.forget_the_index()
    ran = copied.set_up("dev", PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_FIND_LINKS="")
    assert "needs the network this once" in ran.err.splitlines()[-1]
    assert "make again" in ran.err.splitlines()[-1]
    assert ran.err.count("\n") == 2, ran.err
    assert copied.set_up("run") == Ran(0, "", "")
    assert copied.packages() == {"forrunning", "thing"}


def test_a_changed_lock_is_followed(copied: Project) -> None:
    line = make_wheel(copied.index, "fortesting")
    with (copied.folder / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write(line)
    assert "downloading" in copied.set_up("run").err
    assert copied.packages() == {"forrunning", "fortesting", "thing"}


def test_a_changed_project_needs_no_network(copied: Project) -> None:
    copied.forget_the_index()
    with (copied.folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    note = copied.venv / ".set-up/project"
    before = note.read_text(encoding="utf-8")
    assert copied.set_up("run") == Ran(0, "", "")
    assert note.read_text(encoding="utf-8") != before


@pytest.mark.parametrize("doing", ["make", "install"])
def test_what_was_interrupted_is_made_anew(copied: Project, doing: str) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (copied.venv / ".set-up/working").write_text(f"{gone.pid} {doing}\n", encoding="utf-8")
    (copied.venv / "bin/pip").unlink()
    ran = copied.set_up("run")
    assert ran.code == 0, ran
    assert "setting up .venv" in ran.err
    assert (copied.venv / "bin/pip").exists()
    assert copied.packages() == {"forrunning", "thing"}


def test_an_interrupted_download_goes_on(copied: Project) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (copied.venv / ".set-up/working").write_text(f"{gone.pid} download\n", encoding="utf-8")
    assert copied.set_up("run") == Ran(0, "", "")


def test_two_at_a_time(copied: Project) -> None:
    (copied.venv / ".set-up/working").write_text(f"{os.getpid()} install\n", encoding="utf-8")
    assert_one_sentence(copied.set_up("run"), "another make", str(os.getpid()), "wait")


def test_a_damaged_package_is_refused(project: Project) -> None:
    with (project.index / "forrunning-1-py3-none-any.whl").open("ab") as file:
        file.write(b"more")
    ran = project.set_up("run")
    assert ran.code == 1
    assert "DO NOT MATCH THE HASHES" in ran.err  # pip's own words, which are shown when it fails
    assert ran.err.splitlines()[-1].startswith("asrd: pip could not download")
    assert project.packages() == set()


def test_no_package_for_this_python(project: Project) -> None:
    (project.index / "forrunning-1-py3-none-any.whl").rename(project.index / "forrunning-1-cp26-none-any.whl")
    last = project.set_up("run").err.splitlines()[-1]
    assert last.startswith("asrd: there is no ready-made package of forrunning==1 for Python 3.")
    assert "make PYTHON=" in last


def test_a_folder_that_was_moved(copied: Project) -> None:
    moved = copied.folder.with_name("moved")
    copied.folder.rename(moved)
    home, copied.folder = copied.folder, moved
    try:
        ran = copied.set_up("run")
        assert ran.code == 0, ran
        assert "was moved" in ran.err
        assert str(moved) in (copied.venv / "bin/pip").read_text(encoding="utf-8")
    finally:
        copied.folder = home
        shutil.rmtree(moved)


@pytest.mark.parametrize("what", ["gone", "another"])
def test_a_python_that_is_gone_or_another(copied: Project, what: str, tmp_path: Path) -> None:
    python = copied.venv / "bin/python"
    python.unlink()
    if what == "another":
        program(python, f'case "$*" in *prefix*) echo 3 99 {copied.venv} ;; *) exit 1 ;; esac')
    ran = copied.set_up("run")
    assert ran.code == 0, ran
    assert "setting up .venv" in ran.err
    assert copied.packages() == {"forrunning", "thing"}


def test_a_virtual_environment_of_ones_own_is_used(project: Project) -> None:
    subprocess.run([sys.executable, "-m", "venv", project.venv], check=True)
    (project.venv / "mine").touch()
    assert project.set_up("run").code == 0
    assert (project.venv / "mine").exists()
    assert project.packages() == {"forrunning", "thing"}


def test_no_python(project: Project, tmp_path: Path) -> None:
    ran = project.set_up("run", "python9.9")
    assert_one_sentence(ran, "there is no python9.9", "Python 3.10 or newer", "make PYTHON=")


def test_a_python_that_is_too_old(project: Project, tmp_path: Path) -> None:
    old = program(tmp_path / "python3", 'case "$*" in *"exit"*) exit 1 ;; *) echo 3.9 ;; esac')
    assert_one_sentence(project.set_up("run", old), "needs Python 3.10 or newer", "is 3.9", "make PYTHON=")
    assert not project.venv.exists()


def test_a_python_without_venv(project: Project, tmp_path: Path) -> None:
    bare = program(tmp_path / "python3", 'case "$*" in *ensurepip*) exit 1 ;; *) echo 3.12 ;; esac')
    assert_one_sentence(project.set_up("run", bare), "cannot make virtual environments", "apt install python3.12-venv")


def test_make_names_the_two_commands() -> None:
    """Without a target make tells what it can do."""
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("make run ")
    assert shown.splitlines()[1].startswith("make test ")
    targets = [line.split()[1] for line in shown.splitlines()]
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=True)
