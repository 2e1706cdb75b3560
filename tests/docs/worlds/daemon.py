"""The world of the mark `daemon`: a real `asrd run` that hears the shipped clip again and again, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.bench.daemon.process import DaemonProcess
from asrd.client.endpoint import Endpoint
from asrd.client.steering import Wish, steer
from asrd.daemon.sources import DEMO_CLIP
from tests.docs.worlds.world import Ground, World

_DEFAULT_PORT = "8765"
_TIMES = 40  # ten minutes; when they are over, another daemon begins


class DaemonWorld(World):
    """Commands find the daemon as those of its user would: by its port, and by the token file in its home."""

    def __init__(self, folder: Path) -> None:
        """`folder` is empty."""
        super().__init__()
        self._folder = folder
        self._daemon: DaemonProcess | None = None

    def enter(self, ground: Ground) -> None:
        """A daemon listens, whatever the last block asked of it, and is shown to the block."""
        daemon = self._running()
        self._steer(daemon, Wish.RESUME)
        port = daemon.url.rpartition(":")[2].partition("/")[0]
        self.environment = {"ASRD_SERVER_PORT": port}
        self.rewritten = {_DEFAULT_PORT: port}
        (ground.home / ".local").mkdir()
        (ground.home / ".local" / "state").symlink_to(self._folder)  # its token file is the daemon's own

    def leave(self, ground: Ground) -> None:
        """The daemon rests until it is needed."""
        self._steer(self._running(), Wish.PAUSE)

    def close(self) -> None:
        """End the daemon."""
        if self._daemon is not None:
            self._daemon.__exit__(None, None, None)
            self._daemon = None

    def _steer(self, daemon: DaemonProcess, wish: Wish) -> None:
        asyncio.run(steer(Endpoint(daemon.url, token=daemon.token), wish))

    def _running(self) -> DaemonProcess:
        if self._daemon is not None and self._daemon.process.poll() is not None:
            self.close()
        if self._daemon is None:
            self._daemon = DaemonProcess(["--source", f"file:{self._talk()}"], self._folder)
        return self._daemon

    def _talk(self) -> Path:
        path = self._folder / "talk.wav"
        if not path.exists():
            clip, rate_hz = soundfile.read(DEMO_CLIP, dtype="int16")
            soundfile.write(path, np.tile(clip, _TIMES), rate_hz)
        return path


@pytest.fixture(scope="module")
def daemon_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonWorld]:
    """One daemon for all blocks of a test file; it begins with the first that needs it."""
    world = DaemonWorld(tmp_path_factory.mktemp("daemon"))
    yield world
    world.close()
