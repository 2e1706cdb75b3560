"""launchd: installs agents in the user's `gui` domain, and asks `launchctl` about them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from asrd.service.errors import ServiceError
from asrd.service.exits import killed_by, meaning_of
from asrd.service.interface import Activity, Condition, File, Part, Wish
from asrd.service.launchd_files import BUNDLE_IDENTIFIER, LABELS, Places, agent_files
from asrd.service.runner import Runner

_LAUNCHCTL: Final = "/bin/launchctl"
_COMPILE_S: Final = 120.0
_GONE_S: Final = 60.0
_LOOK_S: Final = 0.25
_TRIES: Final = 8
_STATES: Final = {"running": Activity.RUNNING, "spawn scheduled": Activity.STARTING, "waiting": Activity.STOPPED}
_FIELD: Final = re.compile(r"^\t(state|pid|last exit code|last terminating signal) = (.*)$", re.MULTILINE)
_ORDERLY: Final = "exit code 0"
_DISABLED: Final = re.compile(r'^\s*"(?P<label>[^"]+)" => (?:disabled|true)$', re.MULTILINE)


class LaunchdManager:
    """The service manager of macOS."""

    name = "launchd"

    def __init__(
        self,
        runner: Runner,
        home: Path,
        user: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`runner`: for questions; what changes something runs in the one that each method gets."""
        self._runner = runner
        self._domain = f"gui/{os.getuid() if user is None else user}"
        self._sleep = sleep
        self.places = Places(home)

    def check(self) -> None:
        """See `Manager`.

        Raises:
            ServiceError: no desktop session of this user.
        """
        if self._runner.ask(_LAUNCHCTL, "print", self._domain).code != 0:
            raise ServiceError(
                f"launchd has no desktop session of this user ({self._domain}): log in at the screen, as the service "
                "needs a session that may use the microphone; ssh and sudo have none"
            )
        if self._runner.ask("/usr/bin/xcode-select", "--print-path").code != 0:
            raise ServiceError(
                "macOS gives the microphone to a program, not to a script, so that a small one is compiled: "
                "`xcode-select --install` brings Apple's compiler, then try again"
            )

    def prepared(self, wish: Wish) -> Wish:
        """See `Manager`: launchd allows all of it."""
        return wish

    def files(self, wish: Wish) -> Sequence[File]:
        """See `Manager`."""
        return agent_files(wish, self.places)

    def products(self) -> Sequence[Path]:
        """See `Manager`: the launcher, and the seal of the bundle."""
        return (self.places.executable, self.places.contents / "_CodeSignature" / "CodeResources")

    def build(self, runner: Runner, changed: Collection[Path]) -> None:
        """See `Manager`. An unchanged bundle stays as it is: macOS knows it by its content, and would ask again."""
        is_same = not any(path.is_relative_to(self.places.bundle) for path in changed)
        if is_same and all(path.exists() for path in self.products()):
            return
        executable = self.places.executable
        fresh = executable.with_name("asrd.new")
        runner.run("/bin/mkdir", "-p", str(executable.parent))
        compiler = ("/usr/bin/xcrun", "clang", "-Os", "-Wall")
        runner.run(*compiler, "-o", str(fresh), str(self.places.launcher), limit_s=_COMPILE_S)
        # A new file, not new content: a launcher that runs would be killed.
        runner.run("/bin/mv", "-f", str(fresh), str(executable))
        signing = ("/usr/bin/codesign", "--force", "--sign", "-", "--identifier", BUNDLE_IDENTIFIER)
        runner.run(*signing, str(self.places.bundle))

    def activate(self, wish: Wish, runner: Runner, *, has_changed: bool) -> None:
        """See `Manager`."""
        runner.run("/bin/mkdir", "-p", str(self.places.logs))
        for part in wish.parts:
            if has_changed:
                self._boot_out(part, runner)
            self.start(part, runner)

    def deactivate(self, runner: Runner) -> None:
        """See `Manager`."""
        for part in LABELS:
            self._boot_out(part, runner)

    def forgotten(self, runner: Runner) -> None:
        """See `Manager`: launchd remembers nothing."""

    def start(self, part: Part, runner: Runner) -> None:
        """See `Manager`; where it was switched off for good, that is taken back."""
        runner.run(_LAUNCHCTL, "enable", self._target(part))
        if self._is_known(part):
            runner.run(_LAUNCHCTL, "kickstart", self._target(part))
        else:
            self._bootstrap(part, runner)

    def stop(self, part: Part, runner: Runner) -> None:
        """See `Manager`: launchd forgets it until the next login."""
        self._boot_out(part, runner)

    def restart(self, part: Part, runner: Runner) -> None:
        """See `Manager`. `kickstart -k` alone would not let the last words be finished."""
        if not self._is_known(part):
            self.start(part, runner)
            return
        if self.condition(part).pid:
            runner.run(_LAUNCHCTL, "kill", "SIGTERM", self._target(part))
            self._until(lambda: not self.condition(part).pid, runner)
        runner.run(_LAUNCHCTL, "kickstart", "-k", self._target(part))

    def condition(self, part: Part) -> Condition:
        """See `Manager`."""
        is_installed = self.places.agent(part).exists()
        disabled = self._runner.ask(_LAUNCHCTL, "print-disabled", self._domain).out
        is_off = LABELS[part] in {found["label"] for found in _DISABLED.finditer(disabled)}
        answer = self._runner.ask(_LAUNCHCTL, "print", self._target(part))
        if answer.code != 0:
            return Condition(Activity.STOPPED if is_installed else Activity.ABSENT, is_installed and not is_off)
        return condition_of(answer.out, at_login=is_installed and not is_off)

    def log_command(self, part: Part, lines: int, *, follow: bool) -> Sequence[str]:
        """See `Manager`: the file."""
        return ("/usr/bin/tail", "-n", str(lines), *(("-F",) if follow else ()), str(self.places.log(part)))

    def _target(self, part: Part) -> str:
        return f"{self._domain}/{LABELS[part]}"

    def _is_known(self, part: Part) -> bool:
        return self._runner.ask(_LAUNCHCTL, "print", self._target(part)).code == 0

    def _boot_out(self, part: Part, runner: Runner) -> None:
        """End it, with time for the last words, and wait until launchd has forgotten it."""
        if not self._is_known(part):
            return
        with suppress(ServiceError):  # it may say `36: Operation now in progress`, and do it
            runner.run(_LAUNCHCTL, "bootout", self._target(part), limit_s=_GONE_S)
        self._until(lambda: not self._is_known(part), runner)

    def _bootstrap(self, part: Part, runner: Runner) -> None:
        """Make it known, which starts it. After a bootout launchd may need a moment (`5: Input/output error`)."""
        command = (_LAUNCHCTL, "bootstrap", self._domain, str(self.places.agent(part)))
        for _ in range(_TRIES - 1):
            if _works(runner, command):
                return
            self._sleep(2.0 * _LOOK_S)
        runner.run(*command)

    def _until(self, is_done: Callable[[], bool], runner: Runner) -> None:
        if runner.is_dry:
            return
        for _ in range(round(_GONE_S / _LOOK_S)):
            if is_done():
                return
            self._sleep(_LOOK_S)
        raise ServiceError("launchd does not end the service: `asrd service logs` may tell why")


def _works(runner: Runner, command: Sequence[str]) -> bool:
    try:
        runner.run(*command)
    except ServiceError:
        return False
    return True


def condition_of(printed: str, *, at_login: bool) -> Condition:
    """What `launchctl print` says of an agent. Apple promises no format: what is not found is not known."""
    found = {name: value.strip() for name, value in _FIELD.findall(printed)}
    pid = found.get("pid", "")
    activity = _STATES.get(found.get("state", ""), Activity.STOPPED)
    last_exit = _last_exit(found)
    if activity is Activity.STOPPED and last_exit and not last_exit.startswith(_ORDERLY):
        activity = Activity.FAILED
    return Condition(activity, at_login, int(pid) if pid.isdigit() else 0, last_exit)


def _last_exit(found: Mapping[str, str]) -> str:
    killed = re.search(r"(\d+)$", found.get("last terminating signal", ""))
    if killed:
        return killed_by(int(killed[1]))
    code = re.match(r"\d+", found.get("last exit code", ""))
    return meaning_of(int(code[0])) if code else ""
