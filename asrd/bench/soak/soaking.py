"""All of it together: speakers, visitors, faults, and what the daemon holds meanwhile."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Final

from asrd.bench.daemon.process import DaemonProcess
from asrd.bench.soak.account import Account, Wrong
from asrd.bench.soak.checking import ask_history, check_coverage, check_history, check_texts, check_visitors
from asrd.bench.soak.faults import FAULTS
from asrd.bench.soak.ground import Ground, UnexpectedError, flags_of
from asrd.bench.soak.plan import Plan, Soaked
from asrd.bench.soak.pulse import PulseServer, missing_programs
from asrd.bench.soak.schedule import Planned
from asrd.bench.soak.sound import Microphone, Sound, StandardInput
from asrd.bench.soak.striking import Striking
from asrd.bench.soak.talking import Talkers
from asrd.bench.soak.visiting import Visitor, follow, visit
from asrd.bench.soak.watching import at_rest, watch

_VISITORS: Final = 2
_TELL_S: Final = 1.0
_LEAST_SESSION_S: Final = 10.0
_SOUND_SEED: Final = 1 << 20
_VISIT_SEED: Final = 1 << 21
_WARM_UP: Final = ("steering", "formats")  # what is made at the first use is there before anything is measured


@dataclass(frozen=True)
class Tell:
    """Whom a soak tells.

    Attributes:
        state: how far it is, in a line.
        wrong: what is wrong, a sentence, at once.
    """

    state: Callable[[str], None]
    wrong: Callable[[str], None]


def soak(plan: Plan, tell: Tell) -> Soaked:
    """Keep a daemon at it.

    Raises:
        AsrdError: the daemon or the sound server does not start.
    """
    with_sound = plan.has_sound and not missing_programs()
    kinds = [kind for kind in plan.kinds if with_sound or not FAULTS[kind].needs_pulse]
    soaked = Soaked(plan, kinds, Account("main"))
    folder = Path(tempfile.mkdtemp(prefix="asrd-soak-"))
    try:
        with ExitStack() as opened:
            pulse = opened.enter_context(PulseServer()) if with_sound else None
            sound: Sound = StandardInput() if pulse is None else Microphone(pulse, folder)
            flags = flags_of(plan.model, plan.run_flags)
            daemon = opened.enter_context(DaemonProcess([*sound.flags, *flags], folder, sound.environment))
            ground = Ground(daemon, flags, plan.clips, folder, pulse, soaked.main, soaked.findings)
            asyncio.run(_Soak(ground, sound, soaked, tell).run())
        if daemon.process.returncode != 0 and not soaked.ends:
            soaked.find(Wrong.UNEXPECTED, "daemon", f"asked to stop, it ended with {daemon.process.returncode}")
        check_visitors(soaked)
        check_history(soaked, ground)
        check_coverage(soaked, ground)
        check_texts(soaked, ground, tell.state)
    except BaseException:
        tell.wrong(f"the traces of what went wrong are in {folder}")
        raise
    _clear_up(soaked, folder, tell)
    return soaked


class _Soak:
    """One run, on an asyncio loop."""

    def __init__(self, ground: Ground, sound: Sound, soaked: Soaked, tell: Tell) -> None:
        self._ground = ground
        self._sound = sound
        self._soaked = soaked
        self._plan = plan = soaked.plan
        self._tell = tell
        self._stop = asyncio.Event()  # for speakers, visitors and sound
        self._over = asyncio.Event()  # for those who watch
        self._striking = Striking(ground, soaked, self._stop)
        self._talkers = Talkers(ground, plan.seed, max(_LEAST_SESSION_S, plan.audio_s / plan.sessions / 2), self._stop)
        self._told = 0
        self._began_s = time.monotonic()

    async def run(self) -> None:
        """Do it all; what is found is in the soak's record, whatever happens."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._interrupt)
        watching = [
            self._started(follow(self._ground, self._over)),
            self._started(watch(self._ground, self._heard_s, self._soaked.samples, self._stop, self._over)),
            self._started(self._show()),
        ]
        playing = self._started(self._sound.play(self._ground, _SOUND_SEED + self._plan.seed, self._stop))
        try:
            await self._warm_up()
            speaking = [self._started(self._talkers.talk(number)) for number in range(self._plan.sessions)]
            speaking += [self._started(self._visit(number)) for number in range(_VISITORS)]
            await self._striking.strike_all(self._heard_s)
            self._stop.set()
            await asyncio.gather(playing, *speaking)
            await self._rest()
        finally:
            self._stop.set()
            self._over.set()
            await asyncio.gather(playing, *watching)
            self._sum_up()

    def _interrupt(self) -> None:
        self._soaked.is_interrupted = True
        self._stop.set()

    def _started(self, part: Awaitable[None]) -> asyncio.Future[None]:
        return asyncio.ensure_future(self._guarded(part))

    async def _guarded(self, part: Awaitable[None]) -> None:
        """A part whose failure ends the soak, and is found; a daemon that is gone is found by who watches it."""
        try:
            await part
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are to be heard to their end
            self._find(f"{type(error).__name__}: {error}")
            self._stop.set()

    async def _warm_up(self) -> None:
        for number, kind in enumerate(_WARM_UP):
            await self._striking.strike(Planned(0, kind, 0.0, number))
        await self._rest()

    async def _rest(self) -> None:
        if self._is_ended():
            return
        try:
            self._soaked.rest.append(await at_rest(self._ground))
            self._soaked.written = await ask_history(self._ground)
        except (UnexpectedError, OSError) as error:
            self._find(str(error))

    async def _visit(self, number: int) -> None:
        visitor = Visitor(f"visitor {number}")
        self._soaked.visitors.append(visitor)
        await visit(self._ground, visitor, (self._plan.seed, _VISIT_SEED, number), self._stop)

    def _find(self, sentence: str) -> None:
        self._soaked.find(Wrong.UNEXPECTED, "daemon", f"{sentence} (soak seed {self._plan.seed})")

    def _heard_s(self) -> float:
        """Seconds of audio that were answered: the speakers' and that of the daemon's own source."""
        own = self._soaked.main.finals
        return self._talkers.heard_s + (own[max(own)]["end"] if own else 0.0)

    def _is_ended(self) -> bool:
        return self._ground.daemon.process.poll() is not None

    async def _show(self) -> None:
        """Tell how far it is, and at once what is wrong."""
        while not self._over.is_set():
            for finding in self._soaked.findings[self._told :]:
                self._tell.wrong(str(finding))
            self._told = len(self._soaked.findings)
            self._tell.state(self._line())
            await asyncio.sleep(_TELL_S)

    def _line(self) -> str:
        plan, heard_s, passed_s = self._plan, self._heard_s(), time.monotonic() - self._began_s
        resident = self._soaked.samples[-1].usage.resident / 1e6 if self._soaked.samples else 0.0
        left_s = max(0.0, plan.audio_s - heard_s) * passed_s / heard_s if heard_s else 0.0
        return (
            f"{heard_s / 3600:.2f} of {plan.audio_s / 3600:.2f} h, {heard_s / passed_s:.1f} x real time, "
            f"{len(self._soaked.struck)} of {plan.faults} faults, {resident:.0f} MB, {left_s / 60:.0f} min left"
        )

    def _sum_up(self) -> None:
        soaked, talkers = self._soaked, self._talkers
        soaked.wall_s = time.monotonic() - self._began_s
        soaked.audio_s, soaked.talks = self._heard_s(), talkers.talks
        soaked.silence_s = talkers.silence_s
        soaked.findings += soaked.main.findings
        if self._is_ended():
            soaked.ends += 1
            last = self._ground.daemon.log.strip().rpartition("\n")[2]
            self._find(f"the daemon ended by itself with {self._ground.daemon.process.returncode}: {last}")


def _clear_up(soaked: Soaked, folder: Path, tell: Tell) -> None:
    """What is wrong is told once more than it may have been, and its traces are kept."""
    if not soaked.findings:
        rmtree(folder, ignore_errors=True)
        return
    (folder / "findings.txt").write_text("".join(f"{finding}\n" for finding in soaked.findings), encoding="utf-8")
    tell.wrong(f"{len(soaked.findings)} findings; they and the daemon's log are kept in {folder}")
