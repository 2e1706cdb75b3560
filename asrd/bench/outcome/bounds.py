"""Bounds that a command line gives: `wer.demo<=0.2`, `final_equals_offline>=1`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from asrd.bench.outcome.result import Bound, Result
from asrd.errors import ConfigError
from asrd.text.suggest import did_you_mean

_SIDES: Final = {"<=": "at_most", ">=": "at_least"}


@dataclass(frozen=True)
class NamedBound:
    """A bound, and the name of the measure that has to keep it."""

    name: str
    bound: Bound


def parse_bound(text: str) -> NamedBound:
    """Read `NAME<=VALUE` or `NAME>=VALUE`.

    Raises:
        ConfigError: it is neither.
    """
    for sign, side in _SIDES.items():
        name, found, number = text.partition(sign)
        if found and name.strip() and (value := _number(number)) is not None:
            return NamedBound(name.strip(), Bound(**{side: value}))
    raise ConfigError(f"{text!r} is no bound such as 'wer<=0.2' or 'kept>=1'")


def with_bounds(result: Result, bounds: Iterable[NamedBound]) -> Result:
    """The result with these bounds; one that a measure has on the same side already is replaced.

    Names that the result does not have are passed over: see `check_names`.
    """
    measures = {measure.name: measure for measure in result.measures}
    for one in bounds:
        if one.name in measures:
            known = measures[one.name]
            measures[one.name] = replace(known, bound=_joined(known.bound or Bound(), one.bound))
    return replace(result, measures=tuple(measures.values()))


def check_names(result: Result, bounds: Iterable[NamedBound]) -> None:
    """Refuse a bound on what was not measured.

    Raises:
        ConfigError: the result has no measure of that name.
    """
    known = [measure.name for measure in result.measures]
    for one in bounds:
        if one.name not in known:
            raise ConfigError(
                f"--bound: bench {result.bench} has measured no {one.name!r}"
                f"{did_you_mean(one.name, known) or '; --json shows all names'}"
            )


def _joined(known: Bound, given: Bound) -> Bound:
    return Bound(
        known.at_most if given.at_most is None else given.at_most,
        known.at_least if given.at_least is None else given.at_least,
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
