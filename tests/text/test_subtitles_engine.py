"""Cues of words that come bit by bit are those of all words at once, and what is held back is little."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.text import cue_lines
from asrd.text.columns import columns, cut_to_columns, harmless
from asrd.text.cue_pieces import Part, piece_of
from asrd.text.subtitles import Cue, CueLimits, CueMaker, TimedText, cues_of, spread, to_srt, to_vtt
from tests.text.spoken_text import speech

LIMITS = [
    CueLimits(),
    CueLimits(line_columns=20, lines=3, columns_per_s=12.0, min_s=0.5, max_s=4.0),
    CueLimits(line_columns=32, lines=1, min_s=2.0, pause_s=0.3, gap_s=0.0),
]


def bit_by_bit(words: Sequence[TimedText], limits: CueLimits, chance: random.Random) -> list[Cue]:
    """Portions of any size, empty ones too; between them true news of how far was heard, and stale ones."""
    maker, made = CueMaker(limits), []
    rest = list(words)
    while rest:
        count = chance.choice([0, 1, 1, 2, 5, 50])
        made += maker.add(rest[:count])
        rest = rest[count:]
        upto_s = max([0.0, *(word.start_s for word in words[: len(words) - len(rest)])])
        next_s = max(rest[0].start_s, upto_s) if rest else upto_s + 20.0
        made += maker.heard(chance.choice([0.0, upto_s, next_s, (upto_s + next_s) / 2]))
    return made + maker.finish() + maker.finish()


@pytest.mark.parametrize("limits", LIMITS, ids=["usual", "narrow", "one line"])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_however_the_words_come(limits: CueLimits, seed: int) -> None:
    words = [word for utterance in speech(600.0, seed) for word in utterance]
    assert bit_by_bit(words, limits, random.Random(seed)) == cues_of(words, limits)


WORDS = st.lists(
    st.tuples(
        st.text(st.sampled_from("abc.,!今天。é\u0301 "), min_size=1, max_size=50),
        st.one_of(st.floats(0, 3), st.just(0.0), st.floats(-2, 0)),
        st.one_of(st.floats(0, 9), st.floats(0, 0.5)),
    ),
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.sampled_from(LIMITS), st.integers(0, 99))
def test_so_for_any_words(made: list[tuple[str, float, float]], limits: CueLimits, seed: int) -> None:
    words, now_s = [], 2.0
    for text, gap_s, long_s in made:
        words.append(TimedText(text, max(0.0, now_s + gap_s), max(0.0, now_s + gap_s) + long_s))
        now_s = words[-1].end_s
    assert bit_by_bit(words, limits, random.Random(seed)) == cues_of(words, limits)


def test_times_that_run_back_are_held() -> None:
    """Otherwise what was said to be heard would be untrue of them."""
    piece = piece_of(Part("b", 1000, 1500), piece_of(Part("a", 4000, 4500), None))
    assert (piece.start_ms, piece.end_ms) == (4000, 4000)
    piece = piece_of(Part("b", 4200, 5500), piece_of(Part("a", 4000, 4500), None))
    assert (piece.start_ms, piece.end_ms) == (4200, 5500)


class TestWhatIsHeldBack:
    def test_less_than_two_cues_of_words(self) -> None:
        maker, given_out, taken = CueMaker(), 0, 0
        for utterance in speech(1200.0, 1):
            for word in utterance:
                given_out += sum(len("".join(cue.text.split())) for cue in maker.add([word]))
                taken += len("".join(word.text.split()))
                assert taken - given_out <= 84

    def test_a_cue_is_settled_once_its_time_has_run_out(self) -> None:
        maker = CueMaker()
        assert maker.add([TimedText("hello", 1.0, 1.4)]) == []
        assert maker.heard(2.4) == []
        assert maker.heard(2.5) == [Cue(1.0, 2.0, "hello")]
        assert maker.heard(99.0) == maker.finish() == []

    def test_not_while_it_may_go_on(self) -> None:
        maker = CueMaker()
        maker.add([TimedText("hello", 1.0, 3.0)])
        assert maker.heard(3.7) == []
        assert maker.add([TimedText("there", 3.75, 4.0)]) == []
        assert maker.finish() == [Cue(1.0, 4.0, "hello there")]

    def test_words_that_come_in_spite_of_the_news_do_not_overlap(self) -> None:
        maker = CueMaker()
        maker.add([TimedText("hello", 1.0, 1.1)])
        first = maker.heard(10.0)[0]
        maker.add([TimedText("there", 1.2, 1.6)])
        (second,) = maker.finish()
        assert first.end_s <= second.start_s

    def test_nothing_starts_before_what_was_written_earlier(self) -> None:
        maker = CueMaker(free_s=5.0)
        maker.add([TimedText("hello", 1.0, 1.1)])
        assert maker.finish() == [Cue(5.0, 6.0, "hello")]


class TestWidth:
    @pytest.mark.parametrize(
        ("text", "width"),
        [
            ("abc", 3),
            ("天气", 4),
            ("한글", 4),
            ("ｱｲ", 2),
            ("e\u0301", 1),
            ("👩\u200d💻", 4),
            ("ก็", 1),
            ("", 0),
            ("é—…", 3),
        ],
    )
    def test_columns(self, text: str, width: int) -> None:
        assert columns(text) == width

    def test_a_heap_of_marks_takes_room(self) -> None:
        assert columns("e" + "\u0301" * 1000) > 900

    @settings(deadline=None)
    @given(st.text(st.sampled_from("ab今é\u0301\u0302👩\u200d💻ก็-"), min_size=1, max_size=200), st.integers(2, 42))
    def test_cut(self, text: str, most: int) -> None:
        parts = cut_to_columns(text, most)
        assert "".join(parts) == text
        assert all(parts)
        assert all(columns(part) <= most for part in parts)

    def test_no_mark_is_parted_from_its_letter(self) -> None:
        assert cut_to_columns("abe\u0301cd", 3) == ["abe\u0301", "cd"]
        assert cut_to_columns("ab👩\u200d💻c", 5) == ["ab", "👩\u200d💻c"]

    def test_harmless(self) -> None:
        assert harmless(" a \u3000 b\r\n\x00c\u061c\u2069 ") == "a b c"


def counted(monkeypatch: pytest.MonkeyPatch, words: Iterable[TimedText], limits: CueLimits) -> int:
    """How often a run of pieces was measured."""
    count = 0
    measure = cue_lines.Widths.of

    def counting(widths: cue_lines.Widths, first: int, end: int) -> int:
        nonlocal count
        count += 1 + (end - first) // 100
        return measure(widths, first, end)

    with monkeypatch.context() as patch:
        patch.setattr(cue_lines.Widths, "of", counting)
        cues_of(words, limits)
    return count


HOSTILE = {
    "no spaces": lambda n: [TimedText("x" * n, 0.0, 5.0)],
    "Chinese": lambda n: spread("今" * n, 0.0, 5.0),
    "letters": lambda n: spread("a " * (n // 2), 0.0, 5.0),
    "full stops": lambda n: spread(". " * (n // 2), 0.0, 5.0),
    "all at once": lambda n: [TimedText("a.", 1.0, 1.0)] * (n // 2),
    "marks": lambda n: [TimedText("e" + "\u0301" * n, 0.0, 5.0)],
    "joiners": lambda n: [TimedText("👩\u200d" * (n // 2), 0.0, 5.0)],
    "lone marks": lambda n: [TimedText("\u0e31", 1.0, 1.0)] * n,
    "empty": lambda n: [TimedText("\u200b", 0.0, 1.0)] * n,
    "slow": lambda n: [TimedText("a", float(i), float(i)) for i in range(n // 4)],
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("limits", LIMITS, ids=["usual", "narrow", "one line"])
def test_work_grows_no_faster_than_the_text(name: str, limits: CueLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = (counted(monkeypatch, HOSTILE[name](n), limits) for n in (2_000, 8_000))
    assert large <= 4.2 * small + 200
    assert large <= 8_000 * 60


def test_a_megabyte() -> None:
    """Within seconds; were anything quadratic, it would be hours."""
    began_s = time.process_time()
    for words in ([TimedText("x" * 1_000_000, 0.0, 5.0)], spread("今" * 333_000, 0.0, 5.0)):
        made = cues_of(words)
        assert to_srt(made).count("-->") == len(made)
        assert to_vtt(made).count("-->") == len(made)
    assert time.process_time() - began_s < 120
