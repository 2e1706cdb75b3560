from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asrd.service.errors import ServiceError
from asrd.service.files import Change, plan, write
from asrd.service.interface import Activity, Part, Wish
from asrd.service.launchd import LaunchdManager, condition_of
from tests.service.managers import WISH_PROGRAM, FakeLaunchd, FakeRunner

WISH = Wish(program=WISH_PROGRAM)
DAEMON = "gui/501/dev.asrd.daemon"
PRINTED = """\
gui/501/dev.asrd.daemon = {
	active count = 1
	path = /Users/ana/Library/LaunchAgents/dev.asrd.daemon.plist
	state = running

	program = /Users/ana/Applications/asrd.app/Contents/MacOS/asrd
	runs = 3
	pid = 4711
	last exit code = 70: EX_SOFTWARE

	spawn type = interactive (4)
	jetsam priority = 40
	properties = keepalive | runatload
	event channels = {
		"x" = {
			state = 5
			pid = 9
		}
	}
}
"""


class Mac:
    """A Mac with the service installed or not."""

    def __init__(self, home: Path) -> None:
        self.launchd = FakeLaunchd(home)
        self.questions = FakeRunner(self.launchd)
        self.runner = FakeRunner(self.launchd)
        self.waits = 0
        self.manager = LaunchdManager(self.questions, home, 501, self._sleep)

    def _sleep(self, _seconds: float) -> None:
        self.waits += 1

    def install(self, wish: Wish = WISH, *, has_changed: bool = True) -> None:
        steps = plan(self.manager.files(wish), None, force=True)
        write(steps)
        self.manager.build(self.runner, {step.file.path for step in steps if step.change is not Change.SAME})
        self.manager.activate(wish, self.runner, has_changed=has_changed)

    def ran(self) -> list[str]:
        """What launchctl was told since the last time."""
        told = [line.removeprefix("/bin/launchctl ") for line in self.runner.ran if line.startswith("/bin/launchctl ")]
        self.runner.ran.clear()
        return told


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    return Mac(tmp_path)


def test_install(mac: Mac, tmp_path: Path) -> None:
    mac.manager.check()
    mac.install()
    app = tmp_path / "Applications" / "asrd.app"
    assert mac.runner.ran == [
        f"/bin/mkdir -p {app}/Contents/MacOS",
        f"/usr/bin/xcrun clang -Os -Wall -o {app}/Contents/MacOS/asrd.new {app}/Contents/Resources/launcher.c",
        f"/bin/mv -f {app}/Contents/MacOS/asrd.new {app}/Contents/MacOS/asrd",
        f"/usr/bin/codesign --force --sign - --identifier dev.asrd.app {app}",
        f"/bin/mkdir -p {tmp_path}/Library/Logs/asrd",
        f"/bin/launchctl enable {DAEMON}",
        f"/bin/launchctl bootstrap gui/501 {tmp_path}/Library/LaunchAgents/dev.asrd.daemon.plist",
    ]
    assert all(path.is_file() for path in mac.manager.products())
    condition = mac.manager.condition(Part.DAEMON)
    assert (condition.activity, condition.pid, condition.at_login) == (Activity.RUNNING, 101, True)


def test_installing_again_leaves_the_bundle_and_what_runs_alone(mac: Mac) -> None:
    mac.install()
    mac.ran()
    mac.install(has_changed=False)
    assert mac.ran() == [f"enable {DAEMON}", f"kickstart {DAEMON}"]
    assert mac.launchd.compiled == 1
    assert mac.launchd.known == {"dev.asrd.daemon": 101}


def test_a_change_starts_it_anew(mac: Mac) -> None:
    mac.install()
    mac.ran()
    mac.launchd.refusals, mac.launchd.lingering = 2, 3
    mac.install(replace(WISH, arguments=("--port", "9000")))
    plist = mac.manager.places.agent(Part.DAEMON)
    assert mac.ran() == [f"bootout {DAEMON}", f"enable {DAEMON}", *[f"bootstrap gui/501 {plist}"] * 3]
    assert mac.waits == 5
    assert mac.launchd.known == {"dev.asrd.daemon": 102}
    assert mac.launchd.compiled == 1  # other flags need no other program: macOS would ask again
    mac.install(replace(WISH, program=("/elsewhere/python", "-m", "asrd")))
    assert mac.launchd.compiled == 2


def test_a_part_of_the_bundle_that_is_missing_is_made_again(mac: Mac) -> None:
    mac.install()
    mac.manager.places.executable.unlink()
    mac.install(has_changed=False)
    assert mac.launchd.compiled == 2


def test_launchd_that_never_takes_it(mac: Mac) -> None:
    mac.launchd.refusals = 1000
    with pytest.raises(ServiceError, match=r"launchctl bootstrap .* failed: Bootstrap failed: 5"):
        mac.install()


