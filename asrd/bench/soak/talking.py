"""Sessions that speak as fast as they are heard, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from websockets.exceptions import WebSocketException

from asrd.bench.sets.truth import Speech
from asrd.bench.soak.account import Account, Message, Wrong
from asrd.bench.soak.client import PATIENCE_S, FloatArray, SoakClient
from asrd.bench.soak.ground import Ground, UnexpectedError
from asrd.bench.soak.script import soak_script
from asrd.geometry import SAMPLE_RATE_HZ, samples_of, seconds_of
from asrd.wire.commands import MAIN

_BLOCK_S: Final = 0.5
_LENGTHS_S: Final = (40.0, 160.0)  # then another connection takes over: connections must leave nothing behind either
_AGAIN_S: Final = 0.5
_BROKEN: Final = (OSError, WebSocketException, UnexpectedError, asyncio.TimeoutError)


@dataclass(frozen=True)
class Talk:
    """A session that has ended. What it said is made again from `seed`: the first `said` samples of that script."""

    seed: Sequence[int]
    length_s: float
    said: int
    account: Account

    def samples(self, ground: Ground) -> FloatArray:
        """What it said, as the daemon heard it."""
        return soak_script(ground.clips, self.seed, self.length_s).samples[: self.said]

    def speech(self, ground: Ground) -> list[Speech]:
        """Where speech is in that."""
        script = soak_script(ground.clips, self.seed, self.length_s)
        return [one for one in script.speech if one.end <= self.said]


@dataclass
class Talkers:
    """All of them, and what they have heard so far.

    Attributes:
        ground: where they meet the daemon.
        seed: of everything they say.
        most_s: the longest session, in seconds.
        stop: ends them; what was said until then is heard to its end.
        talks: sessions that have ended.
        silence_s: the longest time in which nothing was told to any of them.
    """

    ground: Ground
    seed: int
    most_s: float
    stop: asyncio.Event
    talks: list[Talk] = field(default_factory=list)
    silence_s: float = 0.0
    _told_s: float = field(default_factory=time.monotonic)
    _answered_s: dict[int, float] = field(default_factory=dict)  # of each speaker's open session

    @property
    def heard_s(self) -> float:
        """Seconds of audio that were answered."""
        return sum(seconds_of(talk.said) for talk in self.talks) + sum(self._answered_s.values())

    async def talk(self, speaker: int) -> None:
        """Speak until `stop`."""
        number = 0
        while not self.stop.is_set():
            await self._session((self.seed, speaker, number))
            number += 1

    async def _session(self, seed: tuple[int, int, int]) -> None:
        length_s = min(float(np.random.default_rng(list(seed)).uniform(*_LENGTHS_S)), self.most_s)
        script = await asyncio.to_thread(soak_script, self.ground.clips, seed, length_s)
        account = Account(f"speaker {seed[1]}, session {seed[2]}")
        try:
            said = await self._speak(script.samples, account, seed[1])
        except _BROKEN as error:
            account.find(Wrong.UNEXPECTED, f"the connection broke off ({type(error).__name__}: {error})")
            self.ground.findings += account.findings
            await asyncio.sleep(_AGAIN_S)
        else:
            self.talks.append(Talk(seed, length_s, said, account))
            self.ground.settle(account)
        finally:
            self._answered_s.pop(seed[1], None)

    async def _speak(self, samples: FloatArray, account: Account, speaker: int) -> int:
        """Say it, and listen to the session's end; returns how many samples were said."""
        async with AsyncExitStack() as opened:
            client = await opened.enter_async_context(self.ground.client(account.who))
            client.account = account
            await client.send(type="audio", sample_rate=SAMPLE_RATE_HZ)
            listening = asyncio.ensure_future(self._listen(client, speaker))
            opened.callback(listening.cancel)
            said = 0
            step = samples_of(_BLOCK_S)
            while said < len(samples) and not self.stop.is_set():
                await client.say(samples[said : said + step])
                said = min(said + step, len(samples))
            await client.send(type="close")
            await asyncio.wait_for(listening, PATIENCE_S)
        return said

    async def _listen(self, client: SoakClient, speaker: int) -> None:
        self._told_s = time.monotonic()
        while not client.account.is_closed:
            message = await client.next()
            if client.account.session != MAIN:  # which it hears until its own begins
                self._note(message, speaker)

    def _note(self, message: Message, speaker: int) -> None:
        now_s = time.monotonic()
        self.silence_s, self._told_s = max(self.silence_s, now_s - self._told_s), now_s
        if message["type"] == "final":
            self._answered_s[speaker] = message["end"]
