"""Faults at their places in the audio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from asrd.bench.soak.account import Wrong
from asrd.bench.soak.faults import FAULTS
from asrd.bench.soak.ground import Ground
from asrd.bench.soak.plan import Soaked, Struck
from asrd.bench.soak.schedule import Planned, schedule

_AT_ONCE: Final = 6
_LIMIT_S: Final = 300.0
_POLL_S: Final = 0.05


class Striking:
    """Injects the faults of a soak, and notes what the daemon did."""

    def __init__(self, ground: Ground, soaked: Soaked, stop: asyncio.Event) -> None:
        """Those that have not begun when `stop` is set are left out."""
        self._ground = ground
        self._soaked = soaked
        self._stop = stop
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def strike_all(self, heard_s: Callable[[], float]) -> None:
        """Every fault when its place in the audio has come; then until there was enough audio, or `stop`."""
        plan = self._soaked.plan
        waiting = schedule(self._soaked.kinds, plan.faults, plan.audio_s, plan.seed)
        tasks: list[asyncio.Future[None]] = []
        while not self._stop.is_set():
            while waiting and waiting[0].at_s <= heard_s():
                tasks.append(asyncio.ensure_future(self.strike(waiting.pop(0))))
            if not waiting and heard_s() >= plan.audio_s and all(task.done() for task in tasks):
                break
            await asyncio.sleep(_POLL_S)
        await asyncio.gather(*tasks)

    async def strike(self, planned: Planned) -> None:
        """One fault; it counts if it has a number."""
        fault = FAULTS[planned.kind]
        lock = self._ground.locks[fault.place or f"{planned.number}"]
        async with self._room, lock:
            if self._stop.is_set():
                return
            try:
                strike = fault.strike(self._ground, np.random.default_rng(planned.seed))
                outcome, is_expected = await asyncio.wait_for(strike, _LIMIT_S), True
            except Exception as error:  # noqa: BLE001 - of a fault everything may come
                outcome, is_expected = f"{type(error).__name__}: {error}", False
        if not is_expected and self._ground.daemon.process.poll() is None:
            self._soaked.find(
                Wrong.UNEXPECTED,
                "daemon",
                f"fault {planned.number}, {planned.kind}, seed {planned.seed}: {outcome} "
                f"(soak seed {self._soaked.plan.seed})",
            )
        if planned.number:
            self._soaked.struck.append(Struck(planned, outcome, is_expected))
