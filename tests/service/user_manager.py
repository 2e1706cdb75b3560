"""A real `systemd --user`, for an ordinary user, in namespaces of its own: units, a journal, a message bus.

Needs root, and a machine that lets root make namespaces. Programs run in it with `run`; it and all of them are gone
after `stop`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.commands import CHECKOUT

USER_ID = 47_110
PATIENCE_S = 60.0
_HERE = Path(__file__).parent
_NEEDED = ("systemctl", "systemd-analyze", "systemd-run", "journalctl", "unshare", "nsenter", "setpriv", "dbus-monitor")
_PRIVATE = ("--mount", "--pid", "--cgroup", "--fork", "--kill-child", "--mount-proc", "--propagation", "private")


class UserManager:
    """Runs from `start` to `stop`; a context manager.

    Attributes:
        home: of the user.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="asrd-um-", dir="/tmp"))
        self.home = self._folder / "home"
        self._runtime = self._folder / "run"
        self._cgroup = f"asrd-test-{secrets.token_hex(4)}"
        self._world: subprocess.Popen[bytes] | None = None
        self._inner = ""
        self._folder.chmod(0o755)
        for folder in (self.home, self._runtime):
            folder.mkdir(mode=0o700)
            os.chown(folder, USER_ID, USER_ID)

    def start(self) -> None:
        """Start it; returns when it answers."""
        arguments = [str(USER_ID), str(self.home), str(self._runtime), self._cgroup, *_closed_folders()]
        self._world = subprocess.Popen(
            ["unshare", *_PRIVATE, str(_HERE / "user_manager.sh"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        children = Path(f"/proc/{self._world.pid}/task/{self._world.pid}/children")
        wait_for(lambda: self._has_ended() or children.read_text().strip() != "", "the namespaces")
        self._inner = "" if self._has_ended() else children.read_text().split()[0]
        wait_for(self._answers, "systemd --user")

    def run(self, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the user, far from the checkout, with the variables of a fresh session."""
        return subprocess.run(
            self.entering(*command, **environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=6 * PATIENCE_S,
            check=False,
        )

    def entering(self, *command: str | Path, **environment: str) -> list[str]:
        """What runs a program so, for whoever starts it otherwise."""
        variables = {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self._runtime),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **environment,
        }
        return [
            *("nsenter", "--target", self._inner, "--mount", "--pid", "--cgroup", "--"),
            *("setpriv", "--reuid", str(USER_ID), "--regid", str(USER_ID), "--clear-groups"),
            *("env", "-i", *(f"{name}={value}" for name, value in variables.items())),
            *("sh", "-c", 'cd && exec "$@"', "sh", *map(str, command)),
        ]

    def asrd(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run asrd as the user."""
        return self.run(sys.executable, "-m", "asrd", *arguments, **environment)

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "--user", "show", unit, "--property", name, "--value").stdout.strip()

    def write(self, path: Path, text: str) -> Path:
        """Write a file as the user would."""
        for folder in reversed([path.parent, *path.parent.parents]):
            if not folder.exists():
                folder.mkdir()
                os.chown(folder, USER_ID, USER_ID)
        path.write_text(text, encoding="utf-8")
        os.chown(path, USER_ID, USER_ID)
        return path

    def files(self) -> set[str]:
        """All files, links and folders in the user's home."""
        return {path.relative_to(self.home).as_posix() for path in self.home.rglob("*")}

    def stop(self) -> None:
        """End it with all its processes, and leave nothing."""
        if self._world is not None:
            self._world.kill()  # it does not heed SIGTERM; what it has begun dies with it
            self._world.wait(PATIENCE_S)
            assert self._world.stderr is not None
            self._world.stderr.close()
            _remove_cgroup(self._cgroup)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> UserManager:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _has_ended(self) -> bool:
        assert self._world is not None
        return self._world.poll() is not None

    def _answers(self) -> bool:
        assert self._world is not None
        assert self._world.stderr is not None
        if self._has_ended():
            raise CannotRunError(self._world.stderr.read().decode(errors="replace").strip())
        return self.run("systemctl", "--user", "is-system-running").stdout.strip() in ("running", "degraded")


class CannotRunError(Exception):
    """No user manager can be run here; the message says why."""


def wait_for(is_done: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Look again and again until it is done."""
    deadline_s = time.monotonic() + patience_s
    while not is_done():
        assert time.monotonic() < deadline_s, f"{what} did not come"
        time.sleep(0.05)


def need_systemd() -> None:
    """Install what these tests need if that is possible; else skip the test, or fail it under CI."""
    if not all(map(shutil.which, _NEEDED)) and sys.platform.startswith("linux") and os.geteuid() == 0:
        subprocess.run([str(_HERE / "install.sh")], check=False, timeout=600)
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        _cannot(f"{', '.join(missing)} not installed: tests/service/install.sh as root")


def _cannot(reason: str) -> None:
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def user_manager() -> Iterator[UserManager]:
    """One for all tests of a module."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("a user manager of the test's own needs Linux, and root")
    need_systemd()
    if subprocess.run(["unshare", *_PRIVATE, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let root make namespaces, so that no user manager can be run")
    manager = UserManager()
    try:
        try:
            manager.start()
        except CannotRunError as error:
            _cannot(f"no user manager can be run: {error}")
        yield manager
    finally:
        manager.stop()


def _closed_folders() -> list[str]:
    """`CLOSED:SHOWN` for what the user needs below folders that only root may enter."""
    needed = {CHECKOUT, Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1]}
    pairs = []
    for path in sorted(needed):
        closed = next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None)
        if closed is not None:
            pairs.append(f"{closed}:{path}")
    return pairs


def _remove_cgroup(name: str) -> None:
    """Remove the empty groups that the manager left; where they are mounted differs from machine to machine."""
    script = (
        "umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit\n"
        f"cd /sys/fs/cgroup; for _ in $(seq 100); do [ -e {name} ] || exit 0\n"  # the last processes are still dying
        f'find {name} -depth -type d -exec rmdir {{}} ";"; sleep 0.05; done'
    )
    subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script], capture_output=True, check=False
    )
