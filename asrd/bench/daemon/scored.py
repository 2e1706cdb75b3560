"""A set that was said to a daemon, once or several times, and what came of its clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from asrd.bench.daemon.matching import Heard, Tally, heard_of
from asrd.bench.daemon.playing import Played
from asrd.bench.daemon.script import Script
from asrd.bench.daemon.spreads import OfClip
from asrd.bench.sets.table import ClipSet


@dataclass(frozen=True, eq=False)
class PlayedSet:
    """A set and its repeats.

    Attributes:
        source: the set, with clips that had to be left out.
        scripts: what was said at each repeat.
        played: what came back at each repeat.
        left_out: notes on what had to be left out.
    """

    source: ClipSet
    scripts: Sequence[Script]
    played: Sequence[Played]
    left_out: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Of the set."""
        return self.source.name

    @property
    def clips(self) -> int:
        """How many were said, each time."""
        return len(self.scripts[0].said)

    @property
    def has_words(self) -> bool:
        """Whether it is known of some clip when its words were said."""
        return any(said.words for said in self.scripts[0].said)

    @property
    def audio_s(self) -> float:
        """Of all repeats."""
        return sum(one.audio_s for one in self.played)

    @cached_property
    def _matched(self) -> list[tuple[list[Heard], Tally]]:
        return [
            heard_of(script.said, one.records[0].messages)
            for script, one in zip(self.scripts, self.played, strict=True)
        ]

    @property
    def repeats(self) -> list[list[Heard]]:
        """What came of each clip, at each repeat."""
        return [heard for heard, _ in self._matched]

    @property
    def tally(self) -> Tally:
        """Of all repeats."""
        return sum((tally for _, tally in self._matched), Tally())

    def samples_s(self, samples_of: Callable[[Heard], Sequence[float]]) -> list[list[OfClip[Sequence[float]]]]:
        """What `samples_of` finds in each clip, at each repeat."""
        return [[(heard.clip, samples_of(heard)) for heard in one] for one in self.repeats]
