"""Cues and their formats: tables of cases."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.text.subtitles import Cue, CueLimits, TimedText, cues_of, spread, timed_words, to_srt, to_vtt
from asrd.values import Word

CUES = [
    Cue(0.0, 1.5, "Hello <b> & goodbye"),
    Cue(1.5, 3.0, "two\n\nlines --> here"),
    Cue(3.0, 4.0, "  \n "),
    Cue(3661.0015, 359_999.9996, "late"),
]


def at(start_s: float, text: str, per_word_s: float = 0.3) -> list[TimedText]:
    words = text.split()
    return [TimedText(word, start_s + i * per_word_s, start_s + (i + 1) * per_word_s) for i, word in enumerate(words)]


def texts(words: list[TimedText], limits: CueLimits | None = None) -> list[str]:
    return [cue.text for cue in cues_of(words, limits or CueLimits())]


class TestFormats:
    def test_srt(self) -> None:
        assert to_srt(CUES) == (
            "1\n00:00:00,000 --> 00:00:01,500\nHello ‹b› & goodbye\n\n"
            "2\n00:00:01,500 --> 00:00:03,000\ntwo\nlines --› here\n\n"
            "3\n01:01:01,002 --> 100:00:00,000\nlate\n"
        )

    def test_vtt(self) -> None:
        assert to_vtt(CUES) == (
            "WEBVTT\n\n"
            "00:00:00.000 --> 00:00:01.500\nHello &lt;b&gt; &amp; goodbye\n\n"
            "00:00:01.500 --> 00:00:03.000\ntwo\nlines --&gt; here\n\n"
            "01:01:01.002 --> 100:00:00.000\nlate\n"
        )

    def test_nothing(self) -> None:
        assert to_srt([]) == ""
        assert to_vtt([]) == "WEBVTT\n"

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            (r"{\an8}top", "(∖an8)top"),
            ("<font size=99>", "‹font size=99›"),
            ("at 0:00:01,5 and 10:20", "at 0∶00∶01,5 and 10:20"),
            ("a\tb\x00c\x1b[31m", "a b c [31m"),
            ("\ufeffx\u202ey\u2066z\u200b\u00ad", "xyz"),
            ("lone \ud800 half", "lone \ufffd half"),
            ("one\u2028two\u0085three", "one two three"),
            ("\ufffe\U0001ffffend", "end"),
            ("م\u200cی 👩\u200d💻 م", "م\u200cی 👩\u200d💻 م"),
        ],
    )
    def test_what_a_player_would_obey_or_trip_over(self, text: str, shown: str) -> None:
        assert to_srt([Cue(0.0, 1.0, text)]).split("\n", 2)[2] == f"{shown}\n"

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("مرحبا بكم.", "مرحبا بكم.\u200f"),
            ("שלום", "שלום"),
            ("IBM היא חברה", "\u200fIBM היא חברה"),
            ("«مرحبا»\nبكم", "\u200f«مرحبا»\u200f\nبكم"),
            ("Hello שלום friends.", "Hello שלום friends."),
            ("12.", "12."),
        ],
    )
    def test_right_to_left(self, text: str, shown: str) -> None:
        """A line's direction does not depend on a Latin word before it, its full stop stands at its end."""
        for made in (to_srt([Cue(0.0, 1.0, text)]).split("\n", 2)[2], to_vtt([Cue(0.0, 1.0, text)]).split("\n", 3)[3]):
            assert made == f"{shown}\n"


