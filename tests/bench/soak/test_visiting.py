"""What somebody knows who comes and goes."""

from __future__ import annotations

from typing import Any

from asrd.bench.soak.account import Account, Wrong
from asrd.bench.soak.ground import REPLAY
from asrd.bench.soak.visiting import Visitor
from tests.bench.soak.messages import final, hello, numbered

COUNT = 3 * REPLAY


def finals(*numbers: int) -> list[dict[str, Any]]:
    return [final(number, number, number + 0.5, f"text {number}") for number in numbers]


def truth() -> Account:
    account = Account("main")
    for message in numbered(hello("main"), *finals(*range(1, COUNT + 1))):
        account.take(message)
    return account


def test_what_was_missed_comes_with_the_next_greeting() -> None:
    visitor = Visitor("visitor")
    visitor.greeted(finals(1, 2))
    visitor.told(finals(3))
    visitor.greeted(finals(*range(1, 9)))
    assert visitor.compare(truth()) == []
    assert visitor.visits == 2


def test_a_final_that_never_comes_is_found() -> None:
    visitor = Visitor("visitor")
    visitor.told(finals(1, 2, 4))
    assert [one.wrong for one in visitor.compare(truth())] == [Wrong.LOST]
    visitor.told([final(3, 3, 3.5, "another text")])
    assert [one.wrong for one in visitor.compare(truth())] == [Wrong.TEXT]


def test_more_than_is_kept_may_be_missed_and_that_can_be_told() -> None:
    visitor = Visitor("visitor")
    visitor.told(finals(1))
    visitor.greeted(finals(*range(10, 10 + REPLAY)))
    assert visitor.compare(truth()) == []
    assert visitor.missed == [(2, 9)]


def test_fewer_than_are_kept_leave_no_excuse() -> None:
    visitor = Visitor("visitor")
    visitor.told(finals(1))
    visitor.greeted(finals(*range(10, 9 + REPLAY)))
    assert len(visitor.compare(truth())) == 8


def test_who_never_heard_anything_missed_nothing() -> None:
    assert Visitor("visitor").compare(truth()) == []
