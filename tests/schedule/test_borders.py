"""What the schedule must not mix up: who waited longest, whose partials are wanted, which passes count."""

from __future__ import annotations

from asrd.options import PipelineOptions
from asrd.schedule.jobs import Job, Kind, Schedule
from tests.schedule.test_jobs import FIRST, INTERVAL, schedule


def test_more_audio_does_not_cost_a_stream_its_place() -> None:
    made = schedule("a", "b")
    made.heard("a", FIRST)
    made.heard("b", FIRST)
    made.heard("a", 1)
    assert [made.next(), made.next()] == [Job("a", Kind.PARTIAL), Job("b", Kind.PARTIAL)]


def test_a_stopped_pass_does_not_cost_a_stream_its_place() -> None:
    made = schedule("a", "b")
    made.heard("a", FIRST)
    job = made.next()
    assert job is not None
    made.heard("a", INTERVAL)
    made.heard("b", FIRST)
    made.cancelled(job)
    assert [made.next(), made.next()] == [Job("a", Kind.PARTIAL), Job("b", Kind.PARTIAL)]


def test_partials_stay_unwanted_from_utterance_to_utterance() -> None:
    made = schedule("a", options=PipelineOptions(partials=True))
    made.set_partials("a", partials=False)
    made.ended("a")
    assert made.next() == Job("a", Kind.FINAL)
    made.began("a")
    made.heard("a", 100 * FIRST)
    assert made.next() is None


def test_a_stopped_pass_that_is_not_wanted_any_more_does_not_come_again() -> None:
    made = schedule("a")
    made.heard("a", FIRST)
    job = made.next()
    assert job is not None
    made.set_partials("a", partials=False)
    made.cancelled(job)
    assert made.next() is None


def test_what_a_final_took_says_nothing_of_partials() -> None:
    made = schedule("a")
    made.heard("a", FIRST)
    made.next()
    made.took(Job("a", Kind.FINAL), 100.0)
    made.heard("a", INTERVAL)
    assert made.next() == Job("a", Kind.PARTIAL)


def test_what_a_candidate_took_counts_for_partials() -> None:
    made = schedule("a")
    made.paused("a")
    job = made.next()
    assert job == Job("a", Kind.CANDIDATE)
    made.took(job, 1.0)
    made.resumed("a")
    made.heard("a", 15_999)
    assert made.next() is None
    made.heard("a", 1)
    assert made.next() == Job("a", Kind.PARTIAL)


def test_a_stream_that_has_ended_shares_the_recognizer_no_more() -> None:
    made: Schedule = schedule("a", "b")
    made.heard("a", FIRST)
    job = made.next()
    assert job is not None
    made.took(job, 1.0)
    made.ended("b")
    made.next()
    made.heard("a", 16_000)
    assert made.next() == Job("a", Kind.PARTIAL)
