"""`asrd service`, with programs in PATH that imitate systemd's, and real daemons."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from asrd.bench.daemon.process import DaemonProcess
from asrd.cli import service_daemon, service_status
from asrd.cli.service_arguments import absolute_arguments, address_arguments
from asrd.service import choosing, program
from asrd.service.errors import ServiceError
from asrd.service.exits import BURST
from asrd.service.interface import Activity, Condition, Part
from asrd.service.launchd import LaunchdManager
from asrd.service.runs import Run, RunRecord
from asrd.service.systemd import SystemdManager
from tests.cli.commands import Cli, Ran, assert_one_line, run_process
from tests.service.managers import FakeRunner

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="imitates systemd")
SYSTEMCTL = r"""#!/bin/sh
here=$(dirname "$0")
shift 2 # --user --no-pager
echo "$*" >> "$here/calls"
case "$1" in
show)
    unit="$HOME/systemd/user/$2"
    [ -e "$unit" ] && echo "FragmentPath=$unit" && echo LoadState=loaded || echo LoadState=not-found
    case "$*" in *MainPID*) cat "$here/state" 2>/dev/null ;; esac
    exit 0 ;;
start|restart)
    [ ! -e "$here/refuses" ] || exit 1
    echo "ActiveState=active\nMainPID=4711\nUnitFileState=enabled" > "$here/state" ;;
stop|disable)
    echo "ActiveState=inactive\nMainPID=0\nUnitFileState=enabled" > "$here/state" ;;
is-active)
    echo inactive; exit 3 ;;
show-environment)
    [ ! -e "$here/no-bus" ] || { echo "Failed to connect to bus: No medium found" >&2; exit 1; } ;;
