"""From the texts of one set to its figures and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from asrd.bench.accuracy.gathering import HeardSet
from asrd.bench.accuracy.hearing import Said
from asrd.bench.accuracy.margins import add_margins, comparison, margins_of
from asrd.bench.accuracy.rates import OFFLINE, SEGMENTED, STREAMED, SetRates, Way
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Bound, Kind, Measure


def add_set(
    collector: Collector,
    one: HeardSet,
    peers: Mapping[str, Sequence[Said]],
    margins_s: Sequence[float],
    settle_until: int,
    *,
    is_timed: bool,
) -> None:
    """Everything about a set of at least one clip.

    Args:
        collector: takes it.
        one: the set.
        peers: what each peer said to its clips.
        margins_s: as in `Ways`.
        settle_until: as for `Stabilizer`.
        is_timed: whether the times of computing are those of this run.
    """
    rates = SetRates(one.name, [clip.name for clip in one.clips], [clip.reference for clip in one.clips])
    ways = [*_ways(one), *(_way(name, said) for name, said in peers.items())]
    rates.add(collector, ways if is_timed else [replace(way, compute_s=None) for way in ways], one.audio_s)
    _add_counters(collector, one)
    growing = [at for at, heard in enumerate(one.heard) if heard.passes]
    if growing:
        heard = [one.heard[at] for at in growing]
        clips = [one.clips[at] for at in growing]
        its_rates = SetRates(one.name, [clip.name for clip in clips], [clip.reference for clip in clips])
        margins = margins_of(margins_s, its_rates, heard, settle_until)
        add_margins(collector, one.name, rates.unit, margins)
        collector.notes.append(comparison(one.name, margins))
    collector.tables.append(rates.worst(rates.scored(ways[1])))
    _add_notes(collector, one, len(one.heard) - len(growing))


def _ways(one: HeardSet) -> list[Way]:
    ways = [
        _way(OFFLINE, [heard.offline for heard in one.heard]),
        _way(STREAMED, [heard.streamed for heard in one.heard]),
    ]
    joined = [heard.segmented.joined for heard in one.heard if heard.segmented is not None]
    return [*ways, _way(SEGMENTED, joined)] if joined else ways


def _way(name: str, said: Sequence[Said]) -> Way:
    return Way(name, [text.text for text in said], sum(text.compute_s for text in said))


def _add_counters(collector: Collector, one: HeardSet) -> None:
    """Streaming pays nothing: every final is the plain offline text of the very same samples."""
    differing = sum(heard.streamed.text != heard.offline.text for heard in one.heard)
    collector.add(_none(f"finals_differing.{one.name}.{STREAMED}", "finals", differing, len(one.heard)))
    segmented = [heard.segmented for heard in one.heard if heard.segmented is not None]
    if segmented:
        differing = sum(found.differing for found in segmented)
        finals = sum(found.finals for found in segmented)
        collector.add(_none(f"finals_differing.{one.name}.{SEGMENTED}", "finals", differing, finals))
    tried = len(one.heard) + len(one.unreadable)
    collector.add(Measure(f"clips_left_out.{one.name}", len(one.unreadable), "clips", Kind.COUNTER, count=tried))


def _none(name: str, unit: str, value: int, count: int) -> Measure:
    return Measure(name, value, unit, Kind.COUNTER, count=count, bound=Bound(at_most=0))


def _add_notes(collector: Collector, one: HeardSet, in_pieces: int) -> None:
    if one.unreadable:
        collector.notes.append(f"{one.name}: {len(one.unreadable)} clips left out: {'; '.join(one.unreadable)}.")
    if one.silent:
        collector.notes.append(f"{one.name}: {one.silent} clips left out, of which the table says no words.")
    if in_pieces:
        collector.notes.append(
            f"{one.name}: {in_pieces} clips, longer than one piece of an utterance, are not in the table of settings."
        )
