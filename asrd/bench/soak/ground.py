"""The daemon under test, and everyone who meets there."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from websockets.exceptions import InvalidMessage

from asrd.bench.daemon.process import DaemonProcess
from asrd.bench.daemon.speaker import quiet
from asrd.bench.soak.account import Account, Finding
from asrd.bench.soak.client import SoakClient, connected
from asrd.bench.soak.pulse import PulseServer
from asrd.bench.soak.script import SpokenClip, as_heard

FloatArray = npt.NDArray[np.float32]
REPLAY: Final = 20  # finals that the daemon keeps for clients that come back: few, so that some come too late
# A rewritten token file has two tokens for a while, each of which may take half of the sessions.
_ROOM: Final = ("--pipeline-max-sessions", "64", "--server-replay", str(REPLAY), "--history-enabled", "yes")
_POLL_S: Final = 0.05
_ASK_S: Final = 30.0
_TRIES: Final = 20


class UnexpectedError(Exception):
    """The daemon does not do what it should."""


@dataclass
class Ground:
    """What faults and clients need.

    Attributes:
        daemon: that is to go through it all.
        flags: of `asrd run`, without its source: for further daemons.
        clips: what is said.
        folder: for the files of further daemons.
        pulse: the sound server whose microphone the daemon hears; None where it hears standard input.
        main: the account of its own session, which somebody follows all the time.
        findings: what is wrong, of everyone who has ended.
        locks: faults that touch the same place wait for each other.
    """

    daemon: DaemonProcess
    flags: Sequence[str]
    clips: Sequence[SpokenClip]
    folder: Path
    pulse: PulseServer | None
    main: Account
    findings: list[Finding] = field(default_factory=list)
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @asynccontextmanager
    async def client(self, who: str, token: str | None = None) -> AsyncIterator[SoakClient]:
        """Connect to the daemon; again where a flood kept it out: whoever waits longest is cut off then."""
        shown = self.daemon.token if token is None else token
        async with AsyncExitStack() as opened:
            for _ in range(_TRIES):
                with suppress(InvalidMessage, ConnectionError):
                    client = await opened.enter_async_context(connected(self.daemon.url, shown, who))
                    break
                await asyncio.sleep(_POLL_S)
            else:
                raise UnexpectedError(f"{who} was not let in at {_TRIES} tries")
            yield client

    def settle(self, account: Account) -> None:
        """A client has ended: what its account found is kept."""
        account.end()
        self.findings += account.findings

    def words(self, chance: np.random.Generator) -> FloatArray:
        """Something to say, (n,) float32 at 16 kHz, with silence around it that ends an utterance."""
        clip = self.clips[int(chance.integers(len(self.clips)))]
        return as_heard(np.concatenate([quiet(chance, 0.5), clip.samples, quiet(chance, 1.2)]))

    @property
    def history(self) -> Path:
        """Where the daemon writes finals."""
        return self.daemon.token_file.parent / "history"

    async def page(self, path: str) -> str:
        """The text of one of the daemon's pages, whatever its status; asked again where a flood of others kept it out.

        Raises:
            UnexpectedError: it is never answered.
        """
        for _ in range(_TRIES):
            with suppress(OSError):  # urllib's errors are among them
                return await asyncio.to_thread(self._page, path)
            await asyncio.sleep(_POLL_S)
        raise UnexpectedError(f"{path} was not answered at {_TRIES} tries")

    async def metric(self, name: str) -> float:
        """A number of `/metrics`, without its labels; the sum where there are several."""
        lines = (await self.page("/metrics")).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def _page(self, path: str) -> str:
        request = urllib.request.Request(
            self.daemon.page.rstrip("/") + path, headers={"Authorization": f"Bearer {self.daemon.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_ASK_S) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()


def flags_of(model: Path, run_flags: Sequence[str]) -> list[str]:
    """The flags of every daemon in a soak, beside its source."""
    return ["--model", str(model), *_ROOM, *run_flags]


async def until(condition: Callable[[], bool], limit_s: float, what: str) -> None:
    """Wait for something that the daemon should do.

    Raises:
        UnexpectedError: it does not do it within `limit_s`; `what` says what is missing.
    """
    deadline_s = asyncio.get_running_loop().time() + limit_s
    while not condition():
        if asyncio.get_running_loop().time() > deadline_s:
            raise UnexpectedError(f"{what}, for {limit_s:g} s")
        await asyncio.sleep(_POLL_S)
