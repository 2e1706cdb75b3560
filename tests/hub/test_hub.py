from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.events import ClosedEvent, DroppedEvent, FinalEvent, GapEvent, SessionEvent, State, StatusEvent
from asrd.hub.hub import Hub, HubLimits, Told
from asrd.wire.commands import MAIN
from asrd.wire.messages import Greeting, ModelInfo, error
from tests.hub.events import final, level, partial
from tests.wire.schemas import valid_message

GREETING = Greeting("1", ModelInfo("nano"), "run")


def hub_of(clients: int = 1, limits: HubLimits = HubLimits()) -> Hub:  # noqa: B008 - it is frozen
    """A hub whose clients 1, 2... have read their `hello`."""
    hub = Hub(GREETING, limits)
    for client in range(1, clients + 1):
        hub.connect(client)
        received(hub, client)
    return hub


def received(hub: Hub, client: int = 1) -> list[dict[str, Any]]:
    messages = []
    while (frame := hub.next_frame(client)) is not None:
        messages.append(valid_message(frame))
    return messages


def shapes(hub: Hub, client: int = 1) -> list[tuple[str, object]]:
    return [(message["type"], message.get("utterance")) for message in received(hub, client)]


def publish(hub: Hub, *events: SessionEvent) -> Told:
    told = Told()
    for event in events:
        told = hub.publish(event)
    return told


def test_everyone_hears_the_main_session() -> None:
    hub = hub_of(clients=2)
    assert publish(hub, final(1)) == Told(ready=(1, 2))
    assert shapes(hub, 1) == shapes(hub, 2) == [("final", 1)]


def test_hello_comes_first_and_has_the_last_finals_and_what_is_open() -> None:
    hub = hub_of(limits=HubLimits(replay=2))
    status = StatusEvent(MAIN, State.SPEECH, "Somebody speaks.")
    publish(hub, final(1), final(2), final(3), status, partial(4, 1), partial(4, 2))
    hub.connect(2)
    hello, told, open_one = received(hub, 2)
    assert (hello["type"], hello["seq"], hello["state"]) == ("hello", 1, "speech")
    assert [one["utterance"] for one in hello["recent"]] == [2, 3]
    assert told["message"] == "Somebody speaks."
    assert (open_one["type"], open_one["utterance"], open_one["revision"]) == ("partial", 4, 2)


@pytest.mark.parametrize(("replay", "expected"), [(0, []), (1, [3]), (2, [2, 3]), (99, [1, 2, 3]), (None, [1, 2, 3])])
def test_as_many_finals_as_were_asked_for(replay: int | None, expected: list[int]) -> None:
    hub = hub_of()
    publish(hub, final(1), final(2), final(3))
    hub.connect(2, replay=replay)
    assert [one["utterance"] for one in received(hub, 2)[0]["recent"]] == expected


def test_greet_again_for_a_replay() -> None:
    hub = hub_of()
    publish(hub, final(1), final(2))
    received(hub)
    hub.greet(1, 1)
    hello = received(hub)[0]
    assert (hello["seq"], [one["utterance"] for one in hello["recent"]]) == (4, [2])


def test_no_finals_are_kept_if_none_shall_be() -> None:
    hub = hub_of(limits=HubLimits(replay=0))
    publish(hub, final(1))
    hub.connect(2)
    assert received(hub, 2)[0]["recent"] == []


def test_hello_leaves_room_in_the_outbox() -> None:
    hub = hub_of(limits=HubLimits(outbox_bytes=4000, replay=50))
    publish(hub, *(final(number, "x" * 300) for number in range(1, 21)))
    hub.connect(2)
    assert hub.waiting_bytes(2) < 2600
    assert [one["utterance"] for one in received(hub, 2)[0]["recent"]] == [17, 18, 19, 20]


@pytest.mark.parametrize("end", [final(1), DroppedEvent(MAIN, 1)])
def test_what_has_ended_is_not_open(end: SessionEvent) -> None:
    hub = hub_of()
    publish(hub, partial(1, 1), end)
    hub.connect(2)
    assert shapes(hub, 2) == [("hello", None)]


@pytest.mark.parametrize(("end", "kind"), [(final(2), "final"), (DroppedEvent(MAIN, 2), "dropped")])
def test_a_partial_that_was_overtaken_is_not_told(end: SessionEvent, kind: str) -> None:
    hub = hub_of()
    publish(hub, partial(2, 1), end)
    assert publish(hub, partial(2, 2), partial(1, 9)) == Told()
    assert shapes(hub) == [(kind, 2)]
    hub.connect(2)
    assert shapes(hub, 2) == [("hello", None)]


