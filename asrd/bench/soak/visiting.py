"""Clients of the daemon's own source: one follows it all the time, others come and go and ask for what they missed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from websockets.exceptions import WebSocketException

from asrd.bench.soak.account import Account, Finding, Wrong
from asrd.bench.soak.ground import REPLAY, Ground, UnexpectedError

_STAYS_S: Final = (0.2, 6.0)
_AWAY_S: Final = (0.1, 8.0)
_LONG_AWAY: Final = 8  # of so many absences one is so many times as long, and may outlast what is kept


@dataclass
class Visitor:
    """What one client knows that comes and goes.

    Attributes:
        who: for findings.
        seen: texts of the finals that it was told, by utterance.
        missed: utterances from, to, between which finals may be missing: the daemon keeps fewer, and gave all it had.
        visits: how often it came.
    """

    who: str
    seen: dict[int, str] = field(default_factory=dict)
    missed: list[tuple[int, int]] = field(default_factory=list)
    visits: int = 0

    def greeted(self, recent: Sequence[Mapping[str, Any]]) -> None:
        """It has come, and was told the last finals."""
        self.visits += 1
        if self.seen and len(recent) >= REPLAY and recent[0]["utterance"] > max(self.seen) + 1:
            self.missed.append((max(self.seen) + 1, recent[0]["utterance"] - 1))
        self.told(recent)

    def told(self, finals: Sequence[Mapping[str, Any]]) -> None:
        """It was told finals."""
        self.seen |= {final["utterance"]: final["text"] for final in finals}

    def compare(self, truth: Account) -> list[Finding]:
        """What it should know: every final that the session published between its first and its last."""
        if not self.seen:
            return []
        found = []
        for number, final in truth.finals.items():
            if not min(self.seen) <= number <= max(self.seen):
                continue
            is_missed = any(start <= number <= end for start, end in self.missed)
            if number not in self.seen and not is_missed:
                found.append(Finding(Wrong.LOST, self.who, f"final {number} ({final['text']!r}) never came"))
            elif number in self.seen and self.seen[number] != final["text"]:
                found.append(
                    Finding(Wrong.TEXT, self.who, f"final {number} was {self.seen[number]!r}, not {final['text']!r}")
                )
        return found


async def follow(ground: Ground, stop: asyncio.Event) -> None:
    """Take every message of the daemon's own source into its account, until `stop`."""
    async with ground.client("main") as client:
        client.account = ground.main
        while not stop.is_set():
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(client.next(), 1.0)


async def visit(ground: Ground, visitor: Visitor, seed: Sequence[int], stop: asyncio.Event) -> None:
    """Come and go until `stop`."""
    chance = np.random.default_rng(list(seed))
    while not stop.is_set():
        with suppress(
            OSError, WebSocketException, UnexpectedError, asyncio.TimeoutError
        ):  # a flood of others may keep it out
            await _stay(ground, visitor, float(chance.uniform(*_STAYS_S)))
        longer = _LONG_AWAY if chance.integers(_LONG_AWAY) == 0 else 1
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stop.wait(), longer * float(chance.uniform(*_AWAY_S)))


async def _stay(ground: Ground, visitor: Visitor, seconds: float) -> None:
    async with ground.client(visitor.who) as client:
        try:
            hello = await client.until("hello")
            visitor.greeted(hello["recent"])
            await client.listen(seconds)
        finally:
            visitor.told(list(client.account.finals.values()))
            ground.settle(client.account)
