"""The measures of sets that were said to a daemon."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from asrd.bench.daemon.matching import Heard
from asrd.bench.daemon.playing import MOST_LATE_MS, Played
from asrd.bench.daemon.scored import PlayedSet
from asrd.bench.daemon.spreads import PARTS, in_ms, per_word
from asrd.bench.figures.stability import Stability
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Bound, Kind, Measure, Table
from asrd.bench.outcome.text import figure

_NOTHING: Final = Bound(at_most=0)
_NOTES: Final = (
    "Spreads are 95 % intervals over the clips, each with all of its repeats, widened to the least and most of the "
    "repeats.",
    "A clip that shares a final with another (finals_of_two_clips) has no delays but lag: they cannot be told apart.",
    "Words of NE (normalised_erasure), UPWR (unstable_partial_words) and commit errors are as shown, with case and "
    "punctuation; each is for each word of the finals. Word delays and LAAL leave case and punctuation out of account.",
)


def _one(value_s: float | None) -> Sequence[float]:
    return () if value_s is None else (value_s,)


DELAYS: Final[Mapping[str, tuple[str, Callable[[Heard], Sequence[float]]]]] = {
    "first_partial": ("first text after the true onset", lambda heard: _one(heard.first_partial_s)),
    "final_after_speech": ("final after the true end of speech", lambda heard: _one(heard.final_after_speech_s)),
    "final_after_endpoint": ("final after the end-point", lambda heard: _one(heard.final_after_endpoint_s)),
    "word_shown": ("word shown after it was said", lambda heard: heard.words.shown if heard.words else ()),
    "word_committed": ("word committed after it was said", lambda heard: heard.words.committed if heard.words else ()),
    "laal": ("words behind the speaker (LAAL of a clip)", lambda heard: _one(heard.laal_s)),
    "lag": ("partial after the newest audio in it was said", lambda heard: heard.lags_s),
}
"""Of each delay its title, and what it is of one clip."""

_RATIOS: Final[Mapping[str, Callable[[Stability], int]]] = {
    "normalised_erasure": lambda steady: steady.erased,
    "unstable_partial_words": lambda steady: steady.unstable,
    "commit_errors": lambda steady: steady.commit_errors,
}


def add_figures(collector: Collector, sets: Sequence[PlayedSet]) -> None:
    """Take all measures of all sets, a table of the delays, and what the reader has to know."""
    for one in sets:
        _add_delays(collector, one)
        _add_stability(collector, one)
        _add_tally(collector, one)
        _add_costs(collector, one)
    collector.tables.append(_delays_table(collector, sets))
    collector.notes += [*_NOTES, *(note for one in sets for note in _notes(one))]


def _add_delays(collector: Collector, one: PlayedSet) -> None:
    for name, (_, samples_of) in DELAYS.items():
        for measure in in_ms(f"{name}.{one.name}", one.samples_s(samples_of)):
            collector.add(measure)


def _add_stability(collector: Collector, one: PlayedSet) -> None:
    for name, count in _RATIOS.items():
        pairs = [
            [(heard.clip, (count(heard.stability), heard.stability.words)) for heard in repeat]
            for repeat in one.repeats
        ]
        collector.add(per_word(f"{name}.{one.name}", pairs))
    erased = sum(heard.erased_letters for repeat in one.repeats for heard in repeat)
    _count(collector, f"committed_erasure.{one.name}", erased, one.tally.clips, "letters", _NOTHING)


def _add_tally(collector: Collector, one: PlayedSet) -> None:
    tally, name = one.tally, one.name
    _count(collector, f"clips_without_final.{name}", tally.without_final, tally.clips, "clips")
    _count(collector, f"clips_split.{name}", tally.split, tally.clips, "clips")
    _count(collector, f"finals_of_two_clips.{name}", tally.merged, tally.clips, "finals")
    _count(collector, f"finals_of_no_clip.{name}", tally.strays, tally.clips, "finals")
    _count(collector, f"utterances_without_end.{name}", tally.unended, tally.clips, "", _NOTHING)
    _count(collector, f"gaps.{name}", tally.gaps, tally.clips, "", _NOTHING)
    if one.has_words:
        delays = [heard.words for repeat in one.repeats for heard in repeat if heard.words]
        said = sum(len(words.shown) + words.missed for words in delays)
        missed = sum(words.missed for words in delays)
        _count(collector, f"words_without_delay.{name}", missed, said, "words")


def _count(collector: Collector, name: str, value: int, count: int, unit: str, bound: Bound | None = None) -> None:
    collector.add(Measure(name, value, unit, Kind.COUNTER, count=count, bound=bound))


def _add_costs(collector: Collector, one: PlayedSet) -> None:
    costs: dict[str, tuple[Callable[[Played], float], str, Kind]] = {
        "decoder_positions": (lambda played: played.positions / played.audio_s, "/s", Kind.TIME),
        "encoder_rows": (lambda played: played.rows / played.audio_s, "/s", Kind.TIME),
        "cpu": (lambda played: played.cpu_s / played.audio_s, "s/s", Kind.TIME),
        "resident_peak": (lambda played: played.usage.peak / 1e6, "MB", Kind.BYTES),
        "client_late": (lambda played: played.late_ms, "ms", Kind.TIME),
    }
    for name, (cost, unit, kind) in costs.items():
        values = [cost(played) for played in one.played]
        mean = sum(values) / len(values)
        low, high = (min(values), max(values)) if len(values) > 1 else (None, None)
        collector.add(Measure(f"{name}.{one.name}", mean, unit, kind, low=low, high=high, count=len(values)))


def _delays_table(collector: Collector, sets: Sequence[PlayedSet]) -> Table:
    values = {measure.name: measure.value for measure in collector.measures}
    rows = []
    for name, (title, _) in DELAYS.items():
        found = [[values[f"{name}.{one.name}.p{part}"] for part in PARTS] for one in sets]
        rows.append([title, *("-" if None in parts else " / ".join(map(figure, parts)) for parts in found)])
    parts = " / ".join(f"p{part}" for part in PARTS)
    return Table(f"Delays, {parts}, in milliseconds", ["delay", *(one.name for one in sets)], rows)


def _notes(one: PlayedSet) -> list[str]:
    known = "from its labels" if one.source.is_labelled else "from the energy of the clips"
    notes = [f"{one.name}: true onset and end of speech are {known}.", *one.left_out]
    if not one.has_words:
        notes.append(f"{one.name}: word delays were not measured, as no table tells when its words were said.")
    late_ms = max(played.late_ms for played in one.played)
    if late_ms > MOST_LATE_MS:
        notes.append(busy_note(one.name, late_ms))
    return notes


def busy_note(name: str, late_ms: float) -> str:
    """That the machine was too busy to measure on."""
    return (
        f"{name}: the machine was busy, and the bench's own client up to {late_ms:.0f} ms late (more than "
        f"{MOST_LATE_MS:.0f}): the delays are too long by about as much; measure again when nothing else runs."
    )
