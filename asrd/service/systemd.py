"""systemd --user: installs units, and asks `systemctl` about them."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from asrd.service.errors import ServiceError
from asrd.service.exits import killed_by, meaning_of
from asrd.service.interface import Activity, Condition, File, Part, Wish
from asrd.service.runner import Answer, Runner
from asrd.service.systemd_units import UNITS, unit_files

_SYSTEMCTL: Final = ("systemctl", "--user", "--no-pager")
_START_S: Final = 330.0  # TimeoutStartSec of the unit, and some more
_PROPERTIES: Final = (
    "ActiveState",
    "ExecMainCode",
    "ExecMainStatus",
    "FragmentPath",
    "LoadState",
    "MainPID",
    "NRestarts",
    "Result",
    "UnitFileState",
)
_ACTIVITIES: Final = {
    "active": Activity.RUNNING,
    "reloading": Activity.RUNNING,
    "activating": Activity.STARTING,
    "deactivating": Activity.RUNNING,
    "failed": Activity.FAILED,
}
_EXITED: Final = "1"  # CLD_EXITED of waitid(2), as are the two below
_KILLED: Final = ("2", "3")
_START_LIMIT: Final = "start-limit-hit"


class SystemdManager:
    """The service manager of a Linux session."""

    name = "systemd"

    def __init__(self, runner: Runner, environ: Mapping[str, str] | None = None) -> None:
        """`runner`: for questions; what changes something runs in the one that each method gets."""
        self._runner = runner
        self._environ = os.environ if environ is None else environ

    @property
    def folder(self) -> Path:
        """Where the units of this user lie."""
        named = Path(self._environ.get("XDG_CONFIG_HOME", ""))
        home = Path(self._environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - raises nothing
        return (named if named.is_absolute() else home / ".config") / "systemd" / "user"

    def check(self) -> None:
        """See `Manager`.

        Raises:
            ServiceError: no systemd, or no manager for this user.
        """
        try:
            answer = self._runner.ask(*_SYSTEMCTL, "show-environment")
        except ServiceError as error:
            raise ServiceError(
                f"there is no systemd here ({error}): have your session or your init system start `asrd run`, "
                "such as with a file in ~/.config/autostart; docs/SERVICE.md shows one"
            ) from None
        if answer.code != 0:
            raise ServiceError(self._no_manager(answer))

    def prepared(self, wish: Wish) -> Wish:
        """See `Manager`: some systems forbid a user's service its own view of the files."""
        trial = ("systemd-run", "--user", "--quiet", "--wait", "--collect")
        confined = ("--property", "PrivateUsers=yes", "--property", "ProtectSystem=strict")
        try:
            answer = self._runner.ask(*trial, *confined, "/bin/true")
        except ServiceError:
            return replace(wish, is_confined=False)
        return replace(wish, is_confined=answer.code == 0)

    def files(self, wish: Wish) -> Sequence[File]:
        """See `Manager`."""
        return unit_files(wish, self.folder)

    def products(self) -> Sequence[Path]:
        """See `Manager`: none."""
        return ()

    def build(self, runner: Runner, changed: Collection[Path]) -> None:
        """See `Manager`: nothing is built."""

    def activate(self, wish: Wish, runner: Runner, *, has_changed: bool) -> None:
        """See `Manager`."""
        runner.run(*_SYSTEMCTL, "daemon-reload")
        for part in wish.parts:
            self._check_found(part, runner)
            runner.run(*_SYSTEMCTL, "enable", UNITS[part])
        if Part.DAEMON in wish.parts:
            verb = "restart" if has_changed else "start"
            self._begin(verb, Part.DAEMON, runner)
        if Part.TYPIST in wish.parts and self._has_desktop():
            self._begin("restart" if has_changed else "start", Part.TYPIST, runner)

    def deactivate(self, runner: Runner) -> None:
        """See `Manager`."""
        for part, unit in UNITS.items():
            if self._show(part).get("LoadState") == "loaded":
                runner.run(*_SYSTEMCTL, "disable", "--now", unit, limit_s=_START_S)

    def forgotten(self, runner: Runner) -> None:
        """See `Manager`."""
        runner.run(*_SYSTEMCTL, "daemon-reload")
        for unit in UNITS.values():
            runner.ask(*_SYSTEMCTL, "reset-failed", unit)  # fails where there is nothing to reset

    def start(self, part: Part, runner: Runner) -> None:
        """See `Manager`; what failed before is forgotten."""
        self._begin("start", part, runner)

    def stop(self, part: Part, runner: Runner) -> None:
        """See `Manager`."""
        runner.run(*_SYSTEMCTL, "stop", UNITS[part], limit_s=_START_S)

    def restart(self, part: Part, runner: Runner) -> None:
        """See `Manager`."""
        self._begin("restart", part, runner)

    def condition(self, part: Part) -> Condition:
        """See `Manager`."""
        return condition_of(self._show(part))

    def log_command(self, part: Part, lines: int, *, follow: bool) -> Sequence[str]:
        """See `Manager`: the journal."""
        more = ("--follow",) if follow else ("--no-pager",)
        return ("journalctl", "--user", "--unit", UNITS[part], "--lines", str(lines), "--output", "short-iso", *more)

    def _begin(self, verb: str, part: Part, runner: Runner) -> None:
        """Start or restart, and say why if that fails."""
        runner.ask(*_SYSTEMCTL, "reset-failed", UNITS[part])
        try:
            runner.run(*_SYSTEMCTL, verb, UNITS[part], limit_s=_START_S)
        except ServiceError:
            condition = self.condition(part)
            why = condition.last_exit or condition.note or condition.activity.value
            raise ServiceError(f"{UNITS[part]} does not start: {why}; `asrd service logs` shows what it said") from None

    def _show(self, part: Part) -> dict[str, str]:
        answer = self._runner.ask(*_SYSTEMCTL, "show", UNITS[part], "--property", ",".join(_PROPERTIES))
        if answer.code != 0:
            raise ServiceError(self._no_manager(answer))
        return _read(answer.out)

    def _check_found(self, part: Part, runner: Runner) -> None:
        """See that the manager reads the folder that was written to."""
        answer = runner.ask(*_SYSTEMCTL, "show", UNITS[part], "--property", "FragmentPath")
        found = _read(answer.out).get("FragmentPath", "")
        written = self.folder / UNITS[part]
        if written.exists() and (not found or not Path(found).exists() or not written.samefile(found)):
            raise ServiceError(
                f"systemd finds {found or 'no unit'} instead of {written}: set XDG_CONFIG_HOME here as the session "
                "has it, or not at all"
            )

    def _has_desktop(self) -> bool:
        answer = self._runner.ask(*_SYSTEMCTL, "is-active", "graphical-session.target")
        return answer.out.strip() == "active"

    def _no_manager(self, answer: Answer) -> str:
        runtime = self._environ.get("XDG_RUNTIME_DIR", "")
        user = os.getuid()
        if not runtime:
            return (
                f"no service manager of this user can be reached, as XDG_RUNTIME_DIR is not set: log in as this user "
                f"(su and sudo do not do that), or `sudo loginctl enable-linger {user}` and "
                f"`export XDG_RUNTIME_DIR=/run/user/{user}`"
            )
        return (
            f"the service manager of this user does not answer ({answer.reason}): log in as this user, or "
            f"`sudo loginctl enable-linger {user}`; in a container there may be none: start `asrd run` there"
        )


