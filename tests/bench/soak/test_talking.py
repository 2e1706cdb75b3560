"""How far the speakers are."""

from __future__ import annotations

import asyncio
from typing import Any

from asrd.bench.soak.account import Account
from asrd.bench.soak.talking import Talk, Talkers
from tests.bench.soak.messages import CLOSED, final, hello, numbered


class Scripted:
    """A client that is told these messages."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.account = Account("speaker 0")
        self._messages = iter(numbered(*messages))

    async def next(self) -> dict[str, Any]:
        message = next(self._messages)
        self.account.take(message)
        return message


def heard_s(*messages: dict[str, Any], talks: tuple[Talk, ...] = ()) -> float:
    async def listen() -> float:
        ground: Any = None
        talkers = Talkers(ground, 0, 100.0, asyncio.Event(), list(talks))
        client: Any = Scripted(*messages)
        await talkers._listen(client, 0)
        return talkers.heard_s

    return asyncio.run(listen())


def test_answered_is_what_lies_before_the_last_final() -> None:
    assert heard_s(hello(), final(1, 1.0, 2.0), final(2, 5.0, 6.0), CLOSED) == 6.0


def test_what_another_session_said_before_is_not_answered_here() -> None:
    assert heard_s(hello("main"), final(900, 5000.0, 5002.0), hello(), CLOSED) == 0.0


def test_sessions_that_have_ended_count_whole() -> None:
    ended = Talk((0, 0, 0), 40.0, 320_000, Account("speaker 1"))
    assert heard_s(hello(), final(1, 1.0, 2.0), CLOSED, talks=(ended,)) == 22.0
