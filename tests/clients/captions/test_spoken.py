"""What is believed of a final."""

from __future__ import annotations

import math
from typing import Any

import pytest

from asrd.text.subtitles import TimedText
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
        assert found.words == (TimedText("Hello,", 1.0, 1.0 + 2.0 * 6 / 9), TimedText("you", 1.0 + 2.0 * 6 / 9, 3.0))
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
