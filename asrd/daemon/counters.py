"""What the pipeline did since it began."""

from __future__ import annotations

from dataclasses import dataclass, field

from asrd.schedule.jobs import Kind
from asrd.values import Work


@dataclass
class Counters:
    """Each is written by one thread alone.

    Attributes:
        audio_samples: audio that went through the voice detectors.
        cancelled: passes that were stopped, since something better to do had come.
        passes: passes of each kind.
        work: exact counters of what was computed.
    """

    audio_samples: int = 0
    cancelled: int = 0
    passes: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    work: Work = Work()


class Observer:
    """Is told of every pass while the pipeline runs; this one takes no notice. Called from the recognize thread."""

    def passed(self, kind: Kind, seconds: float) -> None:
        """A pass took so long."""

    def final(self, delay_s: float) -> None:
        """A final was published, so long after its utterance had ended."""