class TestCues:
    def test_words_in_two_lines_near_the_middle(self) -> None:
        words = at(0.0, "we went to the harbour and looked at all of the many boats")
        assert cues_of(words) == [Cue(0.0, 3.9, "we went to the harbour\nand looked at all of the many boats")]

    def test_lines_break_after_a_clause(self) -> None:
        words = at(0.0, "because we came late, the harbour was full of boats")
        assert texts(words) == ["because we came late,\nthe harbour was full of boats"]

    def test_lines_do_not_break_after_an_article(self) -> None:
        assert texts(at(0.0, "he told everybody in town about the extraordinary harbour")) == [
            "he told everybody in town\nabout the extraordinary harbour"
        ]

    def test_a_sentence_ends_a_cue(self) -> None:
        words = at(0.0, "It is very late now. We go home.")
        assert cues_of(words) == [Cue(0.0, 1.417, "It is very late now."), Cue(1.5, 2.5, "We go home.")]

    @pytest.mark.parametrize("text", ["Ask Dr. Holt about it today", "It was J. Holt, e.g. him"])
    def test_an_abbreviation_ends_no_sentence(self, text: str) -> None:
        assert texts(at(0.0, text, 0.6)) == [text]

    def test_a_very_short_sentence_does_not(self) -> None:
        assert texts(at(0.0, "Yes. It is very late now.")) == ["Yes. It is very late now."]

    def test_nor_one_that_could_not_be_read_in_time(self) -> None:
        fast = at(0.0, "Nobody understood extraordinarily complicated instructions.", 0.25)
        slow = at(1.25, "They went away.", 0.8)
        assert texts([*fast, *slow]) == ["Nobody understood extraordinarily\ncomplicated instructions. They went away."]
        slow = at(4.0, "They went away.", 0.8)
        assert len(texts([*fast, *slow])) == 2

    def test_a_pause_ends_a_cue(self) -> None:
        words = [*at(0.0, "one two"), *at(3.0, "three four")]
        assert cues_of(words) == [Cue(0.0, 1.0, "one two"), Cue(3.0, 4.0, "three four")]

    def test_a_cue_stays_until_it_can_be_read(self) -> None:
        words = [*at(0.0, "this was spoken very quickly indeed", 0.15), *at(5.0, "later")]
        assert cues_of(words)[0] == Cue(0.0, 2.059, "this was spoken very quickly indeed")

    def test_a_small_gap_is_closed(self) -> None:
        words = [*at(0.0, "one two three four", 0.5), *at(2.81, "five", 1.0)]
        assert cues_of(words) == [Cue(0.0, 2.0, "one two three four"), Cue(2.81, 3.81, "five")]
        assert cues_of(words, CueLimits(chain_s=1.0))[0].end_s == 2.727

    def test_a_short_cue_takes_in_what_follows(self) -> None:
        words = [*at(0.0, "one two", 0.1), *at(0.9, "three", 0.1)]
        assert cues_of(words, CueLimits(pause_s=0.5)) == [Cue(0.0, 1.0, "one two three")]

    def test_a_gap_is_given_up_for_the_minimum_time(self) -> None:
        words = [TimedText("x" * 84, 0.0, 1.05), TimedText("y" * 20, 1.05, 2.5)]
        assert [(cue.start_s, cue.end_s) for cue in cues_of(words)] == [(0.0, 1.0), (1.05, 2.5)]

    def test_a_long_one_ends(self) -> None:
        cues = cues_of([TimedText("aaah", 1.0, 20.0), TimedText("well", 20.0, 20.5)])
        assert cues == [Cue(1.0, 8.0, "aaah"), Cue(20.0, 21.0, "well")]

    def test_slow_speech_is_split(self) -> None:
        cues = cues_of(at(0.0, "one two three four five six seven eight nine ten", 1.0))
        assert [cue.text for cue in cues] == ["one two three four five six seven", "eight nine ten"]
        assert [(cue.start_s, cue.end_s) for cue in cues] == [(0.0, 6.917), (7.0, 10.0)]

    def test_what_does_not_fit_goes_back_to_the_clause(self) -> None:
        words = at(
            0.0, "the old man who lived down by the river with his dog, had a boat that was painted green and blue", 0.2
        )
        assert texts(words)[0] == "the old man who lived down\nby the river with his dog,"

    def test_or_before_a_conjunction_but_not_after_an_article(self) -> None:
        words = at(
            0.0, "they painted the boat in the harbour for the whole afternoon and then they went to a theatre", 0.2
        )
        assert texts(words)[0].endswith("whole afternoon")
        words = at(
            0.0, "yesterday nobody painted boats in harbours during rainy afternoons beside the theatres there", 0.2
        )
        assert not texts(words)[0].endswith(" the")

    def test_not_where_the_cue_would_be_too_short(self) -> None:
        fast = at(0.0, "extraordinarily complicated arrangements notwithstanding,", 0.15)
        slow = at(0.6, "everybody went home with umbrellas", 0.5)
        cues = cues_of([*fast, *slow])
        assert not cues[0].text.endswith(",")
        assert min(cue.end_s - cue.start_s for cue in cues) >= 1.0

    def test_chinese_breaks_between_characters(self) -> None:
        text = "今天天气很好，我们一起去公园散步，然后去河边看船和很多很多的鸟"
        assert texts(spread(text, 0.0, 6.4)) == ["今天天气很好，我们一起去公园散步，\n然后去河边看船和很多很多的鸟"]

    def test_a_word_wider_than_a_line_is_cut(self) -> None:
        cues = cues_of([TimedText("x" * 100, 0.0, 4.0)])
        assert [cue.text for cue in cues] == [f"{'x' * 42}\n{'x' * 42}", "x" * 16]
        assert (cues[0].end_s, cues[1].start_s) == (3.277, 3.36)

    def test_several_words_in_one(self) -> None:
        assert texts([TimedText(" we go\n home ", 0.0, 2.0)]) == ["we go home"]
        assert texts([TimedText("w" * 42 + " we go", 0.0, 4.0)]) == ["w" * 42 + "\nwe go"]

    def test_three_lines_and_one(self) -> None:
        words = at(0.0, "alpha bravo, charlie delta, echo foxtrot.", 0.5)
        assert texts(words, CueLimits(line_columns=14, lines=3)) == ["alpha bravo,\ncharlie delta,\necho foxtrot."]
        assert texts(words, CueLimits(line_columns=14, lines=1)) == ["alpha bravo,", "charlie delta,", "echo foxtrot."]

    def test_utterances_that_overlap(self) -> None:
        """Pre-roll may reach back into what was said before; and a clock may run back."""
        words = [*at(0.0, "one two three four five."), *at(1.2, "six seven."), *at(0.3, "eight nine", 1.0)]
        assert cues_of(words) == [
            Cue(0.0, 2.706, "one two three four five.\nsix seven. eight nine"),
        ]

    def test_no_words(self) -> None:
        assert cues_of([]) == []
        assert cues_of([TimedText(" ", 0.0, 1.0), TimedText("\u202e\ufeff", 0.0, 1.0)]) == []

    def test_words_of_a_hypothesis(self) -> None:
        assert timed_words([Word("hi", 16_000, 24_000)]) == [TimedText("hi", 1.0, 1.5)]

    def test_text_is_spread_by_characters(self) -> None:
        assert spread("ab cdef  gh", 10.0, 18.0) == [
            TimedText("ab", 10.0, 12.0),
            TimedText("cdef", 12.0, 16.0),
            TimedText("gh", 16.0, 18.0),
        ]
        assert spread(" ", 0.0, 1.0) == []