def condition_of(shown: Mapping[str, str]) -> Condition:
    """What the properties of a unit mean."""
    if shown.get("LoadState", "not-found") in ("not-found", ""):
        return Condition(Activity.ABSENT)
    activity = _ACTIVITIES.get(shown.get("ActiveState", ""), Activity.STOPPED)
    notes = []
    if shown.get("LoadState") == "masked":
        notes.append("masked: `systemctl --user unmask` allows it again")
    restarts = int(shown["NRestarts"]) if shown.get("NRestarts", "").isdigit() else 0
    if shown.get("Result") == _START_LIMIT or (activity is Activity.FAILED and restarts):
        notes.append("it failed again and again, and is left alone until `asrd service start`")
    elif restarts:
        notes.append(f"started again {restarts} time{'' if restarts == 1 else 's'} after a failure")
    if shown.get("Result") == "watchdog":
        notes.append("it hung")
    pid = shown.get("MainPID", "0")
    return Condition(
        activity,
        at_login=shown.get("UnitFileState", "").startswith("enabled"),
        pid=int(pid) if pid.isdigit() else 0,
        last_exit=_last_exit(shown),
        note="; ".join(notes),
    )


def _read(out: str) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in out.splitlines() if "=" in line)


def _last_exit(shown: Mapping[str, str]) -> str:
    code, status = shown.get("ExecMainCode", "0"), shown.get("ExecMainStatus", "0")
    if not status.isdigit():
        return ""
    if code == _EXITED:
        return meaning_of(int(status))
    return killed_by(int(status)) if code in _KILLED else ""