def test_an_older_revision_is_not_told() -> None:
    hub = hub_of()
    publish(hub, partial(1, 2))
    assert publish(hub, partial(1, 2)) == publish(hub, partial(1, 1)) == Told()
    assert [message["revision"] for message in received(hub)] == [2]


def test_a_final_takes_the_place_of_a_partial_that_waits() -> None:
    hub = hub_of()
    publish(hub, partial(1, 1), GapEvent(MAIN, 0, 16_000), final(1))
    assert shapes(hub) == [("gap", None), ("final", 1)]


def test_a_client_without_partials_gets_everything_else() -> None:
    hub = hub_of(clients=2)
    hub.set_options(1, partials=False)
    publish(hub, partial(1, 1), DroppedEvent(MAIN, 1), partial(2, 1), final(2))
    assert shapes(hub, 1) == [("dropped", 1), ("final", 2)]
    publish(hub, partial(3, 1))
    hub.greet(1)
    assert shapes(hub, 1) == [("hello", None)]
    hub.set_options(1, partials=True)
    publish(hub, partial(3, 2))
    assert shapes(hub, 1) == [("partial", 3)]


def test_levels_are_sent_to_those_who_want_them_as_often_as_they_want() -> None:
    hub = hub_of(clients=3)
    assert hub.levels_wanted(MAIN) == 0
    hub.set_options(1, levels_per_s=20)
    hub.set_options(2, levels_per_s=5)
    assert hub.levels_wanted(MAIN) == 20
    counts = [0, 0, 0]
    for _ in range(40):  # two seconds
        hub.publish(level())
        for client in (1, 2, 3):
            counts[client - 1] += len(received(hub, client))
    assert counts == [40, 10, 0]
    hub.disconnect(1)
    assert hub.levels_wanted(MAIN) == 5


def test_a_client_hears_its_own_session_and_no_other() -> None:
    hub = hub_of(clients=2)
    hub.open_session("client-1", owner="somebody")
    hub.subscribe(1, "client-1")
    publish(hub, final(7), final(1, "Mine.", "client-1"))
    hello, mine = received(hub, 1)
    assert (hello["type"], hello["session"], hello["recent"]) == ("hello", "client-1", [])
    assert (mine["text"], mine["seq"]) == ("Mine.", 3)
    assert [message["utterance"] for message in received(hub, 2)] == [7]


def test_a_session_that_does_not_last_is_forgotten_when_it_has_ended() -> None:
    hub = hub_of()
    hub.open_session("client-1", owner="somebody")
    hub.subscribe(1, "client-1")
    publish(hub, final(1, session="client-1"), ClosedEvent("client-1"))
    assert [kind for kind, _ in shapes(hub)] == ["hello", "final", "closed"]
    assert (hub.session_of(1), hub.sessions) == (None, (MAIN,))
    assert publish(hub, final(2, session="client-1")) == Told()
    hub.greet(1)
    assert received(hub) == []


def test_only_lasting_sessions_may_be_heard_by_others() -> None:
    hub = hub_of()
    hub.open_session("client-1", owner="somebody")
    hub.open_session("stage")
    assert [hub.may_be_heard(name) for name in (MAIN, "stage", "client-1", "nowhere")] == [True, True, False, False]


def test_the_main_session_stays_known_after_its_end() -> None:
    hub = hub_of()
    publish(hub, final(1), partial(2, 1), ClosedEvent(MAIN))
    hub.connect(2)
    hello, closed = received(hub, 2)
    assert [one["utterance"] for one in hello["recent"]] == [1]
    assert closed["type"] == "closed"


def test_events_are_kept_though_nobody_listens() -> None:
    hub = Hub(GREETING)
    assert publish(hub, final(1)) == Told()
    hub.connect(1)
    assert [one["utterance"] for one in received(hub)[0]["recent"]] == [1]


def test_an_unknown_session_concerns_nobody() -> None:
    hub = hub_of()
    assert publish(hub, final(1, session="nowhere")) == Told()
    assert hub.sessions == (MAIN,)


def test_a_slow_client_is_named_and_the_others_are_served() -> None:
    hub = hub_of(clients=2, limits=HubLimits(outbox_bytes=1024))
    for number in range(1, 30):
        told = publish(hub, final(number))
        assert [message["utterance"] for message in received(hub, 2)] == [number]
        if told.slow:
            break
    assert told == Told(ready=(2,), slow=(1,))
    assert hub.is_slow(1)
    assert hub.next_frame(1) is None
    assert publish(hub, final(30)) == Told(ready=(2,), slow=(1,))  # until it is disconnected
    hub.disconnect(1)
    assert publish(hub, final(31)) == Told(ready=(2,))


