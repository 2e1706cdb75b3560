from __future__ import annotations

import itertools

import pytest
from hypothesis import given
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


class TestFormats:
    def test_srt(self) -> None:
        assert to_srt(CUES) == (
            "1\n00:00:00,000 --> 00:00:01,500\nHello <b> & goodbye\n\n"
            "2\n00:00:01,500 --> 00:00:03,000\ntwo\nlines -> here\n\n"
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


class TestCues:
    def test_words_in_two_lines_near_the_middle(self) -> None:
        words = at(0.0, "we went to the harbour and looked at all of the many boats")
        assert cues_of(words) == [Cue(0.0, 3.9, "we went to the harbour and\nlooked at all of the many boats")]

    def test_lines_break_after_a_clause(self) -> None:
        words = at(0.0, "because we came late, the harbour was full of boats")
        assert cues_of(words)[0].text == "because we came late,\nthe harbour was full of boats"

    def test_a_sentence_ends_a_cue(self) -> None:
        words = at(0.0, "It is very late now. We go home.")
        assert cues_of(words) == [Cue(0.0, 1.5, "It is very late now."), Cue(1.5, 2.5, "We go home.")]

    def test_a_very_short_sentence_does_not(self) -> None:
        assert [cue.text for cue in cues_of(at(0.0, "Yes. It is very late now."))] == ["Yes. It is very late now."]

    def test_a_pause_ends_a_cue(self) -> None:
        words = [*at(0.0, "one two"), *at(3.0, "three four")]
        assert cues_of(words) == [Cue(0.0, 1.0, "one two"), Cue(3.0, 4.0, "three four")]

    def test_a_short_cue_stays_until_the_next(self) -> None:
        words = [*at(0.0, "one two", 0.1), *at(0.9, "three", 0.1)]
        limits = CueLimits(pause_s=0.5)
        assert cues_of(words, limits) == [Cue(0.0, 0.9, "one two"), Cue(0.9, 1.9, "three")]

    def test_a_long_one_ends(self) -> None:
        cues = cues_of([TimedText("aaah", 1.0, 20.0), TimedText("well", 20.0, 20.5)])
        assert cues == [Cue(1.0, 8.0, "aaah"), Cue(20.0, 21.0, "well")]

    def test_what_does_not_fit_goes_back_to_the_clause(self) -> None:
        words = at(
            0.0, "the old man who lived down by the river, had a boat that was painted green and blue all over", 0.2
        )
        assert [cue.text.replace("\n", " ") for cue in cues_of(words)] == [
            "the old man who lived down by the river, had a boat that was painted green and blue",
            "all over",
        ]
        words = at(
            0.0, "the old man who lived down by the river with his dog, had a boat that was painted green and blue", 0.2
        )
        assert cues_of(words)[0].text == "the old man who lived down\nby the river with his dog,"

    def test_chinese_breaks_between_characters(self) -> None:
        text = "今天天气很好，我们一起去公园散步，然后去河边看船和很多很多的鸟"
        assert [cue.text for cue in cues_of(spread(text, 0.0, 6.4))] == [
            "今天天气很好，我们一起去公园散步，\n然后去河边看船和很多很多的鸟"
        ]

    def test_a_word_wider_than_a_line_is_cut(self) -> None:
        cues = cues_of([TimedText("x" * 100, 0.0, 4.0)])
        assert [cue.text for cue in cues] == [f"{'x' * 42}\n{'x' * 42}", "x" * 16]
        assert cues[0].end_s == cues[1].start_s == 3.36

    def test_no_words(self) -> None:
        assert cues_of([]) == []
        assert cues_of([TimedText(" ", 0.0, 1.0)]) == []

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
        st.text(st.sampled_from("abcdefg.,?!今天气。ก็"), min_size=1, max_size=60),
        st.floats(0, 3),
        st.floats(0, 12),
    ),
    max_size=40,
)


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
        assert all(line.strip() and len(line) <= limits.line_columns for line in lines)
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
