"""The job slots: what comes next, without a thread or a clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asrd.options import PipelineOptions
from asrd.schedule.jobs import Job, Kind, Schedule

OPTIONS = PipelineOptions(interval_ms=250, first_ms=350)
FIRST, INTERVAL = 5600, 4000  # samples


def schedule(*streams: str, options: PipelineOptions = OPTIONS) -> Schedule:
    made = Schedule(options)
    for name in streams:
        made.add(name)
        made.began(name)
    return made


def test_nothing_is_due_of_nothing() -> None:
    made = schedule("a")
    assert made.next() is None
    made.heard("a", FIRST - 1)
    assert made.next() is None


def test_the_first_pass_comes_after_its_own_threshold_then_every_interval() -> None:
    made = schedule("a")
    made.heard("a", FIRST)
    assert made.next() == Job("a", Kind.PARTIAL)
    assert made.next() is None
    made.heard("a", INTERVAL - 1)
    assert made.next() is None
    made.heard("a", 1)
    assert made.next() == Job("a", Kind.PARTIAL)


def test_there_is_one_slot_and_the_newest_wins() -> None:
    made = schedule("a")
    made.heard("a", FIRST)
    made.heard("a", 100 * INTERVAL)
    assert made.next() == Job("a", Kind.PARTIAL)
    assert made.next() is None


def test_a_pass_covers_as_much_as_the_last_one_took() -> None:
    made = schedule("a")
    made.heard("a", FIRST)
    job = made.next()
    assert job is not None
    made.took(job, cost_s=1.0)
    made.heard("a", 15_999)
    assert made.next() is None
    made.heard("a", 1)
    assert made.next() == Job("a", Kind.PARTIAL)


def test_streams_that_share_the_recognizer_wait_for_each_other() -> None:
    made = schedule("a", "b")
    made.heard("a", FIRST)
    job = made.next()
    assert job is not None
    made.took(job, cost_s=1.0)
    made.heard("a", 31_999)
    assert made.next() is None
    made.heard("a", 1)
    assert made.next() == Job("a", Kind.PARTIAL)


def test_the_cost_is_remembered_from_utterance_to_utterance() -> None:
    made = schedule("a")
    made.heard("a", FIRST)
    job = made.next()
    assert job is not None
    made.took(job, cost_s=2.0)
    made.ended("a")
    made.next()
    made.began("a")
    made.heard("a", FIRST)
    assert made.next() == Job("a", Kind.PARTIAL), "the first pass does not wait"
    made.heard("a", INTERVAL)
    assert made.next() is None
    made.heard("a", 32_000 - INTERVAL)
    assert made.next() == Job("a", Kind.PARTIAL)


def test_finals_come_first_and_in_order() -> None:
    made = schedule("a", "b", "c")
    made.heard("a", FIRST)
    made.paused("b")
    made.ended("c")
    made.ended("b")
    assert [made.next() for _ in range(4)] == [
        Job("c", Kind.FINAL),
        Job("b", Kind.FINAL),
        Job("a", Kind.PARTIAL),
        None,
    ]


def test_a_candidate_comes_before_partials_and_once() -> None:
    made = schedule("a", "b")
    made.heard("a", FIRST)
    made.heard("b", 1)
    made.paused("b")
    assert [made.next() for _ in range(3)] == [Job("b", Kind.CANDIDATE), Job("a", Kind.PARTIAL), None]


def test_a_resumed_utterance_needs_no_candidate() -> None:
    made = schedule("a")
    made.heard("a", 10)
    made.paused("a")
    made.resumed("a")
    assert made.next() is None
    made.heard("a", FIRST - 10)
    assert made.next() == Job("a", Kind.PARTIAL)


def test_what_was_due_before_the_pause_is_due_after_it() -> None:
    made = schedule("a")
    made.heard("a", FIRST)
    made.paused("a")
    made.resumed("a")
    assert made.next() == Job("a", Kind.PARTIAL)


def test_the_stream_that_waited_longest_is_next() -> None:
    made = schedule("a", "b", "c")
    for name in ("b", "c", "a"):
        made.heard(name, FIRST)
    made.heard("a", 10 * FIRST)
    assert [job.stream for job in (made.next(), made.next(), made.next()) if job] == ["b", "c", "a"]


def test_without_partials_only_candidates_and_finals() -> None:
    made = schedule("a", options=PipelineOptions(partials=False))
    made.heard("a", 100 * FIRST)
    assert made.next() is None
    made.paused("a")
    assert made.next() == Job("a", Kind.CANDIDATE)
    made.set_partials("a", partials=True)
    made.resumed("a")
    made.heard("a", INTERVAL)
    assert made.next() == Job("a", Kind.PARTIAL)


def test_a_cancelled_pass_is_due_again_unless_the_utterance_is_over() -> None:
    made = schedule("a")
    made.heard("a", FIRST)
    job = made.next()
    assert job is not None
    made.cancelled(job)
    assert made.next() == job
    made.ended("a")
    made.cancelled(job)
    assert [made.next(), made.next()] == [Job("a", Kind.FINAL), None]


def test_a_stream_that_is_gone_is_due_for_nothing() -> None:
    made = schedule("a", "b")
    made.heard("a", FIRST)
    made.ended("a")
    made.ended("b")
    made.remove("a")
    assert [made.next(), made.next()] == [Job("b", Kind.FINAL), None]
    made.took(Job("a", Kind.PARTIAL), 1.0)
    made.cancelled(Job("a", Kind.PARTIAL))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 20_000), st.floats(0.0, 3.0)), max_size=60))
def test_passes_never_take_longer_than_the_audio_that_they_cover(steps: list[tuple[str, int, float]]) -> None:
    """However long passes take, the time between two of them is at least the time that the last one took."""
    made = schedule("a", "b", "c")
    fresh = dict.fromkeys("abc", 0)
    costs: dict[str, float] = {}
    for name, samples, cost_s in steps:
        made.heard(name, samples)
        fresh[name] += samples
        while (job := made.next()) is not None:
            assert fresh[job.stream] >= 16_000 * 3 * costs.get(job.stream, 0.0) - 1
            made.took(job, cost_s)
            costs[job.stream] = cost_s
            fresh[job.stream] = 0


def test_a_stream_with_many_finals_does_not_hold_up_another() -> None:
    made = schedule("a", "b")
    for _ in range(20):
        made.began("a")
        made.ended("a")
    made.ended("b")
    order = [job.stream for _ in range(21) if (job := made.next()) is not None]
    assert order == ["a", "b", *["a"] * 19]
