"""Sessions that spoke to a daemon at once, and their measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from asrd.bench.daemon.matching import Heard, Tally, heard_of
from asrd.bench.daemon.measures import DELAYS, busy_note
from asrd.bench.daemon.pictures import memory_line
from asrd.bench.daemon.playing import MOST_LATE_MS, Played
from asrd.bench.daemon.script import Script
from asrd.bench.daemon.spreads import OfClip, in_ms
from asrd.bench.figures.spread import percentile
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Better, Bound, Kind, Line, Measure, Shape, Table
from asrd.bench.outcome.text import figure

_DELAYS = ("lag", "first_partial", "final_after_endpoint")
_NOTE = (
    "Spreads of delays are 95 % intervals over the clips, each with all that was measured of it, widened to the least "
    "and most of the sessions. lag_ratio: the largest median lag of a session, divided by the smallest: 1 is fair."
)


@dataclass(frozen=True, eq=False)
class Loaded:
    """What so many sessions said at once, and what came of it."""

    scripts: Sequence[Script]
    played: Played

    @property
    def sessions(self) -> int:
        """How many there were."""
        return len(self.scripts)

    @cached_property
    def _matched(self) -> list[tuple[list[Heard], Tally]]:
        return [
            heard_of(script.said, record.messages)
            for script, record in zip(self.scripts, self.played.records, strict=True)
        ]

    @property
    def tally(self) -> Tally:
        """Of all sessions."""
        return sum((tally for _, tally in self._matched), Tally())

    def samples_s(self, name: str) -> list[list[OfClip[Sequence[float]]]]:
        """A delay (`DELAYS`) of each clip, for each session."""
        samples_of: Callable[[Heard], Sequence[float]] = DELAYS[name][1]
        return [[(heard.clip, samples_of(heard)) for heard in one] for one, _ in self._matched]

    @property
    def _lags_s(self) -> list[list[float]]:
        """Of each session."""
        return [[lag_s for _, of_clip in one for lag_s in of_clip] for one in self.samples_s("lag")]

    @property
    def lag_ratio(self) -> float | None:
        """The largest median lag of a session, divided by the smallest; None where a session had no partial."""
        medians = [percentile(lags_s, 50) for lags_s in self._lags_s if lags_s]
        return max(medians) / min(medians) if len(medians) == self.sessions else None

    def is_carried(self, limit_ms: float) -> bool:
        """Whether nothing was lost, every utterance was ended, and the 95th percentile of the lag is within limits."""
        lags_s = [lag_s for one in self._lags_s for lag_s in one]
        lost = self.tally.gaps + self.tally.unended
        return bool(lags_s) and not lost and 1000 * percentile(lags_s, 95) <= limit_ms


def add_loads(collector: Collector, loads: Sequence[Loaded], limit_ms: float) -> None:
    """Take the measures of every number of sessions (ascending), what follows from all of them, and the pictures."""
    for one in loads:
        _add_load(collector, one)
        if one.played.late_ms > MOST_LATE_MS:
            collector.notes.append(busy_note(f"{one.sessions} sessions", one.played.late_ms))
    collector.add(Measure("sessions_carried", _carried(loads, limit_ms), "sessions", Kind.TIME, Better.HIGHER))
    if len(loads) > 1:
        more = loads[-1].sessions - loads[0].sessions
        grown = (loads[-1].played.usage.peak - loads[0].played.usage.peak) / 1e6
        collector.add(Measure("resident_of_a_session", grown / more, "MB", Kind.BYTES, count=more))
    collector.notes += [
        _NOTE,
        f"sessions_carried: up to so many, nothing was lost and 95 % of the partials were at most {limit_ms:.0f} ms "
        "behind.",
    ]
    collector.tables.append(_table(collector, loads))
    _draw(collector, loads)


def _carried(loads: Sequence[Loaded], limit_ms: float) -> int:
    carried = 0
    for one in loads:
        if not one.is_carried(limit_ms):
            break
        carried = one.sessions
    return carried


def _add_load(collector: Collector, one: Loaded) -> None:
    count, tally, played = one.sessions, one.tally, one.played
    for name in _DELAYS:
        for measure in in_ms(f"{name}.{count}", one.samples_s(name)):
            collector.add(measure)
    # What is lost, and thus which clips have no text, depends on how fast the machine is: `Kind.TIME`.
    others: tuple[tuple[str, float | None, str, Kind, Bound | None], ...] = (
        ("lag_ratio", one.lag_ratio, "x", Kind.RATIO, None),
        ("gaps", tally.gaps, "", Kind.TIME, None),
        ("lost", tally.lost_s, "s", Kind.TIME, None),
        ("clips_without_final", tally.without_final, "clips", Kind.TIME, None),
        ("utterances_without_end", tally.unended, "", Kind.COUNTER, Bound(at_most=0)),
        ("cpu", played.cpu_s / played.audio_s, "s/s", Kind.TIME, None),
        ("resident_peak", played.usage.peak / 1e6, "MB", Kind.BYTES, None),
        ("client_late", played.late_ms, "ms", Kind.TIME, None),
    )
    for name, value, unit, kind, bound in others:
        collector.add(Measure(f"{name}.{count}", value, unit, kind, count=tally.clips, bound=bound))


def _table(collector: Collector, loads: Sequence[Loaded]) -> Table:
    names = ("lag", "first_partial", "final_after_endpoint", "lag_ratio", "lost", "cpu", "resident_peak")
    values = {measure.name: measure.value for measure in collector.measures}
    rows = []
    for one in loads:
        delays = [
            " / ".join(figure(values[f"{name}.{one.sessions}.p{part}"]) for part in (50, 95)) for name in names[:3]
        ]
        rows.append([str(one.sessions), *delays, *(figure(values[f"{name}.{one.sessions}"]) for name in names[3:])])
    header = [
        "sessions",
        "lag, ms",
        "first text, ms",
        "final after end-point, ms",
        "lag ratio",
        "lost, s",
        "CPU s / audio s",
        "resident, MB",
    ]
    return Table("Delays as p50 / p95, in milliseconds", header, rows)


def _draw(collector: Collector, loads: Sequence[Loaded]) -> None:
    counts = [float(one.sessions) for one in loads]
    values = {measure.name: measure.value for measure in collector.measures}
    lines = [
        Line(f"p{part}", counts, [values[f"lag.{one.sessions}.p{part}"] or 0.0 for one in loads]) for part in (50, 95)
    ]
    collector.draw("lag", "Lag of partials", Shape.LINES, ("sessions", "ms"), lines)
    memory = [memory_line(f"{one.sessions} sessions", one.played.memory) for one in loads]
    collector.draw("resident", "Resident set of the daemon", Shape.LINES, ("s", "MB"), memory)