def test_partials_never_make_a_client_slow() -> None:
    hub = hub_of(limits=HubLimits(outbox_bytes=1024))
    for revision in range(1, 1000):
        assert publish(hub, partial(1, revision, "x" * revision)).slow == ()
    assert len(received(hub)) <= 1


def test_answers_are_for_one_client() -> None:
    hub = hub_of(clients=2)
    hub.answer(1, error("bad_value", "why"))
    assert [kind for kind, _ in shapes(hub, 1)] == ["error"]
    assert received(hub, 2) == []


def test_every_session_can_be_given_a_state() -> None:
    hub = hub_of(clients=2)
    hub.open_session("client-1", owner="somebody")
    hub.subscribe(2, "client-1")
    received(hub, 2)
    assert hub.publish_everywhere(State.STOPPING, "Bye.") == Told(ready=(1, 2))
    assert [message["state"] for client in (1, 2) for message in received(hub, client)] == ["stopping", "stopping"]
    assert hub.state(MAIN) is State.STOPPING


def test_disconnect_tells_what_was_dropped_once() -> None:
    hub = hub_of()
    publish(hub, partial(1, 1), partial(1, 2), partial(1, 3))
    assert hub.disconnect(1) == 2
    assert hub.disconnect(1) == 0


def story() -> st.SearchStrategy[list[SessionEvent | None]]:
    """Utterances as the pipeline tells them, with None where the client reads everything that waits."""

    def utterance(number: int) -> st.SearchStrategy[list[SessionEvent | None]]:
        letters = st.text("abc ", max_size=6)
        end = st.sampled_from((final(number), DroppedEvent(MAIN, number)))
        extra = st.sampled_from((None, GapEvent(MAIN, 0, 1), level()))

        def told(parts: list[tuple[str, str, SessionEvent | None]], last: SessionEvent) -> list[SessionEvent | None]:
            events: list[SessionEvent | None] = []
            committed = ""
            for revision, (grown, tail, other) in enumerate(parts, 1):
                committed += grown
                events += [partial(number, revision, committed, tail), other]
            return [*events, last]

        return st.builds(told, st.lists(st.tuples(letters, letters, extra), max_size=6), end)

    def utterances(count: int) -> st.SearchStrategy[list[SessionEvent | None]]:
        one_after_the_other = st.tuples(*map(utterance, range(1, count + 1)))
        return one_after_the_other.map(lambda parts: [event for part in parts for event in part])

    return st.integers(1, 4).flatmap(utterances)


@settings(deadline=None)
@given(story(), st.integers(0, 30))
def test_whatever_is_read_when_committed_only_grows_and_ends_are_complete(
    events: list[SessionEvent | None], connect_at: int
) -> None:
    hub = Hub(GREETING)
    messages: list[dict[str, Any]] = []
    connected_at = min(connect_at, len(events))
    for position, event in enumerate(events):
        if position == connected_at:
            hub.connect(1)
            hub.set_options(1, levels_per_s=10)
        if event is not None:
            hub.publish(event)
        elif position >= connected_at:
            messages += received(hub)
    if connected_at == len(events):
        hub.connect(1)
    messages += received(hub)
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    committed: dict[int, str] = {}
    revisions: dict[int, int] = {}
    ended: set[int] = set()
    for message in messages:
        if message["type"] == "partial":
            utterance = message["utterance"]
            assert utterance not in ended
            assert message["committed"].startswith(committed.get(utterance, ""))
            assert message["revision"] > revisions.get(utterance, 0)
            committed[utterance], revisions[utterance] = message["committed"], message["revision"]
        elif message["type"] in ("final", "dropped"):
            ended.add(message["utterance"])
    recent = {one["utterance"] for one in messages[0]["recent"]}
    finals = {message["utterance"] for message in messages if message["type"] == "final"}
    assert recent | finals == {event.utterance for event in events if isinstance(event, FinalEvent)}
    assert not recent & finals


def test_messages_are_json_without_line_breaks() -> None:
    hub = hub_of()
    publish(hub, final(1, "a\nb"))
    frame = hub.next_frame(1)
    assert frame is not None
    assert b"\n" not in frame
    assert json.loads(frame)["text"] == "a\nb"
