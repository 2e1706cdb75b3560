"""What a daemon that runs as a service tells about itself: to its manager, to the desktop, to `asrd service status`.

An `Attendant` is told what the daemon's front is told (`asrd.daemon.service.Witness`), on the event loop, and never
keeps it waiting.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, Protocol

from asrd.events import SessionEvent, State, StatusEvent
from asrd.service.logfile import LogFile
from asrd.service.runs import RunRecord
from asrd.service.sd_notify import ManagerSocket
from asrd.service.trouble import Notice, Trouble
from asrd.wire.commands import MAIN

_LOG_EVERY_S: Final = 300.0
_log = logging.getLogger(__name__)


class Address(Protocol):
    """Where the daemon listens; see `asrd.server.listening.Address`."""

    @property
    def url(self) -> str: ...  # noqa: D102


class Folder(Protocol):
    """The model's folder; see `asrd.model_folder.ModelFolder`."""

    @property
    def name(self) -> str: ...  # noqa: D102


class Attendant:
    """Stands beside one run of the daemon."""

    def __init__(
        self,
        manager: ManagerSocket,
        record: RunRecord,
        show: Callable[[Notice], None] | None,
        log: LogFile | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`show`: how a notice is shown; None: not at all. `log`: kept small."""
        self._manager = manager
        self._record = record
        self._show = show
        self._log_file = log
        self._now_s = now_s
        self._trouble = Trouble()
        self._timer: asyncio.TimerHandle | None = None

    def ready(self, address: Address, folder: Folder) -> None:
        """Clients can connect."""
        self._record.change(url=str(address), model=folder.name)
        self._manager.ready(f"ready: {address}, model {folder.name}")
        if self._manager.watchdog_s is not None:
            self._every(self._manager.watchdog_s / 3.0, self._manager.alive)
        if self._log_file is not None:
            self._every(_LOG_EVERY_S, self._log_file.keep_small)

    def event(self, event: SessionEvent) -> None:
        """Something was published."""
        if not isinstance(event, StatusEvent) or event.session != MAIN:
            return
        if event.state is State.STOPPING:
            self._manager.stopping()
        self._manager.status(event.message)
        self._tell(self._trouble.take(event.state, event.message, self._now_s()))
        self._wait()

    def _wait(self) -> None:
        """Look again when the trouble has lasted."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wait_s = self._trouble.wait_s(self._now_s())
        if wait_s is not None and self._show is not None:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._look)

    def _look(self) -> None:
        self._timer = None
        self._tell(self._trouble.due(self._now_s()))
        self._wait()

    def _tell(self, notice: Notice | None) -> None:
        if notice is None or self._show is None:
            return
        try:
            self._show(notice)
        except Exception as error:  # noqa: BLE001 - a notice must not end the daemon
            _log.warning("the desktop cannot be told (%s)", type(error).__name__)

    def _every(self, interval_s: float, call: Callable[[], None]) -> None:
        """Now and then every so often, for as long as the loop runs: a loop that hangs is told by nothing coming."""
        call()
        asyncio.get_running_loop().call_later(interval_s, self._every, interval_s, call)
