"""What the account of a session finds in scripted messages."""

from __future__ import annotations

from typing import Any

import pytest

from asrd.bench.sets.truth import Speech
from asrd.bench.soak.account import Account, Wrong
from asrd.bench.soak.reference import Expected, compare
from tests.bench.soak.messages import CLOSED, STOPPING, dropped, final, gap, hello, numbered, partial

RATE = 16_000


def taken(*messages: dict[str, Any]) -> Account:
    account = Account("somebody")
    for message in messages:
        account.take(message)
    account.end()
    return account


def wrongs(account: Account) -> list[Wrong]:
    return [finding.wrong for finding in account.findings]


def test_a_session_in_order() -> None:
    account = taken(
        *numbered(
            hello("main"), partial(7, 3.0), final(7, 3.0, 4.0), hello(), partial(1, 0.5), final(1, 0.5, 1.0),
            dropped(2), partial(3, 2.0), final(3, 2.0, 3.0), CLOSED,
            {"type": "error", "code": "unavailable", "message": "-"},
        )
    )  # fmt: skip
    assert account.findings == []
    assert account.session == "client-1"
    assert list(account.finals) == [1, 3]
    assert account.dropped == {2}


@pytest.mark.parametrize(
    ("messages", "wrong"),
    [
        ([hello(), final(2, 1.0, 2.0), CLOSED], Wrong.LOST),  # the first utterance never ended
        ([hello(), final(1, 1.0, 2.0), dropped(3), CLOSED], Wrong.LOST),
        ([hello(), final(1, 1.0, 2.0), final(1, 1.0, 2.0), CLOSED], Wrong.HOLE),
        ([hello(), final(1, 1.0, 2.0), partial(1, 1.0), CLOSED], Wrong.HOLE),
        ([hello(), partial(1, 1.0), CLOSED], Wrong.LOST),
        ([hello(), final(1, 1.0, 2.0)], Wrong.LOST),  # never closed
        ([hello(), CLOSED, final(1, 1.0, 2.0)], Wrong.HOLE),
        ([hello(), CLOSED, CLOSED], Wrong.HOLE),
    ],
)
def test_what_is_missing_or_twice_is_found(messages: list[dict[str, Any]], wrong: Wrong) -> None:
    account = taken(*numbered(*messages))
    assert wrong in wrongs(account)
    assert account.findings[0].who == "somebody"
    assert '"type"' in account.findings[0].sentence  # the last messages are its evidence


def test_what_comes_late_does_not_set_the_numbers_back() -> None:
    ended_twice = [hello(), final(1, 1.0, 2.0), final(2, 3.0, 4.0), final(1, 1.0, 2.0), final(3, 5.0, 6.0), CLOSED]
    assert wrongs(taken(*numbered(*ended_twice))) == [Wrong.HOLE]
    begun_before = [hello(), final(1, 1.0, 2.0), partial(2, 3.0), partial(1, 1.0), CLOSED]
    assert wrongs(taken(*numbered(*begun_before))) == [Wrong.HOLE, Wrong.LOST]


def test_a_hole_in_the_numbers_of_messages() -> None:
    first, second, third = numbered(hello(), final(1, 1.0, 2.0), CLOSED)
    assert wrongs(taken(first, {**second, "seq": 3}, {**third, "seq": 4})) == [Wrong.HOLE]
    assert wrongs(taken(first, second, {**third, "seq": 2})) == [Wrong.HOLE]


def test_an_open_utterance_that_is_told_as_a_gap_is_announced() -> None:
    assert taken(*numbered(hello(), partial(1, 1.0), STOPPING, gap(1.0, 9.0))).findings == []
    assert wrongs(taken(*numbered(hello(), partial(1, 1.0), STOPPING, gap(2.0, 9.0)))) == [Wrong.LOST]
    assert wrongs(taken(*numbered(hello(), partial(1, 1.0), STOPPING, gap(0.0, 1.0)))) == [Wrong.LOST]


@pytest.mark.parametrize(
    ("messages", "is_excused"),
    [
        ([hello(), final(1, 1.0, 2.0), STOPPING, gap(3.0, 9.0)], True),
        ([hello(), STOPPING, gap(1.0, 9.0), {"type": "error", "code": "x", "message": ""}], True),
        ([hello(), final(1, 1.0, 2.0), gap(3.0, 9.0)], False),  # in the middle of it all
        ([hello(), gap(1.0, 2.0), final(1, 3.0, 4.0), STOPPING], False),  # not what was lost at the end
        ([hello(), STOPPING, gap(1.0, 2.0), final(1, 3.0, 4.0)], False),
        ([hello(), STOPPING], False),
        ([hello("main"), gap(1.0, 2.0), hello("client-2"), STOPPING], False),
    ],
)
def test_only_a_daemon_that_stops_may_end_a_session_with_a_gap(
    messages: list[dict[str, Any]], is_excused: bool
) -> None:
    assert wrongs(taken(*numbered(*messages))) == ([] if is_excused else [Wrong.LOST])


def test_who_joins_in_the_middle_misses_nothing_from_there_on() -> None:
    assert taken(*numbered(hello("main"), partial(5, 1.0), final(5, 1.0, 2.0), dropped(6))).findings == []
    assert wrongs(taken(*numbered(hello("main"), final(5, 1.0, 2.0), final(7, 3.0, 4.0)))) == [Wrong.LOST]


def test_speech_that_is_in_nothing() -> None:
    account = taken(*numbered(hello(), final(1, 1.0, 2.0), dropped(2), final(3, 5.0, 6.0), gap(8.0, 9.0), CLOSED))
    before, inside, between, in_gap, after = (
        Speech(start * RATE, end * RATE) for start, end in ((0, 1), (1, 2), (3, 4), (8, 9), (9, 12))
    )
    assert account.uncovered([before, inside, between, in_gap, after]) == [before, between, after]


def test_texts_and_places_that_differ_from_the_offline_ones() -> None:
    def found(*expected: Expected) -> list[Wrong]:
        account = taken(*numbered(hello(), final(1, 1.0, 2.0, "one"), dropped(2), CLOSED))
        compare(account, expected)
        return wrongs(account)

    one, none = Expected(1, RATE, 2 * RATE, "one"), Expected(2, 3 * RATE, 4 * RATE, "")
    assert found(one, none) == []
    assert found(Expected(1, RATE, 2 * RATE, "won"), none) == [Wrong.TEXT]
    assert found(Expected(1, RATE, 2 * RATE + 160, "one"), none) == [Wrong.TEXT]
    assert found(one, Expected(2, 3 * RATE, 4 * RATE, "words")) == [Wrong.TEXT]
    assert found(one, none, Expected(3, 5 * RATE, 6 * RATE, "more")) == [Wrong.LOST]
    assert found(one) == [Wrong.TEXT]
