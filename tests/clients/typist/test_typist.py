from __future__ import annotations

import pytest

from asrd_clients.typist.settings import Erase, FocusRule, Mode, Say, Seen, Settings, Type
from asrd_clients.typist.typist import Typist
from tests.clients.typist.editor import Desk, PlainRules

LIVE = Settings(mode=Mode.LIVE)
COMMITTED = Settings(mode=Mode.LIVE_COMMITTED)


class TestFinals:
    def test_types_finals_alone(self) -> None:
        desk = Desk()
        assert desk.partial("Hello", " world") == []
        assert desk.final("Hello world.") == [Type("Hello world.")]
        assert desk.final("And more.", 2) == [Type(" And more.")]

    def test_types_no_final_twice(self) -> None:
        desk = Desk()
        desk.final("one")
        assert desk.final("one") == []
        desk.hear(type="hello", run="r", session="main", state="listening")
        assert desk.final("one") == []
        assert desk.partial("one") == []

    def test_counts_anew_after_the_daemon_was_started_again(self) -> None:
        desk = Desk()
        desk.final("one")
        desk.hear(type="hello", run="other", session="main", state="listening")
        assert desk.final("two") == [Type(" two")]

    def test_without_a_backspace_only_finals_are_typed(self) -> None:
        desk = Desk(Settings(mode=Mode.LIVE, can_erase=False))
        assert desk.partial("Hello") == []
        assert desk.final("Hello.") == [Type("Hello.")]

    def test_malformed_messages_type_nothing(self) -> None:
        desk = Desk(LIVE)
        for message in (
            {"type": "final"},
            {"type": "final", "utterance": "1", "text": "a"},
            {"type": "final", "utterance": True, "text": "a"},
            {"type": "final", "utterance": 1, "text": None},
            {"type": "partial", "utterance": 2, "committed": 3, "tail": []},
            {"type": "nothing"},
            {},
        ):
            assert desk.hear(**message) == []


