"""The stabiliser settings of one set beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from asrd.bench.accuracy.hearing import Heard
from asrd.bench.accuracy.rates import SetRates, Way
from asrd.bench.accuracy.steadiness import Steadiness, replay, steadiness_of
from asrd.bench.figures.spread import Estimate, share
from asrd.bench.figures.words import rate_difference
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Bound, Kind, Line, Measure, Shape, Table
from asrd.values import UtteranceOptions

DEFAULT_MARGIN_S: Final = UtteranceOptions().unstable_margin_s


@dataclass(frozen=True)
class _Figure:
    """A measure of steadiness: `part` for each `whole`, times `factor`, over all utterances."""

    name: str
    title: str
    unit: str
    factor: float
    part: Callable[[Steadiness], float]
    whole: Callable[[Steadiness], int]

    def of(self, steadiness: Sequence[Steadiness]) -> Estimate:
        parts, wholes = [self.part(one) for one in steadiness], [self.whole(one) for one in steadiness]
        return share(parts, wholes).times(self.factor)


def _shown(one: Steadiness) -> int:
    return one.as_shown.words


def _plain(one: Steadiness) -> int:
    return one.as_words.words


_FIGURES: Final = (
    _Figure("commit_errors", "commit errors %", "%", 100.0, lambda one: one.as_shown.commit_errors, _shown),
    _Figure("commit_errors_as_words", "as words %", "%", 100.0, lambda one: one.as_words.commit_errors, _plain),
    _Figure("erasure", "NE", "", 1.0, lambda one: one.as_shown.erased, _shown),
    _Figure("erasure_as_words", "as words", "", 1.0, lambda one: one.as_words.erased, _plain),
    _Figure("unstable_words", "UPWR", "", 1.0, lambda one: one.as_shown.unstable, _shown),
    _Figure("unstable_words_as_words", "as words", "", 1.0, lambda one: one.as_words.unstable, _plain),
    _Figure(
        "committed_words_changed", "committed, changed %", "%", 100.0, lambda one: one.as_shown.erased_committed, _shown
    ),
    _Figure("commit_delay", "commit delay s", "s", 1.0, lambda one: sum(one.delays_s), lambda one: len(one.delays_s)),
    _Figure(
        "settled_by_final", "by the final %", "%", 100.0, lambda one: one.late_words, lambda one: len(one.delays_s)
    ),
)


@dataclass(frozen=True)
class Margin:
    """One setting over the clips of a set.

    Attributes:
        margin_s: the setting.
        steadiness: of each clip.
        consistent_cost: by how many points the error rate rises with `final = "consistent"`.
    """

    margin_s: float
    steadiness: Sequence[Steadiness]
    consistent_cost: Estimate

    @property
    def label(self) -> str:
        """As it stands in names of measures."""
        return f"margin_{round(1000 * self.margin_s)}ms"

    @property
    def title(self) -> str:
        """As it stands in tables."""
        return f"{self.margin_s:g} s{' (default)' if self.margin_s == DEFAULT_MARGIN_S else ''}"

    def figure(self, name: str) -> Estimate:
        """One measure of its steadiness, by its name."""
        return next(one for one in _FIGURES if one.name == name).of(self.steadiness)


def margins_of(margins_s: Sequence[float], rates: SetRates, heard: Sequence[Heard], settle_until: int) -> list[Margin]:
    """All settings; every clip of `heard` has passes."""
    streamed = rates.scored(Way("streamed", [one.streamed.text for one in heard]))
    found = []
    for index, margin_s in enumerate(margins_s):
        consistent = rates.scored(Way("consistent", [one.consistent[index] for one in heard]))
        steadiness = [
            steadiness_of(replay(one.passes, margin_s, settle_until), one.streamed.text, one.samples) for one in heard
        ]
        found.append(Margin(margin_s, steadiness, rate_difference(streamed.errors, consistent.errors)))
    return found


def add_margins(collector: Collector, name: str, unit: str, margins: Sequence[Margin]) -> None:
    """Figures, a table and a picture of the settings over the set `name`, whose error rate is called `unit`."""
    rows = []
    for one in margins:
        cells = []
        for figure in _FIGURES:
            estimate = figure.of(one.steadiness)
            cells.append(f"{estimate.value:.3g}")
            collector.add(_measure(f"{figure.name}.{name}.{one.label}", estimate, figure.unit, len(one.steadiness)))
        erased = sum(clip.erased_letters for clip in one.steadiness)
        collector.add(_none_erased(f"committed_erasure.{name}.{one.label}", erased, len(one.steadiness)))
        cost = one.consistent_cost
        collector.add(_measure(f"{unit}.{name}.consistent_cost.{one.label}", cost, "points", len(one.steadiness)))
        rows.append([one.title, *cells, str(erased), str(cost)])
    header = [name, *(figure.title for figure in _FIGURES), "committed, erased", f"consistent, {unit.upper()} points"]
    collector.tables.append(Table(f"{name}: stabiliser settings over the same passes", header, rows))
    collector.draw(
        f"commit-delay-{name}",
        f"{name}: from showing a word to committing it",
        Shape.DISTRIBUTION,
        ("audio, s", "share of the words"),
        [Line(one.title, [delay for clip in one.steadiness for delay in clip.delays_s]) for one in margins],
    )


def comparison(name: str, margins: Sequence[Margin]) -> str:
    """What the default costs and gains beside the others, as a sentence."""
    parts = [
        f"{one.title}: {one.figure('commit_errors_as_words').value:.2f} % of the words committed wrongly "
        f"(case and punctuation aside), {one.figure('commit_delay').value:.2f} s from showing to committing"
        for one in margins
    ]
    return f"{name}, unstable margin {'; '.join(parts)}."


def _measure(name: str, estimate: Estimate, unit: str, count: int) -> Measure:
    return Measure(name, estimate.value, unit, Kind.RATIO, low=estimate.low, high=estimate.high, count=count)


def _none_erased(name: str, value: int, count: int) -> Measure:
    return Measure(name, value, "letters", Kind.COUNTER, count=count, bound=Bound(at_most=0))
