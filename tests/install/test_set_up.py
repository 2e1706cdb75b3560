"""`.ci/set-up`, which makes .venv: a small project with one small package, in the place of asrd and its lock."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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

    @property
    def surroundings(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).resolve().parent}:/usr/bin:/bin",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.index),
        }

    def command(self, *words: str | Path, **environment: str) -> Ran:
        """Run a command in the project's folder, with a home and an index of its own."""
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.surroundings | environment,
            timeout=LIMIT_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def set_up(self, part: str, python: str | Path = "", **environment: str) -> Ran:
        return self.command(".ci/set-up", part, python, **environment)

    @contextmanager
    def start(self, part: str, python: str | Path = "", **environment: str) -> Iterator[subprocess.Popen[str]]:
        """The same, in a group of processes of its own, without waiting for its end."""
        process = subprocess.Popen(
            [".ci/set-up", part, str(python)],
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.surroundings | environment,
            start_new_session=True,
        )
        with process:
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

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


def test_what_was_interrupted_is_made_anew(copied: Project) -> None:
    (copied.venv / ".set-up/half").touch()
    (copied.venv / "bin/pip").unlink()
    ran = copied.set_up("run")
    assert ran.code == 0, ran
    assert "setting up .venv" in ran.err
    assert (copied.venv / "bin/pip").exists()
    assert copied.packages() == {"forrunning", "thing"}


def held_back(project: Project, folder: Path, when: str) -> tuple[Path, Path]:
    """An interpreter that waits before a command with these words until somebody writes into the second, a pipe."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    real = Path(sys.executable).resolve()
    return program(folder / "python3", f'case "$*" in *"{when}"*) read _ <{pipe} ;; esac\nexec {real} "$@"'), pipe


def test_two_at_a_time(project: Project, tmp_path: Path) -> None:
    """Of two from nothing the second waits for the first, and finds everything done."""
    python, pipe = held_back(project, tmp_path, "-m venv")
    with project.start("run", python) as first, project.start("run", python) as second:
        said = {process: process.stderr.readline() for process in (first, second) if process.stderr}
        earlier, later = sorted(said, key=lambda process: "another make" in said[process])
        assert said[earlier].startswith("asrd: setting up .venv"), said
        assert said[later] == f"asrd: another make sets up .venv just now (process {earlier.pid}): waiting for it\n"
        pipe.write_text("go\n", encoding="utf-8")
        rest = [process.communicate(timeout=LIMIT_S)[1] for process in (earlier, later)]
        assert (earlier.returncode, later.returncode) == (0, 0), rest
    assert "installing them" in rest[0]
    assert rest[1] == ""
    assert project.packages() == {"forrunning", "thing"}


def test_one_that_was_killed_stands_in_nobodys_way(project: Project, tmp_path: Path) -> None:
    python, _ = held_back(project, tmp_path, "-m venv")
    with project.start("run", python) as first:
        assert first.stderr
        assert first.stderr.readline().startswith("asrd: setting up .venv")
        os.killpg(first.pid, signal.SIGKILL)
    ran = project.set_up("run")
    assert ran.code == 0, ran
    assert "another make" not in ran.err
    assert project.packages() == {"forrunning", "thing"}


def test_what_was_downloaded_stays_until_it_is_installed(project: Project, tmp_path: Path) -> None:
    """Stopped while pip installs: the next time needs no network."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    waiting = f"import sys\nif '--find-links' in sys.argv: open({str(pipe)!r}).read()\n"
    (tmp_path / "sitecustomize.py").write_text(waiting, encoding="utf-8")
    with project.start("run", PYTHONPATH=str(tmp_path)) as first:
        assert first.stderr
        assert [first.stderr.readline() for _ in range(3)][-1] == "asrd: installing them\n"
        os.killpg(first.pid, signal.SIGTERM)
        first.wait(LIMIT_S)
    assert first.returncode != 0
    project.forget_the_index()
    ran = project.set_up("run")
    assert ran.code == 0, ran
    assert "setting up .venv" in ran.err
    assert "downloading" not in ran.err
    assert project.packages() == {"forrunning", "thing"}
    assert not (project.folder / "build/set-up/wheels").exists()


