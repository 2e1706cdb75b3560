"""Figures, tables and the picture of utterances that grow."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from asrd.bench.engine.repeats import over_repeats, ratio_over_repeats
from asrd.bench.engine.values import Growing, Measured
from asrd.bench.figures.spread import percentile
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Better, Bound, Kind, Line, Measure, Shape, Table
from asrd.bench.outcome.text import figure, spread
from asrd.values import Work

FLAT_FROM_S: Final = 60.0  # a shorter utterance has not been cut often enough to tell growth from the wave of the cuts
_LEAST_PASSES: Final = 8  # two in each quarter
_FLAT: Final = Bound(at_most=1.5)  # a pass that cost in proportion to the audio heard would be at 2.3
_TIMED_REPEATS: Final = 3  # with fewer, what else the machine does decides whether times keep the bound
_COUNTERS: Final = ("mel_frames", "front_chunks", "back_rows", "decoder_positions", "decoder_batches")
_WORTH: Final = ("decoder_positions", "decoder_batches", "back_rows")


def report_growing(out: Collector, engines: Sequence[Measured]) -> None:
    """Times and counters of all passes, and how many finals were not the offline text: none may be."""
    rows = [
        [engine.name, f"{one.audio_s:g}", *_growing_row(out, f"{engine.name}.{one.audio_s:g}s", one)]
        for engine in engines
        for one in engine.growing
    ]
    counters = [f"{name.replace('_', ' ')}/s" for name in _COUNTERS]
    header = ["engine", "audio s", "pass ms p50", "p95", *counters, "drafts kept", "replays", "final = offline"]
    if rows:
        out.tables.append(Table("Utterances that grow", header, rows))


def draw_passes(out: Collector, engines: Sequence[Measured]) -> None:
    """Draw what each pass of the longest utterance took."""
    longest = {engine.name: max(engine.growing, key=_length) for engine in engines if engine.growing}
    if longest:
        lines = [Line(name, _places_s(one), _medians(one)) for name, one in longest.items()]
        labels = ("audio heard so far (s)", "ms")
        out.draw("pass_ms", "Time of a pass in an utterance that grows", Shape.LINES, labels, lines)


def report_flatness(out: Collector, engines: Sequence[Measured]) -> None:
    """What a pass costs in the last quarter of the longest utterance, over the second quarter."""
    rows = []
    for engine in engines:
        longest = max(engine.growing, key=_length, default=None)
        if longest is None or longest.audio_s < FLAT_FROM_S or len(longest.pass_work) - 1 < _LEAST_PASSES:
            least = f"{FLAT_FROM_S:g} s and {_LEAST_PASSES} passes"
            out.notes.append(f"{engine.name}: no utterance of {least}, so nothing is said of flatness.")
            continue
        measures = _flatness(engine.name, longest)
        for measure in measures:
            out.add(measure)
        rows.append([engine.name, f"{longest.audio_s:g}", *(figure(measure.value) for measure in measures)])
    header = ["engine", "audio s", "median time x", "most positions x", "most rows x"]
    if rows:
        out.tables.append(Table("A pass of the last quarter over one of the second quarter", header, rows))


def report_worth(out: Collector, whole: Measured, without: Mapping[str, Measured]) -> None:
    """How many times more an engine costs without each of its shortcuts."""
    rows = []
    for shortcut, engine in without.items():
        for with_it, missing in zip(whole.growing, engine.growing, strict=True):
            name = f"worth.{shortcut}.{whole.name}.{with_it.audio_s:g}s"
            time = ratio_over_repeats(f"{name}.time", _totals(missing), _totals(with_it), Better.HIGHER)
            counters = [
                Measure(f"{name}.{counter}", value, "x", Kind.COUNTER, Better.HIGHER)
                for counter, value in _times_more(missing.work, with_it.work).items()
            ]
            for measure in (time, *counters):
                out.add(measure)
            shown = [figure(time.value), spread(time), *(figure(measure.value) for measure in counters)]
            rows.append([shortcut, f"{with_it.audio_s:g}", *shown])
    header = ["without", "audio s", "time x", "spread", *(f"{name.replace('_', ' ')} x" for name in _WORTH)]
    if rows:
        out.tables.append(
            Table(f"What {whole.name} costs without a shortcut, over what it costs with it", header, rows)
        )


def _growing_row(out: Collector, name: str, one: Growing) -> list[str]:
    work = one.work
    for part in (50, 95):
        values = [percentile(passes, part) for passes in one.pass_ms]
        out.add(over_repeats(f"pass.{name}.p{part}", values, "ms", Kind.TIME))
    shown = [figure(measure.value) for measure in out.measures[-2:]]
    for counter in _COUNTERS:
        measure = Measure(f"work.{name}.{counter}", getattr(work, counter) / one.audio_s, "/s", Kind.COUNTER)
        out.add(measure)
        shown.append(figure(measure.value))
    kept = 100 * work.draft_kept / work.draft_offered if work.draft_offered else None
    if kept is not None:
        out.add(Measure(f"drafts_kept.{name}", kept, "%", Kind.COUNTER, Better.HIGHER))
    bound = Bound(at_most=0)
    out.add(Measure(f"finals_unlike_offline.{name}", one.unlike_offline, "finals", Kind.COUNTER, bound=bound))
    return [*shown, figure(kept, "%"), str(work.replays), "NO" if one.unlike_offline else "yes"]


def _flatness(name: str, one: Growing) -> list[Measure]:
    """The median time of a pass, the most positions and the most rows of one, late over early."""
    times = [_late_over_early(passes, statistics.median) for passes in one.pass_ms]
    works = one.pass_work[:-1]
    positions = _late_over_early([work.decoder_positions for work in works], max)
    rows = _late_over_early([work.back_rows for work in works], max)
    bound = _FLAT if len(times) >= _TIMED_REPEATS else None
    return [
        over_repeats(f"flatness.{name}.time", times, "x", Kind.RATIO, bound=bound),
        Measure(f"flatness.{name}.decoder_positions", positions, "x", Kind.COUNTER, bound=_FLAT),
        Measure(f"flatness.{name}.back_rows", rows, "x", Kind.COUNTER, bound=_FLAT),
    ]


def _times_more(missing: Work, with_it: Work) -> dict[str, float | None]:
    """None for what the engine has nothing of."""
    return {
        counter: getattr(missing, counter) / whole if (whole := getattr(with_it, counter)) else None
        for counter in _WORTH
    }


def _length(one: Growing) -> float:
    return one.audio_s


def _totals(one: Growing) -> list[float]:
    """All passes of each repeat, in milliseconds."""
    return [sum(passes) for passes in one.pass_ms]


def _medians(one: Growing) -> list[float]:
    """Of each pass over the repeats, in milliseconds."""
    return [statistics.median(times) for times in zip(*one.pass_ms, strict=True)]


def _places_s(one: Growing) -> list[float]:
    """Up to where each pass has heard, in seconds."""
    passes = len(one.pass_ms[0])
    return [min(one.audio_s, one.interval_s * (index + 1)) for index in range(passes)]


def _late_over_early(passes: Sequence[float], of: Callable[[Sequence[float]], float]) -> float:
    """`of` the last quarter of the passes over `of` the second quarter."""
    count = len(passes)
    return of(passes[3 * count // 4 :]) / of(passes[count // 4 : count // 2])
