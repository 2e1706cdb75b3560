from __future__ import annotations

from asrd.hub.liveness import Liveness, Verdict


def test_a_talking_client_is_left_alone() -> None:
    liveness = Liveness(0.0, 20.0, 10.0)
    for now_s in range(0, 200, 15):
        liveness.heard(float(now_s))
        assert liveness.verdict(now_s + 14.9) is Verdict.FINE


def test_a_silent_one_is_pinged_once_and_then_gone() -> None:
    liveness = Liveness(0.0, 20.0, 10.0)
    assert liveness.verdict(19.9) is Verdict.FINE
    assert liveness.verdict(20.0) is Verdict.PING
    assert liveness.verdict(25.0) is Verdict.FINE
    assert liveness.verdict(29.9) is Verdict.FINE
    assert liveness.verdict(30.0) is Verdict.GONE


def test_an_answer_begins_anew() -> None:
    liveness = Liveness(0.0, 20.0, 10.0)
    assert liveness.verdict(20.0) is Verdict.PING
    liveness.heard(21.0)
    assert liveness.verdict(40.9) is Verdict.FINE
    assert liveness.verdict(41.0) is Verdict.PING


def test_silence_while_nothing_is_read_does_not_count() -> None:
    liveness = Liveness(0.0, 20.0, 10.0)
    assert liveness.verdict(20.0) is Verdict.PING
    for now_s in range(25, 300, 5):
        liveness.excuse(float(now_s))
        assert liveness.verdict(float(now_s)) is Verdict.FINE
    assert liveness.verdict(315.0) is Verdict.PING
