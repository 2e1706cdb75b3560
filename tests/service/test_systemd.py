from __future__ import annotations

from pathlib import Path

import pytest

from asrd.service.errors import ServiceError
from asrd.service.interface import Activity, Part, Wish
from asrd.service.runner import Answer
from asrd.service.systemd import SystemdManager, condition_of
from tests.service.managers import WISH_PROGRAM, FakeRunner

WISH = Wish(program=WISH_PROGRAM, parts=(Part.DAEMON, Part.TYPIST))
RUNNING = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "MainPID": "4711",
    "NRestarts": "0",
    "Result": "success",
    "UnitFileState": "enabled",
    "ExecMainCode": "0",
    "ExecMainStatus": "0",
}


class FakeSystemd:
    """Answers as `systemctl` does."""

    def __init__(self) -> None:
        self.no_bus = False
        self.starts = True
        self.has_desktop = False
        self.confines = True
        self.shown = dict(RUNNING)
        self.folder: Path | None = None  # where it finds units

    def __call__(self, command: tuple[str, ...]) -> Answer | ServiceError:
        if command[0] == "systemd-run":
            return Answer(0 if self.confines else 226)
        if self.no_bus:
            return Answer(1, err="Failed to connect to bus: No medium found\n")
        words = command[3:]
        if words[0] == "show":
            return Answer(0, self._show(words[1], words[-1].split(",")))
        if words[0] == "is-active":
            return Answer(0 if self.has_desktop else 3, "active\n" if self.has_desktop else "inactive\n")
        if words[0] in ("start", "restart") and not self.starts:
            return Answer(1, err="Job for asrd.service failed")
        return Answer(0)

    def _show(self, unit: str, names: list[str]) -> str:
        shown = dict(self.shown)
        if self.folder is not None:
            path = self.folder / unit
            shown |= {"FragmentPath": str(path)} if path.exists() else {"LoadState": "not-found"}
        return "".join(f"{name}={value}\n" for name, value in shown.items() if name in names)


@pytest.fixture
def systemd() -> FakeSystemd:
    return FakeSystemd()


@pytest.fixture
def runner(systemd: FakeSystemd) -> FakeRunner:
    return FakeRunner(systemd)


