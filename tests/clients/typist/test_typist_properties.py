"""For any course of events, in an editor that knows whose each character is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd_clients.typist.settings import Erase, FocusRule, Mode, Settings
from tests.clients.typist.editor import Desk

WORDS = (
    "one", "two", "to", "too", "tomorrow", "Straße", "été", "naïve", "日本", "日", "語", "мир", "новый", "😀", "12",
    "new line", "a",
)  # fmt: skip
UNSURE = ("👨‍👩‍👧", "🇫🇷", "👍🏽", "नमस्ते", "ที่", "ठीक", "❤️", "tab", "e\u0301\u0323\u0301")
HOSTILE = ("\x1b[2J", "\u202eabc\u202c", "\u200b", "\x08\x08", "\u0301", "\ufeff")

plain_text = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
any_text = st.lists(st.sampled_from(WORDS + UNSURE + HOSTILE) | st.text(max_size=3), max_size=6).map(" ".join)
small = st.integers(1, 3)

Step = Callable[[Desk], object]


def steps(text: st.SearchStrategy[str]) -> st.SearchStrategy[list[Step]]:
    """What may happen, in any order: also what a daemon would not do."""
    return st.lists(
        st.one_of(
            st.builds(lambda c, t, u: lambda desk: desk.partial(c, t, u), text, text, small),
            st.builds(lambda t, u: lambda desk: desk.final(t, u), text | st.just("scratch that"), small),
            st.builds(lambda u: lambda desk: desk.dropped(u), small),
            st.builds(lambda u: lambda desk: desk.hear(type="missed", utterance=u), small),
            st.builds(lambda r: lambda desk: desk.hear(type="hello", run=r, session="main"), st.sampled_from("ab")),
            st.builds(lambda s: lambda desk: desk.status(s), st.sampled_from(("paused", "listening", "idle"))),
            st.builds(lambda t: lambda desk: desk.user_types(t), st.sampled_from(("x", "hello ", "\n", "日"))),
            st.just(Desk.user_deletes),
            st.builds(lambda p: lambda desk: desk.user_clicks(p), st.integers(0, 10)),
            st.builds(lambda w: lambda desk: desk.focus_moves(w), st.sampled_from("AB")),
        ),
        max_size=12,
    )


any_settings = st.builds(
    Settings, st.sampled_from(Mode), st.sampled_from(FocusRule), can_erase=st.booleans(), enter=st.booleans()
)


@given(any_settings, steps(any_text), st.booleans(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_never_erases_what_is_not_its_own(how: Settings, course: list[Step], whole: bool, knows_focus: bool) -> None:
    desk = Desk(how, deletes_whole=whole, knows_focus=knows_focus)
    desk.user_types("mine")
    for step in course:
        step(desk)
    assert desk.erased_of_others == []
    if not (how.can_erase and knows_focus):
        assert not any(isinstance(done, Erase) for done in desk.done)


@given(any_settings, steps(any_text), st.data())
@settings(max_examples=200, deadline=None)
def test_nor_if_the_user_acts_between_two_operations(how: Settings, course: list[Step], data: st.DataObject) -> None:
    desk = Desk(how)
    original = desk.carry_out

    def interrupted(operation: object) -> None:
        original(operation)  # type: ignore[arg-type]
        what = data.draw(st.sampled_from(("", "", "types", "moves", "clicks", "deletes")))
        if what == "types":
            desk.user_types("xy")
        elif what == "moves":
            desk.focus_moves("B" if desk.focus == "A" else "A")
        elif what == "clicks":
            desk.user_clicks(1)
        elif what == "deletes":
            desk.user_deletes()

    desk.carry_out = interrupted  # type: ignore[method-assign]
    desk.user_types("mine")
    for step in course:
        step(desk)
    assert desk.erased_of_others == []


@st.composite
def sessions(draw: st.DrawFn, *, text: st.SearchStrategy[str], is_faithful: bool) -> list[Step]:
    """What a daemon says when nothing goes wrong; faithful: the final begins with what was committed."""
    course: list[Step] = []
    for utterance in range(1, draw(st.integers(1, 4)) + 1):
        final = draw(text)
        words = final.split(" ")
        spoken = words if is_faithful else draw(text).split(" ")
        commits = sorted(draw(st.lists(st.integers(0, len(spoken)), max_size=5)))
        for count in commits:
            committed = " ".join(spoken[:count])
            tail = draw(text)
            course.append(
                partial(Desk.partial, committed=committed, tail=f" {tail}" if committed else tail, utterance=utterance)
            )
        if draw(st.booleans()) and utterance > 1 and not is_faithful:
            course.append(partial(Desk.dropped, utterance=utterance))
        else:
            course.append(partial(Desk.final, text=final, utterance=utterance))
    return course


def finals_alone(course: list[Step]) -> str:
    desk = Desk()
    for step in course:
        if getattr(step, "func", None) is not Desk.partial:
            step(desk)
    return desk.text


@given(sessions(text=plain_text, is_faithful=False))
@settings(max_examples=300, deadline=None)
def test_an_undisturbed_live_session_ends_as_its_finals(course: list[Step]) -> None:
    desk = Desk(Settings(mode=Mode.LIVE))
    for step in course:
        step(desk)
    assert desk.text == finals_alone(course)


@pytest.mark.parametrize("mode", list(Mode))
@given(course=sessions(text=any_text, is_faithful=True), whole=st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_text_in_every_mode(mode: Mode, course: list[Step], whole: bool) -> None:
    desk = Desk(Settings(mode=mode), deletes_whole=whole)
    for step in course:
        step(desk)
    assert desk.text == finals_alone(course)


@st.composite
def talks(draw: st.DrawFn) -> list[Step]:
    """Sessions in which finals differ from what was committed, with "scratch that" between, and a user now and then."""
    course: list[Step] = []
    for utterance in range(1, draw(st.integers(1, 6)) + 1):
        if draw(st.booleans()):
            words = draw(st.lists(st.sampled_from(WORDS + UNSURE), min_size=1, max_size=7))
            course.append(partial(Desk.partial, committed=" ".join(words), tail="", utterance=utterance))
        final = draw(plain_text | any_text | st.just("scratch that"))
        course.append(partial(Desk.final, text=final, utterance=utterance))
        if draw(st.integers(0, 5)) == 0:
            course.append(partial(Desk.user_types, text="x"))
    return course


@given(any_settings, talks(), st.booleans())
@settings(max_examples=600, deadline=None)
def test_takes_back_nothing_but_its_own(how: Settings, course: list[Step], whole: bool) -> None:
    desk = Desk(how, deletes_whole=whole)
    desk.user_types("mine")
    for step in course:
        step(desk)
    assert desk.erased_of_others == []
    assert desk.text.startswith("mine")


@given(any_settings, steps(any_text))
@settings(max_examples=200, deadline=None)
def test_the_same_partial_again_types_nothing(how: Settings, course: list[Step]) -> None:
    desk = Desk(how)
    for step in course:
        step(desk)
    desk.partial("one two", " three", 9)
    assert desk.partial("one two", " three", 9) == []
