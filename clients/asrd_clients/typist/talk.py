"""From presses of a hotkey to commands for the daemon: the newest wish is carried out, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum

from asrd.client.steering import Outcome, Wish
from asrd.errors import AsrdError

Steer = Callable[[Wish], Awaitable[Outcome]]


class HotkeyRule(Enum):
    """What a hotkey does."""

    HOLD = "hold"  # the microphone is open while it is held
    TOGGLE = "toggle"  # each press opens or closes it


class Talk:
    """On one event loop. Of presses and releases that come while a command is under way only the newest counts.

    A toggle that comes meanwhile is carried out after it; a second one takes it back.
    """

    def __init__(self, rule: HotkeyRule, steer: Steer, notice: Callable[[str], None]) -> None:
        self._rule = rule
        self._steer = steer
        self._notice = notice
        self._wish: Wish | None = Wish.PAUSE if rule is HotkeyRule.HOLD else None
        self._wished = asyncio.Event()
        self.is_held = False  # the microphone is open because the key is down
        if self._wish:
            self._wished.set()

    def pressed(self) -> None:
        """The hotkey went down."""
        if self._rule is HotkeyRule.HOLD:
            self._wish, self.is_held = Wish.START, True
        else:
            self._wish = Wish.TOGGLE if self._wish is None else None
        self._wished.set()

    def released(self) -> None:
        """The hotkey went up."""
        if self._rule is HotkeyRule.HOLD:
            self._wish, self.is_held = Wish.PAUSE, False
            self._wished.set()

    async def run(self) -> None:
        """Carry out wishes for ever."""
        while True:
            await self._wished.wait()
            self._wished.clear()
            wish, self._wish = self._wish, None
            if wish is not None:
                await self._carry_out(wish)

    async def _carry_out(self, wish: Wish) -> None:
        try:
            outcome = await self._steer(wish)
        except AsrdError as error:
            self._notice(str(error))
            return
        if not outcome.is_reached:
            self._notice(outcome.message or outcome.state)