def test_wheels_of_another_lock_or_python_are_not_enough(project: Project) -> None:
    wheels = project.folder / "build/set-up/wheels"
    wheels.mkdir(parents=True)
    (wheels / "complete").write_text("1 2 requirements.lock 3.10\n", encoding="utf-8")
    assert "downloading" in project.set_up("run").err
    assert project.packages() == {"forrunning", "thing"}


def test_an_installation_of_the_project_that_fails_is_mended(copied: Project) -> None:
    """pip cannot replace what it did not finish; with everything made anew it need not."""
    (copied.folder / "pyproject.toml").write_text("[build-system]\nrequires = 1\n", encoding="utf-8")
    assert copied.set_up("run").code == 1
    (copied.folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    ran = copied.set_up("run")
    assert ran.code == 0, ran
    assert "setting up .venv" in ran.err


@pytest.mark.parametrize("way", ["variable", "file"])
def test_a_pip_that_installs_for_the_user(project: Project, way: str, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nuser = true\n", encoding="utf-8")
    surroundings = {"PIP_USER": "1"} if way == "variable" else {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    ran = project.set_up("run", **surroundings)
    assert ran.code == 0, ran
    assert project.packages() == {"forrunning", "thing"}


def test_a_folder_that_is_no_virtual_environment_stays(project: Project) -> None:
    project.venv.mkdir()
    (project.venv / "mine").touch()
    assert_one_sentence(project.set_up("run"), f"{project.venv} is in the way", "move or remove it", "make again")
    assert (project.venv / "mine").exists()
    (project.venv / "mine").unlink()
    assert project.set_up("run").code == 0


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


NONE = "ERROR: Could not find a version that satisfies the requirement one==1 (from versions: none)\n"
SOME = NONE.replace("none", "0.8, 0.9")
MISSING = "ERROR: No matching distribution found for one==1\n"
LOOKING = "Looking in indexes: https://ssl-connection.example/ProxyError/simple\n"
RETRYING = (
    "  WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip...>: "
    "Failed to establish a new connection: [Errno 111] Connection refused')': /simple/one/\n"
)
TRACEBACK = """\
ERROR: Exception:
Traceback (most recent call last):
  File "/x/pip/_internal/resolution/resolvelib/resolver.py", line 95, in resolve
    raise ProxyError("SSLError")
"""
HASHES = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
REFUSED = (
    "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='h', port=443): Max retries "
    "exceeded with url: /one.whl (Caused by NewConnectionError('Failed to establish a new connection'))\n"
)


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (LOOKING + NONE + MISSING, "no ready-made package of one==1"),
        (LOOKING + RETRYING + SOME + MISSING, "no ready-made package of one==1"),
        (LOOKING + RETRYING + NONE + MISSING, "cannot reach the package index"),
        (LOOKING + REFUSED, "cannot reach the package index"),
        (TRACEBACK + "pip._vendor.urllib3.exceptions.ReadTimeoutError: h: Read timed out.\n", "cannot reach"),
        (LOOKING + TRACEBACK + "AssertionError: broken\n", "pip could not download"),
        (LOOKING + RETRYING + HASHES, "pip could not download"),
    ],
)
def test_the_reason_is_in_pips_own_words(copied: Project, log: str, sentence: str) -> None:
    (copied.folder / "words").write_text(log, encoding="utf-8")
    python, real = copied.venv / "bin/python", copied.venv / "bin/real"
    real.symlink_to(python.resolve())
    python.unlink()
    program(python, f'case "$*" in *download*) cat words; exit 1 ;; esac\nexec {real} "$@"')
    last = copied.set_up("dev").err.splitlines()[-1]
    assert last.startswith(f"asrd: {'there is ' if sentence.startswith('no ') else ''}{sentence}"), last


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
    """Without a target make tells what it can do; a make that runs these tests has told this one nothing."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, env=environment).stdout
    assert shown.startswith("make run ")
    assert shown.splitlines()[1].startswith("make test ")
    targets = [line.split()[1] for line in shown.splitlines()]
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=True, env=environment)
