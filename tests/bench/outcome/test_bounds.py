"""Bounds: what a bench promises, and what a command line adds."""

from __future__ import annotations

import math

import pytest

from asrd.bench.outcome.bounds import check_names, parse_bound, with_bounds
from asrd.bench.outcome.result import Bound
from asrd.errors import ConfigError
from tests.bench.outcome.results import measure, result


@pytest.mark.parametrize(
    ("text", "name", "bound"),
    [
        ("wer.demo<=0.2", "wer.demo", Bound(at_most=0.2)),
        (" kept >= 1 ", "kept", Bound(at_least=1.0)),
        ("x<=-1e3", "x", Bound(at_most=-1000.0)),
    ],
)
def test_a_bound_is_read(text: str, name: str, bound: Bound) -> None:
    parsed = parse_bound(text)
    assert (parsed.name, parsed.bound) == (name, bound)


@pytest.mark.parametrize("text", ["", "a", "a<1", "a=1", "<=1", "a<=", "a<=b", "a<=nan", "a>=inf", "a<=1<=2"])
def test_what_is_no_bound_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no bound such as"):
        parse_bound(text)


@pytest.mark.parametrize(
    ("bound", "value", "is_kept"),
    [
        (Bound(at_most=2.0), 2.0, True),
        (Bound(at_most=2.0), 2.1, False),
        (Bound(at_least=2.0), 2.0, True),
        (Bound(at_least=2.0), 1.9, False),
        (Bound(at_most=3.0, at_least=2.0), 1.0, False),
        (Bound(at_most=2.0), None, False),
        (Bound(at_least=0.0), math.nan, False),
        (None, None, True),
    ],
)
def test_a_bound_holds_what_it_says(bound: Bound | None, value: float | None, is_kept: bool) -> None:
    one = measure(value, bound=bound)
    assert one.is_kept is is_kept
    assert result(one).broken() == ([] if is_kept else [one])


def test_a_bound_joins_that_of_the_bench_and_replaces_the_same_side() -> None:
    stated = result(measure(3.0, bound=Bound(at_most=5.0)), measure(1.0, name="free"))
    joined = with_bounds(stated, [parse_bound("final.p95>=2"), parse_bound("free<=0")])
    assert joined.measure("final.p95").bound == Bound(at_most=5.0, at_least=2.0)
    assert [one.name for one in joined.broken()] == ["free"]
    assert with_bounds(stated, [parse_bound("final.p95<=2")]).measure("final.p95").bound == Bound(at_most=2.0)
    assert [one.name for one in joined.measures] == ["final.p95", "free"]


def test_an_unknown_name_is_told_with_one_like_it() -> None:
    known = result(measure(1.0))
    check_names(known, [parse_bound("final.p95<=1")])
    with pytest.raises(ConfigError, match=r"no 'final\.p59'; did you mean final\.p95\?"):
        check_names(known, [parse_bound("final.p59<=1")])
    with pytest.raises(ConfigError, match="no 'zzz'; --json shows all names"):
        check_names(known, [parse_bound("zzz<=1")])
    assert with_bounds(known, [parse_bound("zzz<=1")]) == known
