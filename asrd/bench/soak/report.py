"""A soak as a result: figures with their bounds, a table of the faults, pictures."""

from __future__ import annotations

from collections import Counter
from typing import Final

from asrd.bench.host.model import describe_model
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Better, Bound, Kind, Line, Measure, Result, Shape, Table
from asrd.bench.soak.account import Wrong
from asrd.bench.soak.faults import FAULTS
from asrd.bench.soak.plan import Soaked
from asrd.bench.soak.watching import resident_slope

_HOUR_S: Final = 3600.0
_BYTES_PER_MB: Final = 1e6
_MOST_SLOPE: Final = 1.0  # MB per hour of audio
_LEAST_HOURS: Final = 1.0  # of audio, before a slope says more than noise does
_LEAST_KINDS: Final = 8
_SHOWN_FINDINGS: Final = 20
_SHOWN_CHARACTERS: Final = 300
_NONE: Final = Bound(at_most=0)


def result_of(soaked: Soaked, command: str) -> Result:
    """The result; `command` is the command line that repeats it."""
    plan = soaked.plan
    settings = {"hours": round(plan.audio_s / _HOUR_S, 3), "sessions": plan.sessions, "seed": plan.seed}
    collector = Collector("soak", command, describe_model(plan.model), settings)
    collector.began_s -= soaked.wall_s
    _add_counts(collector, soaked)
    _add_growth(collector, soaked)
    _add_faults(collector, soaked)
    _draw(collector, soaked)
    _note(collector, soaked)
    return collector.result(
        f"{soaked.audio_s / _HOUR_S:.2f} h of audio in {len(soaked.talks)} sessions of {plan.sessions} at once, "
        f"{len(soaked.struck)} faults of {len({one.planned.kind for one in soaked.struck})} kinds"
    )


def _add_counts(collector: Collector, soaked: Soaked) -> None:
    plan = soaked.plan
    due = (0.0, 0) if soaked.is_interrupted else (plan.audio_s / _HOUR_S, plan.faults)
    kinds = len({one.planned.kind for one in soaked.struck})
    sessions, utterances = soaked.checked
    higher = Better.HIGHER
    finals = sum(len(talk.account.finals) for talk in soaked.talks)
    dropped = sum(len(talk.account.dropped) for talk in soaked.talks)
    for measure in (
        Measure("audio", soaked.audio_s / _HOUR_S, "h", Kind.COUNTER, higher, bound=Bound(at_least=due[0])),
        Measure("faults", len(soaked.struck), "", Kind.COUNTER, higher, bound=Bound(at_least=due[1])),
        Measure("faults.kinds", kinds, "", Kind.COUNTER, higher, bound=Bound(at_least=min(_LEAST_KINDS, due[1]))),
        Measure("lost_unannounced", soaked.count(Wrong.LOST), "", Kind.COUNTER, count=finals, bound=_NONE),
        Measure("sequence_holes", soaked.count(Wrong.HOLE), "", Kind.COUNTER, count=finals, bound=_NONE),
        Measure("texts_that_differ", soaked.count(Wrong.TEXT), "", Kind.COUNTER, count=utterances, bound=_NONE),
        Measure("unexpected_answers", soaked.count(Wrong.UNEXPECTED), "", Kind.COUNTER, bound=_NONE),
        Measure("unexpected_ends", soaked.ends, "", Kind.COUNTER, bound=_NONE),
        Measure("finals", finals, "", Kind.COUNTER, Better.NEITHER),
        Measure("finals.own_source", len(soaked.main.finals), "", Kind.COUNTER, Better.NEITHER),
        Measure("finals.all", soaked.written.published, "", Kind.COUNTER, Better.NEITHER),
        Measure("finals.recognised_again", utterances, "", Kind.COUNTER, Better.NEITHER, count=sessions),
        Measure("dropped", dropped, "", Kind.COUNTER, Better.NEITHER),
        Measure("unheard_clips", soaked.unheard, "", Kind.COUNTER, Better.NEITHER),
        Measure("history.told_as_lost", soaked.written.lost, "", Kind.COUNTER, Better.NEITHER),
        Measure("visits", sum(one.visits for one in soaked.visitors), "", Kind.COUNTER, Better.NEITHER),
        Measure("own_source.gaps", sum(end - start for start, end in soaked.main.gaps), "s", Kind.TIME, Better.NEITHER),
        Measure("silence.longest", soaked.silence_s, "s", Kind.TIME),
        Measure("pace", soaked.audio_s / soaked.wall_s if soaked.wall_s else None, "x", Kind.TIME, higher),
    ):
        collector.add(measure)


