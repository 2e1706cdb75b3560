"""What a soak is to do, and what it found, before that is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asrd.bench.daemon.process import Usage
from asrd.bench.soak.account import Account, Finding, Wrong
from asrd.bench.soak.faults import FAULTS
from asrd.bench.soak.schedule import Planned
from asrd.bench.soak.script import SpokenClip
from asrd.bench.soak.talking import Talk
from asrd.bench.soak.visiting import Visitor
from asrd.bench.soak.watching import Sample
from asrd.options import Config


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        model: folder of the model.
        config: the settings that the daemons have.
        run_flags: what gives them, for `asrd run`.
        clips: what is said.
        audio_s: how much the daemon is to hear at least: of the speakers and of its own source.
        faults: how many.
        kinds: names of the faults; those that need a sound server are left out where there is none.
        sessions: how many speak at once.
        seed: of everything that is drawn.
        has_sound: whether a sound server is used if it is installed.
    """

    model: Path
    config: Config
    run_flags: Sequence[str]
    clips: Sequence[SpokenClip]
    audio_s: float
    faults: int
    kinds: Sequence[str] = tuple(FAULTS)
    sessions: int = 4
    seed: int = 0
    has_sound: bool = True


@dataclass(frozen=True)
class Struck:
    """A fault, what the daemon did, and whether it should have done that."""

    planned: Planned
    outcome: str
    is_expected: bool


@dataclass(frozen=True)
class Written:
    """Finals that were published, written to the history, and not written as the daemon itself says."""

    published: int = 0
    written: int = 0
    lost: int = 0


@dataclass
class Soaked:
    """What was found.

    Attributes:
        plan: what was to be done.
        kinds: of faults that are possible here.
        struck: the faults.
        samples: what the daemon held.
        findings: what is wrong.
        talks: sessions of the speakers.
        checked: how many of them were recognised again, and how many utterances they had.
        unheard: clips that no voice detector hears where they were said, so that nothing could come of them.
        visitors: who came and went.
        main: the account of the daemon's own source.
        rest: what the daemon held before and after it all, when it had nothing to do.
        written: what became of the history.
        audio_s: how much was answered: what the speakers said, and the own source of the daemon.
        silence_s: the longest time in which nothing was told to any speaker.
        wall_s: how long all of this took.
        ends: how often the daemon ended without having been asked to.
        is_interrupted: whether the user ended it before its time.
    """

    plan: Plan
    kinds: Sequence[str]
    main: Account
    struck: list[Struck] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    checked: tuple[int, int] = (0, 0)
    unheard: int = 0
    visitors: list[Visitor] = field(default_factory=list)
    rest: list[Usage] = field(default_factory=list)
    written: Written = Written()
    audio_s: float = 0.0
    silence_s: float = 0.0
    wall_s: float = 0.0
    ends: int = 0
    is_interrupted: bool = False

    def count(self, wrong: Wrong) -> int:
        """How often something was wrong in this way."""
        return sum(finding.wrong is wrong for finding in self.findings)

    def find(self, wrong: Wrong, who: str, sentence: str) -> None:
        """Note what is wrong."""
        self.findings.append(Finding(wrong, who, sentence))