esac
"""


class Desk:
    """A home, and the imitated programs."""

    def __init__(self, home: Path, programs: Path) -> None:
        self.home = home
        self.programs = programs
        programs.mkdir()
        self.program("systemctl", SYSTEMCTL)
        self.program("systemd-run", "#!/bin/sh\nexit 0\n")
        self.program("journalctl", '#!/bin/sh\necho "journalctl $*"\n')
        self.unit = home / "systemd" / "user" / "asrd.service"

    def program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text, encoding="ascii")
        path.chmod(0o755)

    def calls(self) -> list[str]:
        calls = self.programs / "calls"
        found = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return [call for call in found if not call.startswith("show")]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path / 'programs'}:/usr/bin:/bin")
    monkeypatch.setattr(program, "_warnings", lambda *_: ())  # wherever the tests' interpreter lies
    return Desk(home, tmp_path / "programs")


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def daemon(desk: Desk, port: int) -> Iterator[DaemonProcess]:
    with DaemonProcess(["--source", "none", "--port", str(port)], desk.home) as running:
        yield running


def flags(port: int) -> tuple[str, ...]:
    return ("--", "--source", "none", "--port", str(port))


def shown(cli: Cli) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cli("service", "status", "--json").out)
    return found


class TestInstall:
    def test_and_uninstall(self, cli: Cli, desk: Desk, daemon: DaemonProcess, port: int) -> None:
        ran = cli("service", "install", *flags(port))
        assert ran.code == 0, ran
        assert f"wrote     {desk.unit}" in ran.out
        assert f"asrd listens on ws://127.0.0.1:{port}/v1/stream\n" in ran.out
        assert "undo it with: asrd service uninstall" in ran.out
        assert "--source" in desk.unit.read_text(encoding="utf-8")
        assert desk.calls() == [
            "daemon-reload",
            "enable asrd.service",
            "reset-failed asrd.service",
            "restart asrd.service",
        ]
        status = shown(cli)
        assert (status["service"], status["manager"], status["at_login"]) == ("running", "systemd", True)
        assert (status["answers"], status["model"], status["state"]) == (True, "nano", "listening")
        assert cli("service", "status").code == 0

        ran = cli("service", "uninstall")
        assert (ran.code, desk.unit.exists()) == (0, False)
        assert f"removed   {desk.unit}" in ran.out
        assert "tokens and history" in ran.out
        assert (desk.home / "asrd" / "tokens.json").exists()
        assert "nothing to remove" in cli("service", "uninstall").out

    def test_dry(self, cli: Cli, desk: Desk) -> None:
        ran = cli("service", "install", "--dry-run", "--with-typist", "--", "--port", "9000", "--model", "")
        assert ran.code == 0, ran
        assert '"service" "run" "--" "--port" "9000"' in ran.out
        assert '"type" "--wait" "--port" "9000"' in ran.out
        assert "would run systemctl --user --no-pager daemon-reload" in ran.out
        assert list(desk.home.iterdir()) == []
        assert desk.calls() == ["show-environment", "is-active graphical-session.target"] or desk.calls() == []

    def test_a_dry_run_needs_no_manager(self, cli: Cli, desk: Desk) -> None:
        (desk.programs / "no-bus").touch()
        refused = cli("service", "install")
        assert_one_line(refused, 1, "Failed to connect to bus")
        ran = cli("service", "install", "--dry-run", "--", "--port", "9000")
        assert ran.code == 0, ran
        assert f"without --dry-run this would be refused: {refused.err.removeprefix('asrd: ')}" in ran.err
        assert f"wrote     {desk.unit}" in ran.out
        assert '"service" "run" "--" "--port" "9000"' in ran.out
        assert list(desk.home.iterdir()) == []

    def test_paths_do_not_depend_on_this_folder(self, cli: Cli, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(desk.home)
        (desk.home / "my.toml").write_text("[server]\nport = 9000\n", encoding="ascii")
        ran = cli("service", "install", "--dry-run", "--", "--config", "my.toml", "--source", "file:a.wav")
        assert f'"--config" "{desk.home}/my.toml" "--source" "file:{desk.home}/a.wav"' in ran.out

    def test_settings_decide_where_it_may_write(self, cli: Cli, desk: Desk) -> None:
        ran = cli(
            "service",
            "install",
            "--dry-run",
            "--",
            "--history-enabled",
            "yes",
            "--history-folder",
            "/srv/said",
            "--token-file",
            "/srv/keys/t",
        )
        assert f'ReadWritePaths="-{desk.home}/asrd" "-/srv/keys" "-/srv/said"' in ran.out

    def test_time_for_the_last_words(self, cli: Cli, desk: Desk) -> None:
        assert "TimeoutStopSec=43" in cli("service", "install", "--dry-run", "--", "--pipeline-drain-s", "32.5").out

    def test_notices(self, cli: Cli, desk: Desk) -> None:
        assert '"--no-notify"' in cli("service", "install", "--dry-run", "--no-notify").out

    @pytest.mark.parametrize(
        ("arguments", "code", "word"),
        [
            (["--", "--prot", "9000"], 2, "--prot"),
            (["--", "--port", "x"], 2, "--port"),
            (["--", "--demo"], 2, "demonstration"),
            (["--", "--source", "stdin"], 2, "standard input"),
            (["--", "--text"], 2, "log.text"),
            (["--", "--model", "/nowhere"], 3, "/nowhere"),
            (["--", "--config", "/nowhere.toml"], 2, "/nowhere.toml"),
            (["--with-typist", "--", "--port", "0"], 2, "any free port"),
            (["word"], 2, "word"),
        ],
    )
    def test_what_would_fail_later(self, cli: Cli, desk: Desk, arguments: list[str], code: int, word: str) -> None:
        assert_one_line(cli("service", "install", *arguments), code, word)
        assert list(desk.home.iterdir()) == []

    def test_settings_that_cannot_be_used(self, cli: Cli, desk: Desk) -> None:
        (desk.home / "asrd").mkdir()
        (desk.home / "asrd" / "asrd.toml").write_text("[server]\nprot = 1\n", encoding="ascii")
        assert_one_line(cli("service", "install"), 2, "asrd.toml, line 2")
        assert not desk.unit.exists()

    def test_variables_that_will_not_reach_it(self, cli: Cli, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_MODEL", "/nowhere")
        monkeypatch.setenv("ASRD_TOKEN", "x")
        ran = cli("service", "install", "--dry-run")
        assert ran.code == 0
        assert "ASRD_MODEL is set here and will not reach the service" in ran.err
        assert "ASRD_TOKEN" not in ran.err

    def test_it_does_not_start(self, cli: Cli, desk: Desk, port: int) -> None:
        (desk.programs / "refuses").touch()
        (desk.programs / "state").write_text("ActiveState=failed\nExecMainCode=1\nExecMainStatus=3\n", encoding="ascii")
        ran = cli("service", "install", *flags(port))
        assert ran.code == 1
        assert ran.err.count("\n") == 1
        assert "exit code 3: the model cannot be used; `asrd service logs`" in ran.err
        assert desk.unit.exists()  # to look at, and for `uninstall` to remove
        assert cli("service", "uninstall").code == 0
        assert not desk.unit.exists()


class TestSteering:
    def test_not_installed(self, cli: Cli, desk: Desk) -> None:
        for verb in ("start", "stop", "restart"):
            assert_one_line(cli("service", verb), 1, "not installed: asrd service install")
        assert_one_line(cli("service", "start", "--typist"), 1, "asrd service install --with-typist")

    def test_steering(self, cli: Cli, desk: Desk, daemon: DaemonProcess, port: int) -> None:
        cli("service", "install", *flags(port))
        desk.calls()
        RunRecord(desk.home / "asrd").add(Run(1, 2.0))
        assert "asrd listens on" in cli("service", "start").out
        assert [run.counts for run in RunRecord(desk.home / "asrd").runs()] == [False]
        assert "asrd service start" in cli("service", "stop").out
        assert cli("service", "restart").code == 0
        assert [call for call in desk.calls() if call.endswith("asrd.service") and "reset" not in call] == [
            *("start asrd.service", "stop asrd.service", "restart asrd.service")
        ]

    def test_no_manager(self, cli: Cli, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        (desk.programs / "no-bus").touch()
        assert_one_line(cli("service", "install"), 1, "No medium found", "enable-linger")
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        assert_one_line(cli("service", "start"), 1, "XDG_RUNTIME_DIR is not set")
        monkeypatch.setenv("PATH", "/nowhere")
        assert_one_line(cli("service", "install"), 1, "no systemd here")

    def test_another_system(self, cli: Cli, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ServiceError, match="no service manager of win32"):
            choosing.own_manager(FakeRunner(), {}, "win32")
        mac = choosing.own_manager(FakeRunner(), {"HOME": "/Users/ana"}, "darwin")
        assert isinstance(mac, LaunchdManager)
        assert mac.places.agent(Part.DAEMON) == Path("/Users/ana/Library/LaunchAgents/dev.asrd.daemon.plist")


class TestStatus:
    def test_a_daemon_without_a_manager(
        self, cli: Cli, desk: Desk, daemon: DaemonProcess, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (desk.programs / "no-bus").touch()
        monkeypatch.setenv("ASRD_SERVER_PORT", str(port))
        ran = cli("service", "status")
        assert ran.code == 0
        assert re.search(r"^service +not installed$", ran.out, re.MULTILINE)
        assert re.search(rf"^address +ws://127\.0\.0\.1:{port}/v1/stream$", ran.out, re.MULTILINE)
        assert re.search(r"^answers +yes$", ran.out, re.MULTILINE)
        assert re.search(r"^model +nano$", ran.out, re.MULTILINE)
        assert "enable-linger" in ran.out

    def test_nothing(self, cli: Cli, desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_SERVER_PORT", str(port))
        ran = cli("service", "status")
        assert ran.code == 1
        assert re.search(r"^answers +no$", ran.out, re.MULTILINE)
        assert "uptime" not in ran.out

    def test_a_daemon_that_does_not_know_us(
        self, cli: Cli, desk: Desk, daemon: DaemonProcess, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASRD_SERVER_PORT", str(port))
        monkeypatch.setenv("ASRD_TOKEN", "wrong")
        status = shown(cli)
        assert status["answers"] is True
        assert "token" in status["troubles"][0]

    def test_any_free_port(
        self, cli: Cli, desk: Desk, daemon: DaemonProcess, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASRD_SERVER_PORT", "0")
        RunRecord(desk.home / "asrd").add(Run(os.getpid(), time.time() - 3700.0, daemon.url, "nano"))
        status = shown(cli)
        assert status["answers"] is True
        assert status["address"] == f"ws://127.0.0.1:{port}/v1/stream"
        assert 3700.0 <= status["uptime_s"] < 3800.0
        assert re.search(r"^uptime s +1 h 1 min$", cli("service", "status").out, re.MULTILINE)

    @pytest.mark.parametrize(
        ("runs", "condition", "words"),
        [
            ([], "", ""),
            ([], "killed by SIGKILL", "killed by SIGKILL"),
            (
                [Run(1, 0.0, ended_s=1.0, code=2)],
                "exit code 0: it was stopped",
                "exit code 2: a setting",
            ),
            ([Run(999_999_999, 0.0)], "", "killed, or it crashed"),
            ([Run(999_999_999, 0.0)], "killed by SIGSEGV", "killed by SIGSEGV"),
            ([Run(999_999_999, 0.0), Run(os.getpid(), 0.0)], "", "killed, or it crashed"),
        ],
    )
    def test_last_exit(self, runs: list[Run], condition: str, words: str) -> None:
        assert service_status._last_exit(runs, Condition(Activity.STOPPED, last_exit=condition)) == words

    @pytest.mark.parametrize(("activity", "wait_s"), [(Activity.STOPPED, 5.0), (Activity.STARTING, 120.0)])
    def test_waiting_for_a_daemon_that_does_not_come(
        self, desk: Desk, port: int, activity: Activity, wait_s: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASRD_SERVER_PORT", str(port))
        now_s = 0.0

        def sleep(seconds: float) -> None:
            nonlocal now_s
            now_s += seconds

        class Slow(SystemdManager):
            def condition(self, _part: Part) -> Condition:
                return Condition(activity, last_exit="exit code 4")

        with pytest.raises(ServiceError, match="does not answer: exit code 4; `asrd service logs`"):
            service_status.await_daemon(Slow(FakeRunner()), sleep, lambda: now_s)
        assert wait_s < now_s <= wait_s + 0.5

    def test_a_greeting_of_another_release(self) -> None:
        assert service_status._model_name({"type": "hello", "model": "x"}) == ""
        assert service_status._model_name({"type": "hello", "model": {}}) == ""


class TestLogs:
    def test_shown(self, cli: Cli, desk: Desk) -> None:
        ran = cli("service", "logs", "-n", "5", "--typist")
        assert ran.out == "journalctl --user --unit asrd-type.service --lines 5 --output short-iso --no-pager\n"

    def test_not(self, cli: Cli, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.program("journalctl", "#!/bin/sh\nexit 1\n")
        assert_one_line(cli("service", "logs"), 1, "asrd service status")
        monkeypatch.setenv("PATH", "/nowhere")
        assert_one_line(cli("service", "logs"), 1, "journalctl cannot be run")


class TestRun:
    """`asrd service run`, as the managers start it."""

    def run(self, desk: Desk, *arguments: str) -> Ran:
        home = str(desk.home)
        return run_process("service", "run", *arguments, HOME=home, XDG_STATE_HOME=home, XDG_CONFIG_HOME=home)

    def test_to_its_end(self, desk: Desk, clip: Path, tiny_model: Path) -> None:
        arguments = ["--port", "0", "--source", f"file:{clip}", "--fast", "--model", str(tiny_model)]
        log = desk.home / "asrd.log"
        with log.open("ab") as stream:
            stream.write(b"x" * 3_000_000)
            stream.flush()
            ran = subprocess.run(
                [sys.executable, "-m", "asrd", "service", "run", "--launchd", "--log-file", str(log), "--", *arguments],
                stderr=stream,
                env=dict(os.environ),
                timeout=120,
                check=False,
            )
        assert ran.returncode == 0
        assert log.with_name("asrd.log.1").stat().st_size == 3_000_000
        assert "ready: ws://127.0.0.1" in log.read_text(encoding="utf-8")
        [run] = RunRecord(desk.home / "asrd").runs()
        assert (run.code, run.model) == (0, "tiny")
        assert run.url.startswith("ws://127.0.0.1:")
        assert run.ended_s is not None

    def test_where_starting_again_cannot_help(self, desk: Desk) -> None:
        wrong = ["--no-notify", "--", "--port", "0", "--model", "/nowhere"]
        self.run(desk, *wrong)  # makes the tokens, and says so
        ran = self.run(desk, *wrong)
        assert ran.code == 3
        again = self.run(desk, "--launchd", *wrong)
        assert again.code == 0
        assert ran.err == again.err
        assert ran.err.count("\n") == 1
        assert [run.code for run in RunRecord(desk.home / "asrd").runs()] == [3, 3, 3]

    def test_too_often(self, desk: Desk) -> None:
        record = RunRecord(desk.home / "asrd")
        for _ in range(5):
            record.add(Run(999_999_999, time.time()))
        wrong = ["--no-notify", "--", "--port", "0", "--model", "/nowhere"]
        ran = self.run(desk, "--launchd", *wrong)
        assert_one_line(ran._replace(code=1), 1, "left alone until `asrd service start`")
        assert ran.code == 0
        record.forgive()
        ran = self.run(desk, "--launchd", *wrong)
        assert "/nowhere" in ran.err

    def test_an_address_that_is_taken_may_get_free(
        self, monkeypatch: pytest.MonkeyPatch, desk: Desk, cli: Cli, tiny_model: Path
    ) -> None:
        """It is started again, and the desktop is told when that was the last time."""
        told: list[str] = []
        monkeypatch.setattr(service_daemon, "show", lambda notice, *, wait: told.append(notice.text))
        with socket.create_server(("127.0.0.1", 0)) as other:
            words = ("--", "--port", str(other.getsockname()[1]), "--model", str(tiny_model), "--source", "none")
            for number in range(BURST):
                assert told == []
                managed = ("--launchd",) if number % 2 else ()
                assert_one_line(cli("service", "run", *managed, *words), 5, "another program listens there")
            again = cli("service", "run", "--launchd", *words)
        assert (again.code, "left alone" in again.err) == (0, True)
        assert len(told) == 2
        assert "another program listens there" in told[0]
        assert [run.code for run in RunRecord(desk.home / "asrd").runs()] == [5] * BURST

    def test_the_desktop_is_told(self, monkeypatch: pytest.MonkeyPatch, desk: Desk, cli: Cli) -> None:
        told: list[str] = []
        monkeypatch.setattr(
            service_daemon, "show", lambda notice, *, wait: told.append(f"{notice.title}: {notice.text}")
        )
        assert_one_line(cli("service", "run", "--", "--port", "0", "--model", "/nowhere"), 3, "/nowhere")
        assert len(told) == 1
        assert told[0].startswith("asrd does not run: ")
        assert "/nowhere" in told[0]
        assert cli("service", "run", "--launchd", "--", "--port", "0", "--model", "/nowhere").code == 0
        assert told == [told[0]] * 2


class TestArguments:
    FOLDER = Path("/home/ana/here")

    @pytest.mark.parametrize(
        ("words", "wanted"),
        [
            (["--model", "m"], ["--model", "/home/ana/here/m"]),
            (["--model=m"], ["--model=/home/ana/here/m"]),
            (["--model", "/m"], ["--model", "/m"]),
            (["--config", "c.toml"], ["--config", "/home/ana/here/c.toml"]),
            (["--source", "file:a b.wav"], ["--source", "file:/home/ana/here/a b.wav"]),
            (["--source=file:/a"], ["--source=file:/a"]),
            (["--source", "none"], ["--source", "none"]),
            (["--device", "model"], ["--device", "model"]),
            (["--server-unix-socket", "s"], ["--server-unix-socket", "/home/ana/here/s"]),
            (["--token-file", ""], ["--token-file", ""]),
        ],
    )
    def test_absolute(self, words: list[str], wanted: list[str]) -> None:
        assert list(absolute_arguments(words, self.FOLDER)) == wanted

    def test_home(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", "/home/ana")
        assert absolute_arguments(["--model", "~/m"], self.FOLDER) == ("--model", "/home/ana/m")

    def test_address(self) -> None:
        words = ["--model", "m", "--port", "9", "--server-host=::1", "--config", "/c", "--device", "--port"]
        assert address_arguments(words) == ("--port", "9", "--server-host=::1", "--config", "/c")


def test_help_fits_80_columns(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for action in ((), ("install",), ("uninstall",), ("status",), ("logs",), ("start",)):
        lines = cli("service", *action, "--help").out.splitlines()
        assert max(map(len, lines)) <= 80
    assert " run " not in cli("service", "--help").out.partition("actions:")[2]


def test_what_follows_the_dashes_is_the_daemon_s(cli: Cli, desk: Desk) -> None:
    """Also what the command itself knows."""
    assert_one_line(cli("service", "install", "--", "--force"), 2, "--force")