def test_launchd_that_never_lets_go(mac: Mac) -> None:
    mac.install()
    mac.launchd.lingering = 10_000
    with pytest.raises(ServiceError, match="does not end the service"):
        mac.manager.stop(Part.DAEMON, mac.runner)


def test_stop_start_restart(mac: Mac) -> None:
    mac.install()
    mac.ran()
    mac.manager.stop(Part.DAEMON, mac.runner)
    assert mac.ran() == [f"bootout {DAEMON}"]
    condition = mac.manager.condition(Part.DAEMON)
    assert (condition.activity, condition.at_login) == (Activity.STOPPED, True)
    mac.manager.stop(Part.DAEMON, mac.runner)
    assert mac.ran() == []
    mac.launchd.disabled.add("dev.asrd.daemon")
    assert not mac.manager.condition(Part.DAEMON).at_login
    mac.manager.restart(Part.DAEMON, mac.runner)
    plist = mac.manager.places.agent(Part.DAEMON)
    assert mac.ran() == [f"enable {DAEMON}", f"bootstrap gui/501 {plist}"]
    mac.manager.restart(Part.DAEMON, mac.runner)
    assert mac.ran() == [f"kill SIGTERM {DAEMON}", f"kickstart -k {DAEMON}"]
    mac.launchd.known["dev.asrd.daemon"] = 0  # it ended with 0
    mac.manager.restart(Part.DAEMON, mac.runner)
    assert mac.ran() == [f"kickstart -k {DAEMON}"]
    assert mac.launchd.known["dev.asrd.daemon"]


def test_uninstall_ends_both(mac: Mac) -> None:
    mac.install(replace(WISH, parts=(Part.DAEMON, Part.TYPIST)))
    assert sorted(mac.launchd.known) == ["dev.asrd.daemon", "dev.asrd.typist"]
    mac.manager.deactivate(mac.runner)
    assert mac.launchd.known == {}


def test_never_load(mac: Mac) -> None:
    mac.install()
    mac.manager.restart(Part.DAEMON, mac.runner)
    mac.manager.deactivate(mac.runner)
    assert not any(verb in line.split() for line in mac.runner.ran + mac.questions.asked for verb in ("load", "unload"))


def test_dry(mac: Mac) -> None:
    mac.install()
    dry = FakeRunner(mac.launchd, is_dry=True)
    mac.manager.activate(WISH, dry, has_changed=True)
    mac.manager.deactivate(dry)
    assert mac.launchd.known == {"dev.asrd.daemon": 101}
    assert mac.waits == 0


def test_where_it_cannot_be_used(mac: Mac) -> None:
    mac.launchd.has_compiler = False
    with pytest.raises(ServiceError, match="xcode-select --install"):
        mac.manager.check()
    mac.launchd.has_session = False
    with pytest.raises(ServiceError, match=r"no desktop session of this user \(gui/501\)"):
        mac.manager.check()


def test_what_launchctl_prints() -> None:
    condition = condition_of(PRINTED, at_login=True)
    assert (condition.activity, condition.pid) == (Activity.RUNNING, 4711)
    assert condition.last_exit == "exit code 70: a bug in asrd"
    ended = PRINTED.replace("state = running", "state = not running", 1).replace("\tpid = 4711\n", "")
    assert condition_of(ended, at_login=True).activity is Activity.FAILED
    well = ended.replace("70: EX_SOFTWARE", "0")
    assert condition_of(well, at_login=True).activity is Activity.STOPPED
    assert condition_of(well, at_login=True).last_exit == "exit code 0: it was stopped"
    killed = ended.replace("last exit code = 70: EX_SOFTWARE", "last terminating signal = Killed: 9")
    assert condition_of(killed, at_login=True).last_exit == "killed by SIGKILL"
    never = ended.replace("70: EX_SOFTWARE", "(never exited)")
    assert condition_of(never, at_login=True).last_exit == ""
    assert condition_of("", at_login=False).activity is Activity.STOPPED
    waiting = PRINTED.replace("state = running", "state = spawn scheduled", 1)
    assert condition_of(waiting, at_login=True).activity is Activity.STARTING


def test_absent(mac: Mac) -> None:
    assert mac.manager.condition(Part.DAEMON).activity is Activity.ABSENT


def test_logs(mac: Mac, tmp_path: Path) -> None:
    log = f"{tmp_path}/Library/Logs/asrd/asrd.log"
    assert list(mac.manager.log_command(Part.DAEMON, 5, follow=False)) == ["/usr/bin/tail", "-n", "5", log]
    assert list(mac.manager.log_command(Part.DAEMON, 5, follow=True)) == ["/usr/bin/tail", "-n", "5", "-F", log]
