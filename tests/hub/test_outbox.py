from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.hub.outbox import Outbox
from asrd.wire.messages import Message, encode
from tests.hub.events import final, level, partial

FINAL, LEVEL = encode(final(1)), encode(level())
ONE = ("main", 1)
TWO = ("main", 2)


def of_size(size: int, kind: str = "final") -> Message:
    empty = Message(kind).size
    return Message(kind, b',"a":"' + b"x" * (size - empty - 7) + b'"')


def sent(outbox: Outbox) -> list[dict[str, Any]]:
    frames = iter(outbox.pop, None)
    return [json.loads(frame) for frame in frames]


def types(outbox: Outbox) -> list[str]:
    return [message["type"] for message in sent(outbox)]


def test_messages_leave_in_order_and_are_numbered_then() -> None:
    outbox = Outbox(10_000)
    for number in range(3):
        outbox.put(encode(final(number + 1)))
    assert [(message["seq"], message["utterance"]) for message in sent(outbox)] == [(1, 1), (2, 2), (3, 3)]
    outbox.put(FINAL)
    assert sent(outbox)[0]["seq"] == 4
    assert outbox.pop() is None


def test_a_newer_partial_takes_the_place_of_an_older_one() -> None:
    outbox = Outbox(10_000)
    outbox.put_partial(ONE, encode(partial(1, 1, "", "Good")))
    outbox.put(LEVEL)
    outbox.put_partial(ONE, encode(partial(1, 2, "Good", " morning")))
    messages = sent(outbox)
    assert [message["type"] for message in messages] == ["level", "partial"]
    assert messages[1]["revision"] == 2
    assert [message["seq"] for message in messages] == [1, 2]
    assert outbox.dropped == 1


def test_partials_of_other_utterances_stay() -> None:
    outbox = Outbox(10_000)
    outbox.put_partial(ONE, encode(partial(1, 1)))
    outbox.put_partial(TWO, encode(partial(2, 1)))
    assert [message["utterance"] for message in sent(outbox)] == [1, 2]


def test_a_partial_that_was_sent_is_not_taken_back() -> None:
    outbox = Outbox(10_000)
    outbox.put_partial(ONE, encode(partial(1, 1)))
    sent(outbox)
    outbox.put_partial(ONE, encode(partial(1, 2)))
    outbox.forget_partial(TWO)
    assert [message["revision"] for message in sent(outbox)] == [2]
    outbox.forget_partial(ONE)
    assert (outbox.waiting_bytes, outbox.dropped) == (0, 0)


def test_one_level_waits_at_most() -> None:
    outbox = Outbox(10_000)
    outbox.put_level(encode(level(-50)))
    outbox.put_level(encode(level(-20)))
    assert [message["rms_db"] for message in sent(outbox)] == [-20.0]
    outbox.put_level(LEVEL)
    assert types(outbox) == ["level"]


def test_levels_go_first_then_partials() -> None:
    outbox = Outbox(1000)
    outbox.put(of_size(400))
    outbox.put_partial(ONE, of_size(300, "partial"))
    outbox.put_level(of_size(200, "level"))
    outbox.put(of_size(300, "gap"))
    assert len(outbox) == 3  # the level is gone
    outbox.put(of_size(200, "status"))
    assert types(outbox) == ["final", "gap", "status"]
    assert not outbox.is_overrun


def test_a_final_that_does_not_fit_overruns() -> None:
    outbox = Outbox(1000)
    outbox.put(of_size(900))
    outbox.put(of_size(101))
    assert outbox.is_overrun
    assert (outbox.pop(), outbox.waiting_bytes) == (None, 0)
    outbox.put(FINAL)
    outbox.put_partial(ONE, encode(partial(1, 1)))
    outbox.put_level(LEVEL)
    assert len(outbox) == 0  # nothing is kept for a client that has to go


def test_a_partial_or_level_that_does_not_fit_is_dropped() -> None:
    outbox = Outbox(1000)
    outbox.put(of_size(900))
    outbox.put_level(of_size(100, "level"))
    outbox.put_partial(ONE, of_size(101, "partial"))
    assert types(outbox) == ["final"]
    assert (outbox.dropped, outbox.is_overrun) == (2, False)


def test_the_limit_itself_fits() -> None:
    outbox = Outbox(1000)
    outbox.put(of_size(900))
    outbox.put(of_size(100))
    assert (outbox.waiting_bytes, outbox.is_overrun) == (1000, False)


def test_an_empty_outbox_takes_any_message() -> None:
    outbox = Outbox(100)
    outbox.put(of_size(5000))
    assert not outbox.is_overrun
    assert types(outbox) == ["final"]


kinds = st.sampled_from(("final", "partial", "level", "pop"))


@settings(deadline=None)
@given(st.lists(st.tuples(kinds, st.integers(1, 3), st.integers(60, 500)), max_size=60), st.integers(100, 1500))
def test_bytes_are_counted_right_whatever_happens(steps: list[tuple[str, int, int]], limit: int) -> None:
    outbox = Outbox(limit)
    expected = 0
    for kind, utterance, size in steps:
        if kind == "final":
            outbox.put(of_size(size))
        elif kind == "partial":
            outbox.put_partial(("main", utterance), of_size(size, kind))
        elif kind == "level":
            outbox.put_level(of_size(size, kind))
        elif (frame := outbox.pop()) is not None:
            expected += 1
            assert json.loads(frame)["seq"] == expected
        assert outbox.waiting_bytes <= limit or len(outbox) == 1
        assert (outbox.waiting_bytes == 0) == (len(outbox) == 0)
    left = len(outbox)
    assert [message["seq"] for message in sent(outbox)] == list(range(expected + 1, expected + 1 + left))
    assert outbox.waiting_bytes == 0