WORDS = st.lists(
    st.tuples(
        st.text(st.sampled_from("abcdefg.,?!今天气。ก็é\u0301\u200d👩"), min_size=1, max_size=60),
        st.floats(0, 3),
        st.floats(0, 12),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(WORDS)
def test_cues_keep_the_rules(made: list[tuple[str, float, float]]) -> None:
    words, now_s = [], 0.0
    for text, gap_s, long_s in made:
        words.append(TimedText(text, now_s + gap_s, now_s + gap_s + long_s))
        now_s += gap_s + long_s
    limits = CueLimits()
    cues = cues_of(words, limits)
    for cue in cues:
        assert 0.0005 <= cue.end_s - cue.start_s <= limits.max_s + 0.001
        lines = cue.text.split("\n")
        assert 1 <= len(lines) <= limits.lines
        assert all(line.strip() for line in lines)
    for cue, following in itertools.pairwise(cues):
        assert cue.end_s <= following.start_s
    kept = "".join("".join(cue.text.split()) for cue in cues)
    assert kept == "".join(text for text, _, _ in made)


@pytest.mark.parametrize("seconds", [0.0, 0.0004, 0.9996, 59.9996, 3599.9999])
def test_time_stamps_carry_over(seconds: float) -> None:
    total_ms = round(seconds * 1000)
    stamp = to_srt([Cue(seconds, seconds, "x")]).split("\n")[1].split(" --> ")[0]
    hours, minutes, rest = stamp.split(":")
    assert ((int(hours) * 60 + int(minutes)) * 60 + int(rest[:2])) * 1000 + int(rest[3:]) == total_ms
    assert int(minutes) < 60
    assert int(rest[:2]) < 60
