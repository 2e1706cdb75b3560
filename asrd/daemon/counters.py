"""What the pipeline did since it began."""

from __future__ import annotations

from dataclasses import dataclass, field

from asrd.schedule.jobs import Kind
from asrd.values import Work


def _by_kind() -> dict[Kind, float]:
    return dict.fromkeys(Kind, 0.0)


@dataclass
class Counters:
    """Each is written by one thread alone.

    Attributes:
        audio_samples: audio that went through the voice detectors.
        lost_samples: audio that was lost, in `gaps` stretches.
        utterances: that began; they end as `finals` or as `dropped`.
        partials: that were published.
        cancelled: passes that were stopped, since something better to do had come.
        passes: passes of each kind, and `pass_s` the seconds that they took.
        work: exact counters of what was computed.
    """

    audio_samples: int = 0
    lost_samples: int = 0
    gaps: int = 0
    utterances: int = 0
    finals: int = 0
    dropped: int = 0
    partials: int = 0
    cancelled: int = 0
    passes: dict[Kind, float] = field(default_factory=_by_kind)
    pass_s: dict[Kind, float] = field(default_factory=_by_kind)
    work: Work = Work()


class Observer:
    """Is told of every pass while the pipeline runs; this one takes no notice. Called from the recognize thread."""

    def passed(self, kind: Kind, seconds: float) -> None:
        """A pass took so long."""

    def partial(self, lag_s: float) -> None:
        """A partial was published, so far behind the newest audio."""

    def final(self, delay_s: float) -> None:
        """A final was published, so long after its utterance had ended."""
