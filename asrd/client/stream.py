"""A daemon's messages: what breaks is connected again, and what was missed meanwhile is asked for."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from asrd.client.backoff import STEADY_S, Backoff
from asrd.client.connection import LostError, Message, opened
from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError
from asrd.client.seen import SeenFinals


@dataclass(frozen=True)
class Wanted:
    """What a client wants to hear.

    Attributes:
        session: which session; "": the daemon's own source.
        replay: finals from before the first connection.
        waits: whether a daemon that is not there at first is waited for, too.
    """

    session: str = ""
    replay: int = 0
    waits: bool = False


@dataclass(frozen=True)
class Waiting:
    """Time and chance; tests bring their own."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic_s: Callable[[], float] = time.monotonic
    chance: random.Random | None = None


FLAPS_TOLD: Final = 4  # losses in a row that are told, of connections that did not last


def _say_nothing(_sentence: str) -> None:
    return


class Stream:
    """Messages of a daemon, each a dict as in the protocol. Every final comes once, whatever breaks.

    A `hello` comes with every connection, its finals not in `recent` but as messages that follow it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        wanted: Wanted = Wanted(),
        notice: Callable[[str], None] = _say_nothing,
        waiting: Waiting = Waiting(),
    ) -> None:
        """`notice` is told in a sentence when the connection is lost, and when it is there again."""
        self._endpoint = endpoint
        self._wanted = wanted
        self._notice = notice
        self._waiting = waiting
        self._backoff = Backoff(waiting.chance)
        self._seen = SeenFinals()
        self._was_connected = False
        self._is_lost = False
        self._flaps = 0
        self._is_stopping = False  # the daemon
        self._since_s: float | None = None

    async def messages(self) -> AsyncGenerator[Message, None]:
        """Yield messages up to the session's end, which most never have. `aclosing` ends it before.

        A `closed` of a daemon that stops is no end: the session begins again with the daemon.

        Raises:
            ConnectError: there is no daemon at first, or it refuses this client.
            ConfigError: the endpoint's certificates cannot be used.
        """
        while True:
            self._since_s = None
            try:
                async with aclosing(self._connection()) as messages:
                    async for message in messages:
                        yield message
                        if message["type"] == "closed" and not self._is_stopping:
                            return
            except LostError as error:
                await self._wait(error)

    async def _connection(self) -> AsyncGenerator[Message, None]:
        """The messages of one connection."""
        self._is_stopping = False
        async with opened(self._endpoint, self._wanted.session) as messages:
            async for message in messages:
                self._is_stopping = self._is_stopping or message.get("state") == "stopping"
                if message["type"] == "hello":
                    for one in self._greeted(message):
                        yield one
                elif message["type"] != "final" or self._seen.is_new(message):
                    yield message

    def _greeted(self, hello: Message) -> list[Message]:
        """The greeting, then the finals to be told: at first as many as wanted, later what was missed."""
        if self._since_s is None:
            self._since_s = self._waiting.monotonic_s()
        if self._is_lost and self._flaps < FLAPS_TOLD:
            self._notice("connected again" if self._was_connected else "connected")
        is_first, self._was_connected, self._is_lost = not self._was_connected, True, False
        self._seen.greeted(hello)
        recent = hello.pop("recent", [])
        recent = recent if isinstance(recent, list) else []
        finals = [one for one in recent if isinstance(one, dict) and one.get("type") == "final"]
        new = [one for one in finals if self._seen.is_new(one)]
        return [hello, *(new[max(0, len(new) - self._wanted.replay) :] if is_first else new)]

    async def _wait(self, error: LostError) -> None:
        if not self._was_connected and not self._wanted.waits:
            raise ConnectError(f"{error}: start it with `asrd run`, or check the address") from None
        lasted_s = 0.0 if self._since_s is None else self._waiting.monotonic_s() - self._since_s
        if not self._is_lost:
            self._is_lost = True
            self._tell_lost(str(error), is_flap=lasted_s < STEADY_S)
        await self._waiting.sleep(self._backoff.wait_s(lasted_s))

    def _tell_lost(self, reason: str, *, is_flap: bool) -> None:
        """A connection that breaks again and again fills no log: of its losses the first few are told."""
        self._flaps = self._flaps + 1 if is_flap else 0
        if self._flaps < FLAPS_TOLD:
            self._notice(f"{reason}; trying again until it is there")
        elif self._flaps == FLAPS_TOLD:
            self._notice(f"{reason}; trying again, and saying no more until a connection has lasted {STEADY_S:g} s")
