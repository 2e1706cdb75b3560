from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from asrd.service.errors import ServiceError
from asrd.service.program import Program, check_program, own_program
from asrd.service.runner import Answer, DryRunner, SystemRunner, shown
from tests.cli.commands import CHECKOUT
from tests.service.managers import FakeRunner

HOME = {"HOME": "/home/ana"}


def test_this_interpreter() -> None:
    assert own_program().words == (sys.executable, "-m", "asrd")


def test_a_link_of_a_virtual_environment_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "an environment ä"
    venv.create(folder, symlinks=True)
    python = str(folder / "bin" / "python")
    assert own_program(python, HOME).words[0] == python
    script = (
        f"import sys; sys.path.insert(0, {str(CHECKOUT)!r})\n"
        "from asrd.service.program import own_program; print(own_program().words[0])"
    )
    ran = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == python


@pytest.mark.parametrize("executable", ["", "python"])
def test_none(executable: str) -> None:
    with pytest.raises(ServiceError, match="does not know its own path"):
        own_program(executable, HOME)


@pytest.mark.parametrize(
    ("executable", "word"),
    [
        ("/tmp/x/bin/python", "temporary"),
        ("/var/folders/xy/T/bin/python", "temporary"),
        ("/home/ana/.cache/uv/environments/x/bin/python", "cache"),
        ("/Users/ana/Library/Caches/x/python", ""),
        ("/home/ana/Library/Caches/x/python", "cache"),
        ("/srv/cache/x/python", "cache"),
        ("/home/ana/.local/pipx/venvs/asrd/bin/python", ""),
        ("/usr/bin/python3", ""),
    ],
)
def test_places_that_do_not_last(executable: str, word: str) -> None:
    warnings = own_program(executable, {**HOME, "XDG_CACHE_HOME": "/srv/cache"}).warnings
    assert (word in warnings[0]) if word else not warnings


def test_a_program_that_does_not_find_asrd(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    bare = Program((str(tmp_path / "bare" / "bin" / "python"), "-m", "asrd"))
    with pytest.raises(ServiceError, match=r"bare/bin/python does not find asrd .*No module named asrd"):
        check_program(bare, SystemRunner())


def test_the_program_is_tried_without_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/here")
    script = (
        "import os, sys; arguments = ['config', '--path']; "
        "sys.exit('PYTHONPATH' in os.environ or os.getcwd() != '/' or sys.argv[1:] != arguments)"
    )
    check_program(Program((sys.executable, "-c", script)), SystemRunner())


class TestRunner:
    def test_answers(self) -> None:
        answer = SystemRunner().ask("/bin/sh", "-c", "echo out; echo 'two  lines\nerr' >&2; exit 3")
        assert (answer.code, answer.out, answer.reason) == (3, "out\n", "two lines err")
        assert Answer(3).reason == "exit code 3"
        assert Answer(3, "only this").reason == "only this"

    def test_failure(self) -> None:
        with pytest.raises(ServiceError, match=r"`/bin/sh -c 'echo no >&2; exit 1'` failed: no"):
            SystemRunner().run("/bin/sh", "-c", "echo no >&2; exit 1")

    def test_absent(self) -> None:
        with pytest.raises(ServiceError, match=r"nowhere-at-all cannot be run \(No such file or directory\)"):
            SystemRunner().ask("nowhere-at-all")

    def test_bounded(self) -> None:
        with pytest.raises(ServiceError, match=r"did not end within 0\.1 s"):
            SystemRunner().ask("/bin/sleep", "60", limit_s=0.1)

    def test_bytes_that_are_no_text(self) -> None:
        assert SystemRunner().ask("/bin/sh", "-c", r"printf '\377'").out == "\ufffd"

    def test_tells_what_it_runs(self) -> None:
        said: list[str] = []
        runner = SystemRunner(said.append)
        runner.ask("/bin/sh", "-c", "")
        runner.run("/bin/sh", "-c", "exit 0")
        assert said == ["/bin/sh -c 'exit 0'"]

    def test_dry(self, tmp_path: Path) -> None:
        said: list[str] = []
        runner = DryRunner(said.append)
        assert runner.run("/bin/touch", str(tmp_path / "x")).code == 0
        assert not (tmp_path / "x").exists()
        assert runner.ask("/bin/sh", "-c", "exit 4").code == 4
        assert said == [shown(("/bin/touch", str(tmp_path / "x")))]


def test_fake_runner_raises_as_the_real_one() -> None:
    with pytest.raises(ServiceError, match="`x` failed: exit code 1"):
        FakeRunner(lambda _command: Answer(1)).run("x")
