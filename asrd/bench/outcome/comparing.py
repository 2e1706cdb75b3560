"""Two results of one bench side by side: what became better or worse, and what can not be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from asrd.bench.outcome.result import Better, Kind, Measure, Result

# How far figures without a spread may lie apart, as a share of the larger one, and still count as the same. A counter
# is exact. Times of one machine vary by a fifth with what else it does.
TOLERANCES: Final[Mapping[Kind, float]] = {Kind.COUNTER: 0.0, Kind.RATIO: 0.05, Kind.TIME: 0.2, Kind.BYTES: 0.05}
_OF_ONE_MACHINE: Final = (Kind.TIME, Kind.BYTES)
_HARDWARE: Final = ("processor", "cores", "memory")


class Verdict(str, Enum):
    """What the second of two figures is, seen from the first."""

    SAME = "same"
    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"
    NOT_COMPARABLE = "not comparable"
    MISSING = "missing"
    NEW = "new"


@dataclass(frozen=True)
class Compared:
    """One figure twice; `before` is None where it is new, `after` where it is missing."""

    name: str
    before: Measure | None
    after: Measure | None
    verdict: Verdict

    @property
    def ratio(self) -> float | None:
        """How many times the first value the second is; None where that tells nothing."""
        before, after = _value(self.before), _value(self.after)
        return None if before is None or after is None or before == 0 else after / before

    @property
    def difference(self) -> float | None:
        """The second value less the first; None where one is missing."""
        before, after = _value(self.before), _value(self.after)
        return None if before is None or after is None else after - before


@dataclass(frozen=True)
class Comparison:
    """Two results of one bench; `remarks` are sentences about how the two runs differ."""

    name: str
    compared: tuple[Compared, ...]
    remarks: tuple[str, ...]

    def of(self, verdict: Verdict) -> list[Compared]:
        """The figures of this verdict."""
        return [one for one in self.compared if one.verdict is verdict]


def compare(name: str, before: Result, after: Result) -> Comparison:
    """Compare what both results have measured; `name` is what the comparison is called."""
    first = {measure.name: measure for measure in before.measures}
    second = {measure.name: measure for measure in after.measures}
    is_one_machine = all(before.machine.get(part) == after.machine.get(part) for part in _HARDWARE)
    compared = tuple(
        Compared(one, first.get(one), second.get(one), _verdict(first.get(one), second.get(one), is_one_machine))
        for one in {**first, **second}
    )
    return Comparison(name, compared, tuple(_remarks(before, after)))


def _verdict(before: Measure | None, after: Measure | None, is_one_machine: bool) -> Verdict:
    if before is None:
        return Verdict.NEW
    if after is None:
        return Verdict.MISSING
    is_one_thing = (before.unit, before.kind) == (after.unit, after.kind)
    if not is_one_thing or (after.kind in _OF_ONE_MACHINE and not is_one_machine):
        return Verdict.NOT_COMPARABLE
    if _is_same(before, after):
        return Verdict.SAME
    if after.better is Better.NEITHER:
        return Verdict.CHANGED
    return Verdict.BETTER if _is_better(before, after) else Verdict.WORSE


def _is_better(before: Measure, after: Measure) -> bool:
    if before.value is None or after.value is None:  # what was measured before and can not be now is lost
        return before.value is None
    return (after.value < before.value) == (after.better is Better.LOWER)


def _is_same(before: Measure, after: Measure) -> bool:
    """Whether the spreads overlap; where one has no spread, whether they come as near as the tolerance."""
    if before.value is None or after.value is None:
        return before.value is after.value
    gap = max(_low(before), _low(after)) - min(_high(before), _high(after))
    if _has_spread(before) and _has_spread(after):
        return gap <= 0
    return gap <= TOLERANCES[after.kind] * max(abs(before.value), abs(after.value))


def _has_spread(measure: Measure) -> bool:
    """Whether its spread is known; that of a single repeat has no width."""
    return _low(measure) < _high(measure)


def _low(measure: Measure) -> float:
    value = measure.value or 0.0
    return value if measure.low is None else min(measure.low, value)


def _high(measure: Measure) -> float:
    value = measure.value or 0.0
    return value if measure.high is None else max(measure.high, value)


def _value(measure: Measure | None) -> float | None:
    return None if measure is None else measure.value


def _remarks(before: Result, after: Result) -> list[str]:
    """One sentence for each thing in which the two runs differ."""
    remarks = []
    for what, first, second in (
        ("machine is", before.machine, after.machine),
        ("model is", before.model, after.model),
        ("settings are", before.settings, after.settings),
    ):
        if differing := _differing(first, second):
            remarks.append(f"The {what} not the same: {differing}.")
    if before.samples != after.samples:
        remarks.append(f"The samples are not the same: {before.samples} -> {after.samples}.")
    return remarks


def _differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    return ", ".join(f"{name} {first.get(name, 'none')} -> {second.get(name, 'none')}" for name in names)
