"""While finals are always waiting, the others get a bounded share of the recognizer, and finals keep theirs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd.schedule.jobs import Job, Kind, Schedule
from tests.schedule.test_jobs import FIRST, schedule

PASS_S = 0.125  # as a float exactly


def busy(*streams: str) -> Schedule:
    """Streams whose last pass took `PASS_S`, and `a`, which has finals without end."""
    made = schedule("a", *streams)
    for name in streams:
        made.took(Job(name, Kind.PARTIAL), PASS_S)
    for _ in range(1000):
        made.ended("a")
    return made


def handed_out(made: Schedule, count: int, final_s: float, hears: str = "") -> list[Job]:
    jobs = []
    for _ in range(count):
        for name in hears:
            made.heard(name, 100 * FIRST)
        job = made.next()
        assert job is not None
        jobs.append(job)
        made.took(job, final_s if job.kind is Kind.FINAL else PASS_S)
    return jobs


def test_a_partial_has_its_turn_when_finals_had_their_share() -> None:
    jobs = handed_out(busy("b"), 12, final_s=PASS_S, hears="b")
    assert [job.kind for job in jobs] == 2 * [*[Kind.FINAL] * 5, Kind.PARTIAL], "more than four times what a pass takes"


@pytest.mark.parametrize("final_s", [0.001, 0.05, 0.4, 3.0])
def test_finals_lose_no_more_than_a_fifth_of_the_time(final_s: float) -> None:
    jobs = handed_out(busy("b", "c"), 900, final_s, hears="bc")
    partials = sum(job.kind is Kind.PARTIAL for job in jobs)
    assert partials * PASS_S <= 0.25 * (900 - partials) * final_s
    assert partials > 0


def test_the_one_that_waited_longest_has_the_turn_paused_or_not() -> None:
    made = busy("b", "c", "d")
    made.heard("c", 100 * FIRST)
    made.heard("b", 100 * FIRST)
    made.paused("d")
    others = [job for job in handed_out(made, 6, final_s=1.0) if job.kind is not Kind.FINAL]
    assert others == [Job("c", Kind.PARTIAL), Job("b", Kind.PARTIAL), Job("d", Kind.CANDIDATE)]


def test_one_final_that_was_long_gives_no_turn_later() -> None:
    """Only a queue of finals starves the others."""
    made = busy("b")
    made.remove("a")
    made.ended("b")
    made.next()
    made.took(Job("b", Kind.FINAL), 100.0)
    assert made.next() is None
    made.began("b")
    made.add("c")
    made.heard("b", FIRST)
    made.ended("c")
    assert [made.next(), made.next()] == [Job("c", Kind.FINAL), Job("b", Kind.PARTIAL)]


def test_a_stream_whose_final_waits_gets_nothing_before_it() -> None:
    made = busy("b")
    made.began("a")
    made.heard("a", 100 * FIRST)
    assert {job.kind for job in handed_out(made, 500, final_s=10.0)} == {Kind.FINAL}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["heard", "paused", "ended", "next"])), max_size=200))
def test_no_pass_overtakes_a_final_of_its_own_stream(steps: list[tuple[str, str]]) -> None:
    made = schedule("a", "b", "c")
    waiting = dict.fromkeys("abc", 0)
    for name, step in steps:
        if step == "heard":
            made.heard(name, FIRST)
        elif step == "paused":
            made.paused(name)
        elif step == "ended":
            made.ended(name)
            made.began(name)
            waiting[name] += 1
        elif (job := made.next()) is not None:
            assert (waiting[job.stream] > 0) == (job.kind is Kind.FINAL)
            waiting[job.stream] -= job.kind is Kind.FINAL
            made.took(job, 1.0 if job.kind is Kind.FINAL else PASS_S)
