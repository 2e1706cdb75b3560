"""The job slots: several streams, one recognizer.

Finals come first, in the order in which their utterances ended. Then candidates: the final of an utterance that has
paused, computed while the hangover runs. Then partial passes, one slot a stream (newest wins: a pass covers whatever
has been heard when it begins), the stream that has been due longest first.

Where finals are always waiting, that stream would never have its turn. So it gets one when the finals since the last
such turn have taken `FINALS_SHARE` times as long as its last pass took: finals keep four fifths of the time. A stream
with a final of its own waiting gets none: its inbox must be dealt with in order.

A partial pass must cover at least as much new audio as the last one of its stream took to compute, times the number of
streams that share the recognizer. So the passes together never take more time than passes, and lag cannot grow.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from asrd.geometry import samples_of
from asrd.options import PipelineOptions

FINALS_SHARE: Final = 4.0


class Kind(Enum):
    """What a pass is for."""

    FINAL = "final"
    CANDIDATE = "candidate"
    PARTIAL = "partial"


@dataclass(frozen=True)
class Job:
    """A pass of one stream."""

    stream: str
    kind: Kind


@dataclass
class _Stream:
    """What is known of the newest utterance of a stream; older ones have ended and wait for their final."""

    partials: bool
    is_open: bool = False
    is_paused: bool = False
    fresh_samples: int = 0  # heard since the last pass began
    passes: int = 0
    cost_s: float = 0.0  # of the last pass
    due_since: int | None = None
    final_tick: int = 0  # when its last final was handed out


class Schedule:
    """Pure: no thread and no clock. The caller holds a lock around it if several threads use it."""

    def __init__(self, options: PipelineOptions) -> None:
        self._first_samples = samples_of(options.first_ms / 1000)
        self._interval_samples = samples_of(options.interval_ms / 1000)
        self._default_partials = options.partials
        self._streams: dict[str, _Stream] = {}
        self._finals: deque[str] = deque()  # one entry for each end that waits in a stream's inbox
        self._finals_s = 0.0  # what finals have taken while others waited
        self._tick = 0

    def add(self, stream: str) -> None:
        """A stream begins."""
        self._streams[stream] = _Stream(self._default_partials)

    def remove(self, stream: str) -> None:
        """A stream is gone, and with it whatever was due."""
        self._streams.pop(stream, None)
        self._finals = deque(name for name in self._finals if name != stream)

    def set_partials(self, stream: str, partials: bool) -> None:
        """Whether the stream wants partial passes. Candidates are computed in any case: they make the final fast."""
        self._streams[stream].partials = partials

    def began(self, stream: str) -> None:
        """An utterance begins; an earlier one has been reported as ended."""
        known = self._streams[stream]
        self._streams[stream] = _Stream(known.partials, is_open=True, cost_s=known.cost_s, final_tick=known.final_tick)

    def heard(self, stream: str, samples: int) -> None:
        """So many samples of the open utterance have come."""
        known = self._streams[stream]
        known.fresh_samples += samples
        if known.partials and known.due_since is None and known.fresh_samples >= self._threshold(known):
            known.due_since = self._next_tick()

    def paused(self, stream: str) -> None:
        """Speech has paused; all of the utterance, if it ends here, has been heard."""
        known = self._streams[stream]
        known.is_paused, known.due_since = True, self._next_tick()

    def resumed(self, stream: str) -> None:
        """Speech goes on; a candidate that was not begun is not wanted any more."""
        known = self._streams[stream]
        known.is_paused, known.due_since = False, None
        self.heard(stream, 0)

    def ended(self, stream: str) -> None:
        """Something waits in the inbox that must be dealt with: an utterance's end, or the stream's."""
        known = self._streams[stream]
        known.is_open, known.is_paused, known.due_since = False, False, None
        self._finals.append(stream)

    def next(self) -> Job | None:
        """The job to do now, or None. It is handed out once; a partial or candidate covers all that was heard."""
        name = self._starving()
        if self._finals and name is None:
            return self._next_final()
        self._finals_s = 0.0
        if name is None:
            due = [(not s.is_paused, s.due_since, name) for name, s in self._streams.items() if s.due_since is not None]
            if not due:
                return None
            name = min(due)[-1]
        stream = self._streams[name]
        stream.due_since, stream.fresh_samples = None, 0
        stream.passes += 1
        return Job(name, Kind.CANDIDATE if stream.is_paused else Kind.PARTIAL)

    def took(self, job: Job, cost_s: float) -> None:
        """A pass took so long to compute."""
        if job.kind is Kind.FINAL:
            self._finals_s += cost_s
        elif job.stream in self._streams:
            self._streams[job.stream].cost_s = cost_s

    def cancelled(self, job: Job) -> None:
        """A partial pass was stopped before it was through: what it covered is fresh again for the next one."""
        known = self._streams.get(job.stream)
        if known is not None and known.is_open and known.partials and known.due_since is None:
            known.due_since = self._next_tick()

    def _next_final(self) -> Job:
        name = min(self._finals, key=lambda one: self._streams[one].final_tick)  # the first of equals
        self._finals.remove(name)
        self._streams[name].final_tick = self._next_tick()
        return Job(name, Kind.FINAL)

    def _starving(self) -> str | None:
        """The stream that has been due longest, if finals wait and have had their share; else None."""
        due = [
            (stream.due_since, name)
            for name, stream in self._streams.items()
            if stream.due_since is not None and name not in self._finals
        ]
        if not self._finals or not due:
            return None
        name = min(due)[-1]
        return name if self._finals_s > FINALS_SHARE * self._streams[name].cost_s else None

    def _threshold(self, stream: _Stream) -> int:
        if stream.passes == 0:
            return self._first_samples
        sharing = sum(other.is_open for other in self._streams.values())
        return max(self._interval_samples, samples_of(stream.cost_s * max(1, sharing)))

    def _next_tick(self) -> int:
        self._tick += 1
        return self._tick