class TestLive:
    def test_types_the_tail_and_corrects_it(self) -> None:
        desk = Desk(LIVE)
        assert desk.partial("", "hello whirled") == [Type("hello whirled")]
        assert desk.partial("hello", " world") == [Erase(6), Type("orld")]
        assert desk.final("hello world.") == [Type(".")]
        assert desk.text == "hello world."

    def test_a_partial_that_changes_nothing_types_nothing(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "hello")
        assert desk.partial("hello", "") == []
        assert desk.final("hello") == []

    def test_a_shorter_text_is_only_erased(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "hello there")
        assert desk.partial("", "hello") == [Erase(6)]

    def test_a_dropped_utterance_is_taken_back(self) -> None:
        desk = Desk(LIVE)
        desk.final("Before.")
        desk.partial("", "noise", 2)
        assert desk.dropped(2) == [Erase(6)]
        assert desk.text == "Before."

    def test_a_dropped_utterance_stays_where_the_user_has_typed_since(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "noise")
        desk.user_types("x")
        assert desk.dropped() == []
        assert desk.text == "noisex"

    def test_never_corrects_an_earlier_utterance(self) -> None:
        desk = Desk(LIVE)
        desk.final("One.")
        desk.partial("", "two", 2)
        desk.final("", 2)
        assert desk.text == "One."

    @pytest.mark.parametrize("unknown", ["knows_focus", "knows_acts"])
    def test_never_erases_where_the_desktop_tells_too_little(self, unknown: str) -> None:
        desk = Desk(LIVE, knows_focus=unknown != "knows_focus", knows_acts=unknown != "knows_acts")
        desk.partial("hello big wide world how are", "x")
        desk.partial("hello big wild world how are you", "")
        desk.final("hello big wild world how are you")
        assert not any(isinstance(done, Erase) for done in desk.done)
        assert sum(isinstance(done, Say) for done in desk.done) == 1, "told once"

    @pytest.mark.parametrize(
        ("old", "new", "operations"),
        [
            ("日本", "日本語", [Type("語")]),
            ("日木", "日本", [Erase(1), Type("本")]),
            ("cafe", "cafe\u0301", [Erase(1), Type("é")]),
            ("ok 😀", "ok 😃", [Erase(1), Type("😃")]),
            ("한국", "한글", [Erase(1), Type("글")]),
            ("сырок", "сырой", [Erase(1), Type("й")]),
        ],
    )
    def test_counts_characters_as_a_user_does(self, old: str, new: str, operations: list[object]) -> None:
        desk = Desk(LIVE)
        desk.partial("", old)
        assert desk.partial("", new) == operations
        assert desk.text == new.replace("e\u0301", "é")

    @pytest.mark.parametrize(
        "unsure",
        ["👨‍👩‍👧", "🇫🇷", "👍🏽", "नमस्ते", "ที่นี่", "❤️", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"],
    )
    @pytest.mark.parametrize("deletes_whole", [True, False])
    def test_what_no_backspace_is_sure_of_is_typed_when_it_has_settled(
        self, unsure: str, *, deletes_whole: bool
    ) -> None:
        desk = Desk(LIVE, deletes_whole=deletes_whole)
        desk.partial("", f"ok {unsure} x")
        assert unsure not in desk.text
        desk.partial("", "ok yes")
        assert desk.text == "ok yes"
        desk.partial(f"ok {unsure} and then some more words", "")
        assert desk.text.startswith(f"ok {unsure}")
        desk.final(f"ok {unsure} and then some more words.")
        assert desk.text == f"ok {unsure} and then some more words."
        assert not desk.erased_of_others

    def test_return_is_pressed_for_good_only(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "dear all new line we")
        assert desk.text == "dear all"
        desk.partial("dear all new line we meet at noon", "")
        assert desk.text == "dear all\nwe meet at noon"


class TestCommitted:
    def test_only_appends(self) -> None:
        desk = Desk(COMMITTED)
        desk.partial("one two three four five", " sics")
        assert desk.text == "one two three"
        desk.final("one two three four five six")
        assert desk.text == "one two three four five six"
        assert not any(isinstance(done, Erase) for done in desk.done)

    def test_a_command_that_comes_in_parts_is_no_text(self) -> None:
        desk = Desk(COMMITTED)
        for committed in ("all new", "all new line", "all new line we", "all new line we go on from here"):
            desk.partial(committed)
        assert desk.text == "all\nwe go on"

    def test_a_final_that_differs_is_counted_word_by_word(self) -> None:
        desk = Desk(COMMITTED)
        desk.partial("the whether is fine today and so", "")
        desk.final("the weather is fine today and so are we")
        assert desk.text == "the whether is fine today and so are we"

    def test_what_stands_there_otherwise_than_it_counts_is_never_taken_back(self) -> None:
        desk = Desk(COMMITTED)
        desk.user_types("mine")
        desk.final("Before.")
        desk.partial("a b c d", utterance=2)
        desk.final("much longer words here", 2)
        assert desk.text == "mineBefore. a b words here"
        desk.final("scratch that", 3)
        assert desk.text == "mineBefore. a b words here"
        assert len(desk.said) == 1

    def test_nor_is_anything_before_it(self) -> None:
        desk = Desk(COMMITTED)
        desk.final("Before.")
        desk.partial("one two three four", utterance=2)
        desk.partial("and so on and on", utterance=2)
        desk.final("scratch that", 2)
        assert not any(isinstance(done, Erase) for done in desk.done)
        assert len(desk.said) == 1


class TestTouched:
    def test_stops_correcting_when_the_user_types_but_types_the_rest(self) -> None:
        desk = Desk(LIVE)
        desk.partial("hello", " whirled")
        desk.user_types("!")
        desk.partial("hello world", "")
        assert desk.text == "hello whirled!"
        desk.final("hello world how are you")
        assert desk.text == "hello whirled! how are you"
        assert not any(isinstance(done, Erase) for done in desk.done)

    def test_the_next_utterance_is_corrected_again(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "one")
        desk.user_types("\n")
        desk.final("one")
        desk.partial("", "too", 2)
        assert desk.final("two", 2) == [Erase(2), Type("wo")]

    def test_what_the_user_did_before_the_first_character_does_not_matter(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "")
        desk.user_types("a")
        desk.partial("", "too")
        assert desk.final("two") == [Erase(2), Type("wo")]

    def test_the_space_after_the_last_utterance_is_not_the_users_affair(self) -> None:
        desk = Desk()
        desk.final("One.")
        desk.user_types("\n")
        assert desk.final("Two.", 2) == [Type("Two.")]

    def test_a_shortcut_for_the_microphone_keeps_the_spacing(self) -> None:
        desk = Desk()
        desk.final("One.")
        desk.acts += 3
        desk.status("paused")
        desk.acts += 3
        desk.status("listening")
        assert desk.final("Two.", 2) == [Type(" Two.")]
        desk.acts += 2
        assert desk.final("scratch that", 3)[0] == Erase(5) or desk.said, "but it counts as a touch"
        assert desk.text == "One. Two."

    def test_a_count_that_begins_anew_is_a_touch(self) -> None:
        desk = Desk()
        desk.user_types("abc")
        desk.final("One.")
        desk.acts = 0
        desk.final("scratch that", 2)
        assert desk.text == "abcOne."

    def test_our_own_hotkey_is_no_touch(self) -> None:
        desk = Desk()
        desk.final("One.")
        desk.acts += 3
        desk.typist.forgive(3, desk.acts)
        desk.final("scratch that", 2)
        assert desk.text == ""

    @pytest.mark.parametrize("before", ["", "a", "abcd"])
    @pytest.mark.parametrize("after", ["", "b"])
    def test_the_hotkey_forgives_nothing_but_itself(self, before: str, after: str) -> None:
        desk = Desk()
        desk.final("One.")
        desk.user_types(before)
        desk.acts += 3
        desk.typist.forgive(3, desk.acts)
        desk.user_types(after)
        desk.final("scratch that", 2)
        assert desk.text == ("" if not before + after else "One." + before + after)

    def test_a_hotkey_that_was_seen_already_forgives_nothing_later(self) -> None:
        desk = Desk(Settings(mode=Mode.LIVE))
        desk.acts += 3
        desk.status("listening")
        desk.typist.forgive(3, desk.acts)
        desk.partial("", "hello wrold")
        desk.user_types("x")
        desk.partial("", "hello there")
        assert desk.erased_of_others == []
        assert "x" in desk.text


class TestFocus:
    @pytest.mark.parametrize("mode", list(Mode))
    def test_an_utterance_stays_with_its_window(self, mode: Mode) -> None:
        desk = Desk(Settings(mode=mode))
        desk.partial("hello my dear old", " world")
        before = desk.text
        desk.focus_moves("B")
        desk.partial("hello my dear old world and", " more")
        desk.final("hello my dear old world and more")
        assert (desk.text, desk.windows["B"].text) == (before, "")
        assert len(desk.said) == 1
        assert str(len("hello my dear old world and more"[len(before) :].strip())) in desk.said[0]
        assert "hello" not in desk.said[0]
        assert "world" not in desk.said[0]
        desk.final("next", 2)
        assert desk.windows["B"].text == "next"

    @pytest.mark.parametrize("mode", list(Mode))
    def test_or_goes_along(self, mode: Mode) -> None:
        desk = Desk(Settings(mode=mode, focus=FocusRule.FOLLOW))
        desk.partial("hello my dear old", " world")
        before = desk.text
        desk.focus_moves("B")
        desk.final("hello my dear old world and more")
        assert desk.text == before
        assert before + desk.windows["B"].text == "hello my dear old world and more"

    def test_who_comes_back_gets_the_rest(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "hello")
        desk.focus_moves("B")
        desk.partial("hello", " wor")
        desk.focus_moves("A")
        desk.final("hello world")
        assert (desk.text, desk.windows["B"].text) == ("hello world", "")

    def test_a_window_that_steals_the_focus_between_two_operations_is_safe(self) -> None:
        desk = Desk(LIVE)
        desk.windows["B"].insert("precious", "u")
        desk.partial("", "hello whirled")
        desk.typist.hear({"type": "partial", "utterance": 1, "committed": "", "tail": "hello world"}, desk.seen)
        erase = desk.typist.next(desk.seen)
        assert erase == Erase(6)
        desk.focus_moves("B")  # before it was carried out
        desk.settle()
        desk.final("hello world")
        assert desk.windows["B"].text == "precious"

    def test_a_tab_of_our_own_leads_on(self) -> None:
        desk = Desk(LIVE)
        desk.partial("name tab street and number and town", "")
        assert desk.text == "name\tstreet and number and town"
        desk.focus_moves("B")
        desk.final("name tab street and number and town and country")
        assert desk.windows["B"].text == " and country"

    def test_but_a_click_of_the_users_is_another_matter(self) -> None:
        desk = Desk(LIVE)
        desk.partial("name tab street and number and town", "")
        desk.focus_moves("B")
        desk.user_clicks(0)
        desk.final("name tab street and number and town and country")
        assert desk.windows["B"].text == ""

    def test_a_tab_of_an_earlier_utterance_is_no_excuse(self) -> None:
        desk = Desk()
        desk.final("one tab two")
        desk.partial("", "three", 2)
        desk.focus_moves("B")
        desk.final("three four", 2)
        assert desk.windows["B"].text == ""

    def test_an_unknown_focus_at_first_is_no_other_window(self) -> None:
        desk = Desk(knows_focus=False)
        desk.partial("", "hello")
        desk.knows_focus = True
        desk.final("hello")
        assert desk.text == "hello"


class TestTakingBack:
    def test_takes_back_what_it_typed(self) -> None:
        desk = Desk()
        desk.user_types("mine ")
        desk.final("One.")
        desk.final("Two.", 2)
        assert desk.final("scratch that", 3) == [Erase(5)]
        assert desk.text == "mine One."
        desk.final("Three.", 4)
        desk.final("scratch that", 5)
        desk.final("scratch that", 6)
        assert desk.text == "mine "
        assert desk.said == []

    def test_in_live_mode_too(self) -> None:
        desk = Desk(LIVE)
        desk.final("One.")
        desk.partial("", "scratch", 2)
        assert desk.text == "One. scratch"
        desk.final("scratch that", 2)
        assert desk.text == ""

    @pytest.mark.parametrize(
        "what", ["types", "clicks", "moves", "nothing known", "no keys known", "nothing typed", "a tab", "unsure"]
    )
    def test_else_it_does_nothing_and_says_so(self, what: str) -> None:
        desk = Desk(knows_focus=what != "nothing known", knows_acts=what != "no keys known")
        desk.user_types("mine ")
        if what != "nothing typed":
            desk.final({"a tab": "One tab two", "unsure": "One 👍🏽"}.get(what, "One."))
        before = desk.text
        if what == "types":
            desk.user_types("x")
            before += "x"
        elif what == "clicks":
            desk.user_clicks(3)
        elif what == "moves":
            desk.focus_moves("B")
        operations = desk.final("scratch that", 2)
        assert len(operations) == 1
        assert isinstance(operations[0], Say)
        assert "nothing was taken back" in operations[0].sentence
        assert desk.text == before
        assert desk.final("Three.", 3), "and goes on"

    def test_nothing_is_erased_if_the_user_is_quicker(self) -> None:
        desk = Desk()
        desk.final("One.")
        desk.typist.hear({"type": "final", "utterance": 2, "text": "scratch that"}, desk.seen)
        assert desk.typist.next(desk.seen) == Erase(4)
        desk.user_types("x")
        assert [type(one) for one in desk.settle()] == [Say]
        assert desk.text == "One.x"

    def test_what_follows_is_fitted_to_what_is_left(self) -> None:
        desk = Desk()
        desk.final("One.")
        desk.final("Two.", 2)
        assert desk.final("scratch that Three.", 3) == [Erase(3), Type("hree.")]
        assert desk.text == "One. Three."
        desk.final("scratch that Four.", 4)
        desk.final("scratch that", 5)
        assert desk.text == "One."

    @pytest.mark.parametrize("erased", [0, 2, 4])
    def test_no_word_is_lost_if_the_user_is_quicker(self, erased: int) -> None:
        desk = Desk()
        desk.final("One.")
        desk.typist.hear({"type": "final", "utterance": 2, "text": "scratch that Hello"}, desk.seen)
        erase = desk.typist.next(desk.seen)
        assert erase == Erase(4)
        desk.carry_out(Erase(erased)) if erased else None
        desk.typist.did(erase, erased)
        desk.user_types("x")
        desk.settle()
        assert desk.text == "One."[: 4 - erased] + "xHello"
        assert len(desk.said) == (erased < 4)

    def test_a_line_break_can_be_taken_back(self) -> None:
        desk = Desk()
        desk.final("One new line two")
        assert desk.text == "One\ntwo"
        desk.final("scratch that", 2)
        assert desk.text == ""


class TestOrder:
    def test_a_partial_of_the_next_waits_for_the_final_of_this(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "won")
        assert desk.partial("", "two", 2) == []
        assert desk.partial("", "too", 2) == []
        desk.final("one")
        assert desk.text == "one too"
        desk.final("two", 2)
        assert desk.text == "one two"

    def test_a_final_of_the_next_ends_this(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "one")
        desk.final("two", 2)
        assert desk.text == "one two"
        assert desk.final("one", 1) == []

    def test_after_a_lost_connection_the_next_partial_ends_this(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "one")
        desk.hear(type="hello", run="r", session="main", state="listening")
        desk.partial("", "two", 2)
        assert desk.text == "one two"

    def test_after_a_lost_connection_the_same_utterance_goes_on(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "won")
        desk.hear(type="hello", run="r", session="main", state="listening")
        desk.partial("", "one")
        desk.partial("", "two", 2)
        desk.final("one.")
        assert desk.text == "one. two"

    def test_a_final_that_came_too_late_is_not_typed(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "one")
        assert desk.hear(type="missed", utterance=1) == []
        assert desk.final("one more", 1) == []
        desk.final("two", 2)
        assert desk.text == "one two"

    def test_a_final_out_of_order_is_told(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "two", 2)
        desk.final("one")
        assert len(desk.said) == 1

    def test_dropped_before_anything_was_typed(self) -> None:
        desk = Desk()
        desk.partial("", "x", 3)
        assert desk.dropped(3) == []
        assert desk.final("late", 3) == []
        assert desk.final("four", 4) == [Type("four")]

    def test_the_end_of_the_session_leaves_what_was_typed(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "one")
        assert desk.hear(type="closed") == []
        assert desk.text == "one"


class TestFailures:
    def test_a_failed_operation_is_not_tried_again_and_nothing_is_erased_after_it(self) -> None:
        desk = Desk(LIVE)
        desk.partial("", "hello")
        desk.typist.hear({"type": "partial", "utterance": 1, "committed": "", "tail": "hallo"}, desk.seen)
        operation = desk.typist.next(desk.seen)
        assert operation == Erase(4)
        desk.typist.failed(operation)
        desk.final("hallo all")
        assert desk.text == "hello all"

    def test_text_that_was_not_typed_is_told_without_being_shown(self) -> None:
        typist = Typist(Settings(), PlainRules())
        typist.hear({"type": "final", "utterance": 1, "text": "secret"}, Seen("A", 0))
        operation = typist.next(Seen("A", 0))
        assert operation == Type("secret")
        typist.failed(operation)
        said = typist.next(Seen("A", 0))
        assert isinstance(said, Say)
        assert "6 characters" in said.sentence
        assert "secret" not in said.sentence
        assert typist.next(Seen("A", 0)) is None

    def test_a_part_that_was_typed_is_not_typed_again(self) -> None:
        typist = Typist(Settings(), PlainRules())
        typist.hear({"type": "final", "utterance": 1, "text": "hello"}, Seen("A", 0))
        operation = typist.next(Seen("A", 0))
        assert operation is not None
        typist.did(operation, 2)
        assert typist.next(Seen("A", 1)) == Type("llo")

    def test_giving_up_is_told(self) -> None:
        typist = Typist(Settings(), PlainRules())
        typist.hear({"type": "final", "utterance": 1, "text": "hello"}, Seen("A", 0))
        assert typist.next(Seen("A", 0)) == Type("hello")
        typist.give_up()
        said = typist.next(Seen("A", 0))
        assert isinstance(said, Say)
        assert "5 characters" in said.sentence

    def test_a_megabyte_is_cut_and_told(self) -> None:
        desk = Desk()
        desk.final("a" * 1_000_000)
        assert len(desk.text) == 10_000
        assert "990000" in desk.said[0]


def test_other_rules_hold_from_the_next_message_on() -> None:
    class Loud(PlainRules):
        def render(self, text: str, *rest: object, **more: object):  # type: ignore[no-untyped-def]
            rendered = super().render(text, *rest, **more)  # type: ignore[arg-type]
            return type(rendered)(rendered.take_back, rendered.text.upper())

    desk = Desk(LIVE)
    desk.partial("", "hello")
    desk.typist.use(Loud())
    desk.final("hello")
    assert desk.text == "HELLO"


def test_without_return_a_line_feed_is_a_space() -> None:
    desk = Desk(Settings(enter=False))
    desk.final("ls new line rm")
    assert desk.text == "ls rm"


def test_the_full_stop_of_a_partial_does_not_flicker() -> None:
    desk = Desk(LIVE)
    assert desk.partial("", "Good morning.") == [Type("Good morning")]
    assert desk.partial("", "Good morning, you?") == [Type(", you")]
    assert desk.partial("", "Good morning, you.") == []
    assert desk.final("Good morning, you.") == [Type(".")]
