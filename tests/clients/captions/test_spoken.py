"""What is believed of a final."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.text.subtitles import TimedText
from asrd_clients.captions.hearing import Hearing
from asrd_clients.captions.spoken import Spoken, spoken_of


def final(text: str, start: Any = 1.0, end: Any = 3.0, **more: Any) -> dict[str, Any]:
    return {"type": "final", "utterance": 1, "text": text, "language": "English", "start": start, "end": end, **more}


def words(*found: tuple[str, Any, Any]) -> list[dict[str, Any]]:
    return [{"word": word, "start": start, "end": end} for word, start, end in found]


def spoken(message: dict[str, Any]) -> Spoken:
    found = spoken_of(message)
    assert found is not None
    return found


class TestSpoken:
    def test_words(self) -> None:
        found = spoken(final("Hello, you", words=words(("Hello,", 1.1, 1.5), ("you", 1.5, 2.0))))
        assert found.words == (TimedText("Hello,", 1.1, 1.5), TimedText("you", 1.5, 2.0))
        assert found.has_times
        assert (found.text, found.language, found.start_s, found.end_s) == ("Hello, you", "English", 1.0, 3.0)

    @pytest.mark.parametrize(
        "wrong",
        [
            None,
            "x",
            [],
            [3],
            words(("Hello,", 1.1, 1.5)),
            words(("Hello,", 1.1, 1.5), ("me", 1.5, 2.0)),
            words(("Hello,", "1", 1.5), ("you", 1.5, 2.0)),
            words(("Hello,", math.nan, 1.5), ("you", 1.5, 2.0)),
            words(("Hello,", -1.0, 1.5), ("you", 1.5, 1e300)),
            words(("Hello,", True, 1.5), ("you", 1.5, 2.0)),
        ],
        ids=repr,
    )
    def test_words_that_are_wrong(self, wrong: object) -> None:
        found = spoken(final("Hello, you", words=wrong))
        assert found.words == ()
        assert not found.has_times

    @pytest.mark.parametrize(("start", "end"), [(None, None), ("x", []), (math.inf, math.nan), (-1, -2), (1e99, 2)])
    def test_times_that_are_wrong(self, start: object, end: object) -> None:
        found = spoken(final("x", start, end))
        assert 0.0 <= found.start_s <= found.end_s <= 2.0

    @pytest.mark.parametrize("message", [{}, {"text": " "}, {"text": ""}])
    def test_nothing_said(self, message: dict[str, Any]) -> None:
        assert spoken_of(message) is None

    def test_moved(self) -> None:
        found = spoken(final("a", words=words(("a", 1.0, 2.0)))).moved(lambda at_s: at_s + 10.0)
        assert (found.start_s, found.end_s, found.words) == (11.0, 13.0, (TimedText("a", 11.0, 12.0),))


TEXT = "the quick brown fox jumps over it"


def late(*starts: float) -> list[dict[str, Any]]:
    """The text's words, each a tenth of a second long."""
    return words(*((word, start, start + 0.1) for word, start in zip(TEXT.split(), starts, strict=True)))


class TestHearing:
    def test_words_are_where_the_text_grew(self) -> None:
        """The daemon's own times are of the pass at 15.0, when a correction came."""
        hearing = Hearing()
        hearing.partial(1, 11.0, "the quick")
        hearing.partial(1, 14.0, "the quack brown")
        hearing.partial(1, 15.0, "the quick brown fox jumps")
        found = hearing.ended(spoken(final(TEXT, 10.0, 16.0, words=late(10.5, *[15.0 + n / 100 for n in range(6)]))))
        starts = [round(word.start_s, 2) for word in found.words]
        assert starts[0] == 10.4
        assert starts[2] == 11.2  # "brown" follows "the quick", which was there at 11.0
        assert starts[3] == 14.2
        assert starts[5] == 15.2
        assert found.words[-1].end_s == pytest.approx(15.8)
        assert found.has_times

    def test_a_text_that_shrinks(self) -> None:
        hearing = Hearing()
        hearing.partial(1, 11.0, "the quick brown fox jumps over")
        hearing.partial(1, 12.0, "the quick")
        found = hearing.ended(spoken(final(TEXT, 10.0, 16.0)))
        assert found.words[2].start_s == pytest.approx(12.2)

    def test_without_partials_natural_times_are_kept(self) -> None:
        starts = (10.5, 10.7, 11.0, 11.4, 11.9, 12.3, 12.7)
        found = Hearing().ended(spoken(final(TEXT, 10.0, 13.0, words=late(*starts))))
        assert [word.start_s for word in found.words] == pytest.approx(starts)

    def test_and_moved_out_of_the_pre_roll(self) -> None:
        found = Hearing().ended(spoken(final(TEXT, 10.0, 14.0, words=late(10.0, 10.5, 11.0, 11.5, 12.0, 12.5, 13.0))))
        assert found.words[0].start_s == 10.4
        assert found.words[-1].end_s == pytest.approx(13.1)
        assert found.words[3].start_s == pytest.approx(10.4 + 1.5 * 2.7 / 3.1)

    @pytest.mark.parametrize(
        "starts",
        [(10.5, *[12.7 + n / 100 for n in range(6)]), (10.5, 12.0, 12.2, 12.5, 12.7, 12.9, 13.0)],
        ids=["in no time", "a pause that would have been an end"],
    )
    def test_times_that_nobody_speaks_are_not_believed(self, starts: tuple[float, ...]) -> None:
        found = Hearing().ended(spoken(final(TEXT, 10.0, 14.0, words=late(*starts))))
        assert not found.has_times
        assert found.words[0].start_s == pytest.approx(10.4)
        assert found.words[-1].end_s == pytest.approx(13.8)
        assert found.words[3].start_s == pytest.approx(10.4 + 3.4 * 13 / 27)

    def test_an_utterance_that_goes_on_from_the_last_has_no_pre_roll(self) -> None:
        hearing = Hearing()
        hearing.ended(spoken(final(TEXT, 0.0, 10.0)))
        assert hearing.ended(spoken(final(TEXT, 10.0, 14.0))).words[0].start_s == 10.0

    def test_a_short_utterance(self) -> None:
        found = Hearing().ended(spoken(final("no", 10.0, 10.4)))
        assert (found.words[0].start_s, found.words[0].end_s) == pytest.approx((10.1, 10.3))

    def test_utterances_are_kept_apart_and_few(self) -> None:
        hearing = Hearing()
        for number in range(1000):
            hearing.partial(number, 1.0, "x")
        assert len(hearing._heard) <= 32
        for _ in range(9000):
            hearing.partial(999, 1.0, "x")
        assert len(hearing._heard[999]) <= 5000
        hearing.forget()
        assert not hearing._heard

    @settings(deadline=None)
    @given(
        st.lists(st.tuples(st.floats(0, 30), st.text("ab ", max_size=40)), max_size=12),
        st.text("abc ", min_size=1, max_size=60).filter(str.strip),
        st.floats(0, 20),
        st.floats(0, 20),
    )
    def test_times_only_grow_whatever_the_partials(
        self, partials: list[tuple[float, str]], text: str, start_s: float, long_s: float
    ) -> None:
        hearing = Hearing()
        for end_s, said in partials:
            hearing.partial(1, end_s, said)
        found = hearing.ended(spoken(final(text, start_s, start_s + long_s)))
        times = [at for word in found.words for at in (word.start_s, word.end_s)]
        assert times == sorted(times)
        assert start_s - 1e-6 <= times[0]
        assert times[-1] <= start_s + long_s + 1e-6
        assert "".join(word.text for word in found.words) == "".join(text.split())