@pytest.fixture
def manager(runner: FakeRunner, tmp_path: Path) -> SystemdManager:
    return SystemdManager(runner, {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/1000"})


def told(runner: FakeRunner) -> list[str]:
    lines = [line.removeprefix("systemctl --user --no-pager ") for line in runner.ran]
    runner.ran.clear()
    return lines


def test_where_units_lie(runner: FakeRunner, tmp_path: Path) -> None:
    assert SystemdManager(runner, {"HOME": "/home/ana"}).folder == Path("/home/ana/.config/systemd/user")
    assert SystemdManager(runner, {"HOME": "/h", "XDG_CONFIG_HOME": "/c"}).folder == Path("/c/systemd/user")
    assert SystemdManager(runner, {"HOME": "/h", "XDG_CONFIG_HOME": "c"}).folder == Path("/h/.config/systemd/user")


def test_activate(manager: SystemdManager, runner: FakeRunner, systemd: FakeSystemd) -> None:
    manager.activate(WISH, runner, has_changed=True)
    enabled = ["daemon-reload", "enable asrd.service", "enable asrd-type.service"]
    assert told(runner) == [*enabled, "restart asrd.service"]  # no desktop: the typist waits for one
    systemd.has_desktop = True
    manager.activate(WISH, runner, has_changed=False)
    assert told(runner) == [*enabled, "start asrd.service", "start asrd-type.service"]


def test_deactivate(manager: SystemdManager, runner: FakeRunner, systemd: FakeSystemd) -> None:
    manager.deactivate(runner)
    assert told(runner) == ["disable --now asrd.service", "disable --now asrd-type.service"]
    manager.forgotten(runner)
    assert told(runner) == ["daemon-reload"]
    systemd.shown = {"LoadState": "not-found"}
    manager.deactivate(runner)
    assert told(runner) == []


def test_steering(manager: SystemdManager, runner: FakeRunner) -> None:
    manager.start(Part.DAEMON, runner)
    manager.stop(Part.TYPIST, runner)
    manager.restart(Part.DAEMON, runner)
    assert told(runner) == ["start asrd.service", "stop asrd-type.service", "restart asrd.service"]
    assert sum("reset-failed" in line for line in runner.asked) == 2  # what failed before does not count


def test_why_it_does_not_start(manager: SystemdManager, runner: FakeRunner, systemd: FakeSystemd) -> None:
    systemd.starts = False
    systemd.shown |= {"ActiveState": "failed", "Result": "exit-code", "ExecMainCode": "1", "ExecMainStatus": "3"}
    with pytest.raises(
        ServiceError, match="does not start: exit code 3: the model cannot be used; `asrd service logs`"
    ):
        manager.start(Part.DAEMON, runner)


def test_another_folder_is_read(manager: SystemdManager, runner: FakeRunner, systemd: FakeSystemd) -> None:
    manager.folder.mkdir(parents=True)
    (manager.folder / "asrd.service").touch()
    systemd.shown = {"FragmentPath": ""}
    with pytest.raises(ServiceError, match=r"finds no unit instead of .*XDG_CONFIG_HOME"):
        manager.activate(WISH, runner, has_changed=True)
    systemd.shown = {"FragmentPath": str(manager.folder / "asrd.service")}
    manager.activate(Wish(program=WISH_PROGRAM), runner, has_changed=True)


def test_what_the_system_forbids_is_left_out(manager: SystemdManager, systemd: FakeSystemd) -> None:
    assert manager.prepared(WISH).is_confined
    systemd.confines = False
    assert not manager.prepared(WISH).is_confined


class TestNoManager:
    def test_no_systemd(self, tmp_path: Path) -> None:
        runner = FakeRunner(lambda _command: ServiceError("systemctl cannot be run (No such file or directory)"))
        with pytest.raises(ServiceError, match=r"no systemd here .*autostart"):
            SystemdManager(runner, {"HOME": str(tmp_path)}).check()

    def test_without_a_session(self, runner: FakeRunner, systemd: FakeSystemd) -> None:
        systemd.no_bus = True
        with pytest.raises(ServiceError, match=r"XDG_RUNTIME_DIR is not set: log in .*enable-linger"):
            SystemdManager(runner, {"HOME": "/h"}).check()

    def test_that_does_not_answer(self, manager: SystemdManager, systemd: FakeSystemd) -> None:
        systemd.no_bus = True
        with pytest.raises(ServiceError, match=r"No medium found.*enable-linger.*container"):
            manager.check()
        with pytest.raises(ServiceError, match="enable-linger"):
            manager.condition(Part.DAEMON)


class TestCondition:
    def test_running(self) -> None:
        condition = condition_of(RUNNING)
        assert (condition.activity, condition.at_login, condition.pid) == (Activity.RUNNING, True, 4711)
        assert (condition.last_exit, condition.note) == ("", "")

    @pytest.mark.parametrize(
        ("state", "activity"),
        [
            ("activating", Activity.STARTING),
            ("deactivating", Activity.RUNNING),
            ("inactive", Activity.STOPPED),
            ("failed", Activity.FAILED),
        ],
    )
    def test_states(self, state: str, activity: Activity) -> None:
        assert condition_of({**RUNNING, "ActiveState": state}).activity is activity

    def test_absent(self) -> None:
        assert condition_of({"LoadState": "not-found"}).activity is Activity.ABSENT
        assert condition_of({}).activity is Activity.ABSENT

    def test_masked(self) -> None:
        assert "unmask" in condition_of({**RUNNING, "LoadState": "masked"}).note

    def test_killed(self) -> None:
        killed = {**RUNNING, "ActiveState": "failed", "ExecMainCode": "2", "ExecMainStatus": "9"}
        assert condition_of(killed).last_exit == "killed by SIGKILL"
        assert condition_of({**killed, "ExecMainCode": "3", "ExecMainStatus": "11"}).last_exit == "killed by SIGSEGV"

    def test_notes(self) -> None:
        assert condition_of({**RUNNING, "NRestarts": "2"}).note == "started again 2 times after a failure"
        limit = {**RUNNING, "ActiveState": "failed", "NRestarts": "5"}
        assert "left alone until `asrd service start`" in condition_of(limit).note
        assert condition_of({**RUNNING, "Result": "watchdog"}).note == "it hung"


def test_logs(manager: SystemdManager) -> None:
    command = " ".join(manager.log_command(Part.TYPIST, 7, follow=False))
    assert command == "journalctl --user --unit asrd-type.service --lines 7 --output short-iso --no-pager"
    assert manager.log_command(Part.DAEMON, 7, follow=True)[-1] == "--follow"