def _add_growth(collector: Collector, soaked: Soaked) -> None:
    samples = soaked.samples
    if samples:
        slope, low, high = resident_slope(samples)
        is_long = samples[-1].audio_s >= _LEAST_HOURS * _HOUR_S
        bound = Bound(at_most=_MOST_SLOPE) if is_long else None
        collector.add(
            Measure("resident.slope", slope, "MB/h", Kind.BYTES, low=low, high=high, count=len(samples), bound=bound)
        )
        most = max(one.usage.resident for one in samples)
        collector.add(Measure("resident.most", most / _BYTES_PER_MB, "MB", Kind.BYTES))
    if len(soaked.rest) == 2:
        before, after = soaked.rest
        grown = (after.resident - before.resident) / _BYTES_PER_MB
        collector.add(Measure("resident.grown_at_rest", grown, "MB", Kind.BYTES))
        left = after.threads - before.threads, after.descriptors - before.descriptors
        for name, value in zip(("threads.left", "descriptors.left"), left, strict=True):
            collector.add(Measure(name, value, "", Kind.COUNTER, bound=_NONE))
    else:
        collector.notes.append("What the daemon holds at rest could not be compared: it did not come to rest twice.")


def _add_faults(collector: Collector, soaked: Soaked) -> None:
    rows = []
    for kind in soaked.kinds:
        struck = [one for one in soaked.struck if one.planned.kind == kind]
        outcomes = Counter(one.outcome for one in struck if one.is_expected)
        said = ", ".join(f"{outcome} ({count})" for outcome, count in outcomes.most_common()) or "-"
        wrong = sum(not one.is_expected for one in struck)
        rows.append((kind, FAULTS[kind].description, said, str(len(struck)), str(wrong)))
    collector.tables.append(Table("Faults", ("kind", "what", "the daemon", "count", "otherwise"), rows))


def _draw(collector: Collector, soaked: Soaked) -> None:
    hours = [one.audio_s / _HOUR_S for one in soaked.samples]
    usages = [one.usage for one in soaked.samples]
    resident = [one.resident / _BYTES_PER_MB for one in usages]
    held = [
        Line("descriptors", hours, [float(one.descriptors) for one in usages]),
        Line("threads", hours, [float(one.threads) for one in usages]),
    ]
    across = "hours of audio"
    collector.draw("resident", "Resident set", Shape.LINES, (across, "MB"), [Line("daemon", hours, resident)])
    collector.draw("held", "Descriptors and threads", Shape.LINES, (across, "count"), held)


def _note(collector: Collector, soaked: Soaked) -> None:
    left_out = [kind for kind in soaked.plan.kinds if kind not in soaked.kinds]
    if left_out:
        collector.notes.append(f"Left out, as no sound server is used: {', '.join(left_out)}.")
    if soaked.is_interrupted:
        collector.notes.append("Interrupted: this is what there was until then.")
    if "resident.slope" in {one.name for one in collector.measures} and collector.measures:
        collector.notes.append(
            "resident.slope is a least-squares line through the medians of 30 stretches of audio after the first "
            "third; low and high: with one fifth of it left out. Below an hour of audio it has no bound: noise is "
            "larger."
        )
    collector.notes += [str(finding)[:_SHOWN_CHARACTERS] for finding in soaked.findings[:_SHOWN_FINDINGS]]
