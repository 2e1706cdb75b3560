"""The pictures of sets that were said to a daemon."""

from __future__ import annotations

from collections.abc import Sequence

from asrd.bench.daemon.measures import DELAYS
from asrd.bench.daemon.scored import PlayedSet
from asrd.bench.figures.utterances import Timed, Utterance, utterances_of
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Line, Shape

_MS = 1000.0


def add_pictures(collector: Collector, sets: Sequence[PlayedSet]) -> None:
    """Distributions of the delays, lag and resident set over time, and the text of one utterance over time."""
    for name, (title, samples_of) in DELAYS.items():
        values = {
            one.name: [_MS * at for repeat in one.samples_s(samples_of) for _, clip in repeat for at in clip]
            for one in sets
        }
        lines = [Line(label, samples) for label, samples in values.items() if samples]
        if lines:
            collector.draw(name, title[0].upper() + title[1:], Shape.DISTRIBUTION, ("ms", "share"), lines)
    lags = [lag_line(one.name, one.played[0].records[0].messages) for one in sets]
    collector.draw("lag_over_time", "Lag of partials", Shape.LINES, ("s of audio", "ms"), lags)
    _draw_text(collector, sets[0])
    memory = [memory_line(one.name, one.played[0].memory) for one in sets]
    collector.draw("resident", "Resident set of the daemon", Shape.LINES, ("s", "MB"), memory)


def lag_line(label: str, messages: Sequence[Timed]) -> Line:
    """Of each partial of a session, when it came, and how long after the newest audio in it was said, in ms."""
    partials = [(at_s, message) for at_s, message in messages if message["type"] == "partial"]
    return Line(label, [at_s for at_s, _ in partials], [_MS * (at_s - message["end"]) for at_s, message in partials])


def memory_line(label: str, memory: Sequence[tuple[float, int]]) -> Line:
    """A resident set over time, in MB."""
    return Line(label, [at_s for at_s, _ in memory], [held / 1e6 for _, held in memory])


def _draw_text(collector: Collector, one: PlayedSet) -> None:
    """Settled and open characters of the utterance with the most partials; a text stands until the next comes."""
    spoken = [each for each in utterances_of(one.played[0].records[0].messages) if each.final is not None]
    if not spoken:
        return
    x, settled, still_open = _steps(max(spoken, key=lambda each: len(each.partials)))
    lines = [Line("committed", x, settled), Line("tail", x, still_open)]
    title = f"Text of one utterance of {one.name} while it is said; the final settles all"
    collector.draw("text_over_time", title, Shape.STACKED, ("s after its begin", "characters"), lines)


def _steps(utterance: Utterance) -> tuple[list[float], list[float], list[float]]:
    x, settled, still_open = [0.0], [0.0], [0.0]
    shown = [(at_s, len(message["committed"]), len(message["tail"])) for at_s, message in utterance.partials]
    text = utterance.final[1]["text"] if utterance.final else ""
    for at_s, committed, tail in [*shown, (utterance.final_s, len(text), 0)]:
        x += [at_s - utterance.start_s] * 2
        settled += [settled[-1], committed]
        still_open += [still_open[-1], tail]
    return x, settled, still_open
