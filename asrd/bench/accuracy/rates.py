"""Error rates of one set: figures, a row for each way, and the worst clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asrd.bench.figures.normalising import normalised
from asrd.bench.figures.spread import Estimate
from asrd.bench.figures.words import Errors, counts_characters, error_rate, errors_of, rate_difference
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Better, Kind, Measure, Table

OFFLINE: Final = "offline"
STREAMED: Final = "streamed"
SEGMENTED: Final = "segmented"
_WORST: Final = 10
_COSTS: Final = {STREAMED: "streaming_cost", SEGMENTED: "segmenting_cost"}


@dataclass(frozen=True)
class Way:
    """What one way of recognising made of all clips of a set.

    Attributes:
        name: `OFFLINE`, `STREAMED`, `SEGMENTED`, or a peer's.
        texts: one for each clip.
        compute_s: for all of them; None where it was not measured.
    """

    name: str
    texts: Sequence[str]
    compute_s: float | None = None


@dataclass(frozen=True)
class Scored:
    """A way with its errors, clip by clip, and its texts as they were compared."""

    way: Way
    texts: Sequence[str]
    errors: Sequence[Errors]

    @property
    def rate(self) -> Estimate:
        """Its error rate."""
        return error_rate(self.errors)


class SetRates:
    """The references of a set, to which texts are compared: in words, or in characters where these write no spaces."""

    def __init__(self, name: str, clips: Sequence[str], references: Sequence[str]) -> None:
        """`clips` are the names of the clips, `references` what is said in them."""
        self.name = name
        self.clips = clips
        self.by_character = counts_characters(references)
        self.unit = "cer" if self.by_character else "wer"
        self._references = [normalised(text) for text in references]

    def scored(self, way: Way) -> Scored:
        """The errors of a way."""
        texts = [normalised(text) for text in way.texts]
        errors = [
            errors_of(reference, text, by_character=self.by_character)
            for reference, text in zip(self._references, texts, strict=True)
        ]
        return Scored(way, texts, errors)

    def add(self, collector: Collector, ways: Sequence[Way], audio_s: float) -> None:
        """Figures and table of all ways; the first one is that with which the others are compared."""
        scored = [self.scored(way) for way in ways]
        rows = []
        for one in scored:
            self._add_rate(collector, one, audio_s)
            rows.append(self._row(one, audio_s))
        for one in scored[1:]:
            difference = rate_difference(scored[0].errors, one.errors)
            collector.add(self._difference(one.way.name, difference))
            rows.append([f"{one.way.name} - {scored[0].way.name}", str(difference), "", "", "", ""])
        header = [self.name, f"{self.unit.upper()} %", "substituted", "deleted", "inserted", "RTF"]
        if all(one.way.compute_s is None for one in scored):
            header, rows = header[:-1], [row[:-1] for row in rows]
        said = sum(error.length for error in scored[0].errors)
        what = "characters" if self.by_character else "words"
        collector.tables.append(Table(f"{self.name}: {len(self.clips)} clips, {said} {what}", header, rows))

    def worst(self, one: Scored) -> Table:
        """The ten clips with the highest rate, of equals those with more errors first."""
        order = sorted(
            range(len(self.clips)),
            key=lambda at: (-one.errors[at].percent, -one.errors[at].edits, self.clips[at]),
        )
        rows = [
            [self.clips[at], f"{one.errors[at].percent:.0f}", self._references[at], one.texts[at] or "-"]
            for at in order[:_WORST]
            if one.errors[at].edits
        ]
        title = f"{self.name}: the worst of {one.way.name}, as they were compared"
        return Table(title, ["clip", f"{self.unit.upper()} %", "reference", "text"], rows)

    def _add_rate(self, collector: Collector, one: Scored, audio_s: float) -> None:
        rate, count = one.rate, len(self.clips)
        name = f"{self.unit}.{self.name}.{one.way.name}"
        collector.add(Measure(name, rate.value, "%", Kind.RATIO, low=rate.low, high=rate.high, count=count))
        if one.way.compute_s is not None:
            collector.add(
                Measure(f"rtf.{self.name}.{one.way.name}", one.way.compute_s / audio_s, "", Kind.TIME, count=count)
            )

    def _difference(self, name: str, difference: Estimate) -> Measure:
        last, better = (_COSTS[name], Better.LOWER) if name in _COSTS else (f"{name}_less_asrd", Better.NEITHER)
        return Measure(
            f"{self.unit}.{self.name}.{last}",
            difference.value,
            "points",
            Kind.RATIO,
            better,
            difference.low,
            difference.high,
            len(self.clips),
        )

    @staticmethod
    def _row(one: Scored, audio_s: float) -> list[str]:
        together = sum(one.errors, Errors())
        edits = [str(count) for count in (together.substitutions, together.deletions, together.insertions)]
        rtf = "" if one.way.compute_s is None else f"{one.way.compute_s / audio_s:.3f}"
        return [one.way.name, str(one.rate), *edits, rtf]
