"""The world of the mark `service`: a real user's systemd, as `tests.service` has it.

Its user has a home of its own and a free port in the settings. A block that does not install
the service itself finds it installed and running.
"""

from __future__ import annotations

import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.docs.worlds.world import Ground, World
from tests.service.user_manager import UserManager, user_manager

__all__ = ["ServiceWorld", "service_world", "user_manager"]
_DEFAULT_PORT: Final = "8765"
_UNIT: Final = "asrd.service"
_INSTALL: Final = "asrd service install"
_PATH: Final = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"


class ServiceWorld(World):
    """Commands are run as the manager's user, in that user's home."""

    def __init__(self, manager: UserManager) -> None:
        """`manager` has started."""
        super().__init__()
        self._manager = manager
        self._outputs = manager.home / "outputs"
        self._port = _free_port()
        self.rewritten = {_DEFAULT_PORT: self._port}
        manager.run("mkdir", self._outputs)

    def enter(self, ground: Ground) -> None:
        """Outputs go where the manager's user may write."""
        self._manager.write(self._manager.home / ".config/asrd/asrd.toml", f"[server]\nport = {self._port}\n")
        self._manager.run("find", self._outputs, "-mindepth", "1", "-delete")
        ground.outputs.rmdir()
        ground.outputs.symlink_to(self._outputs)

    def command(self, script: Path) -> list[str]:
        """Runs the script as the user, who sees the folder of outputs by its own name alone."""
        text = script.read_text(encoding="utf-8").replace(str(script.parent), str(self._outputs))
        if _INSTALL in text:
            self._ensure("LoadState", "not-found", "uninstall", "--force")
        else:
            self._ensure("ActiveState", "active", "install")
        own = self._manager.write(self._outputs / script.name, text)
        return self._manager.entering("bash", own, PATH=_PATH)

    def _ensure(self, name: str, value: str, *action: str) -> None:
        if self._manager.show(_UNIT, name) != value:
            ran = self._manager.asrd("service", *action)
            assert ran.returncode == 0, ran


@pytest.fixture(scope="module")
def service_world(user_manager: UserManager) -> ServiceWorld:
    """One manager for all blocks of a test file."""
    return ServiceWorld(user_manager)


def _free_port() -> str:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
