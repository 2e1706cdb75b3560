"""Thirty minutes of speech, and hostile text, as independent libraries read the files: every rule on every cue."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass

import pysubs2
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.text.columns import columns
from asrd.text.subtitles import CueLimits, TimedText, cues_of, spread, to_srt, to_vtt
from tests.text.spoken_text import speech

LENGTH_S = 1800.0
LIMITS = CueLimits()


@dataclass(frozen=True)
class Read:
    """A cue as a library found it."""

    start_ms: int
    end_ms: int
    lines: list[str]

    @property
    def shown_ms(self) -> int:
        return self.end_ms - self.start_ms

    @property
    def columns_per_s(self) -> float:
        return columns(" ".join(self.lines)) * 1000 / self.shown_ms


def read_srt(text: str) -> list[Read]:
    found = pysubs2.SSAFile.from_string(text, format_="srt")
    return [Read(event.start, event.end, event.text.split(r"\N")) for event in found]


def read_vtt(text: str) -> list[Read]:
    found = webvtt.from_buffer(io.StringIO(text), format="vtt")
    return [Read(ms_of(cue.start), ms_of(cue.end), cue.text.split("\n")) for cue in found]


def ms_of(stamp: str) -> int:
    hours, minutes, rest = stamp.split(":")
    return ((int(hours) * 60 + int(minutes)) * 60) * 1000 + round(float(rest) * 1000)


def words_of(seed: int) -> list[TimedText]:
    return [word for utterance in speech(LENGTH_S, seed) for word in utterance]


@pytest.fixture(scope="module", params=["srt", "vtt"])
def read(request: pytest.FixtureRequest) -> tuple[list[TimedText], list[Read]]:
    words = words_of(7)
    cues = cues_of(words, LIMITS)
    return words, read_srt(to_srt(cues)) if request.param == "srt" else read_vtt(to_vtt(cues))


Speech = tuple[list[TimedText], list[Read]]


class TestThirtyMinutes:
    def test_every_word_in_its_order(self, read: Speech) -> None:
        words, cues = read
        assert " ".join(" ".join(cue.lines) for cue in cues).split() == [word.text for word in words]
        assert words[-1].end_s >= LENGTH_S - 10.0
        assert len(cues) > 400

    def test_lines(self, read: Speech) -> None:
        for cue in read[1]:
            assert len(cue.lines) <= 2
            assert all(0 < columns(line) <= 42 for line in cue.lines)

    def test_nothing_overlaps_and_gaps_can_be_seen(self, read: Speech) -> None:
        for cue, following in itertools.pairwise(read[1]):
            gap_ms = following.start_ms - cue.end_ms
            assert gap_ms >= 83
            assert gap_ms in (83, 84) or gap_ms >= 500 or cue.shown_ms >= 7000

    def test_time_on_the_screen(self, read: Speech) -> None:
        assert all(1000 <= cue.shown_ms <= 7000 for cue in read[1])

    def test_reading_speed(self, read: Speech) -> None:
        """Sentences are spoken at up to 17 characters a second, words within them faster."""
        speeds = [cue.columns_per_s for cue in read[1]]
        assert max(speeds) <= 22.0
        assert sum(speed <= 20.0 for speed in speeds) >= 0.99 * len(speeds)
        assert sum(speed <= 17.05 for speed in speeds) >= 0.95 * len(speeds)

    def test_in_time_with_the_speech(self, read: Speech) -> None:
        """A cue begins with its first word, and stays at least until its last but for the gap."""
        words, cues = read
        index = 0
        for cue in cues:
            count = len(" ".join(cue.lines).split())
            first, last = words[index], words[index + count - 1]
            assert abs(cue.start_ms - first.start_s * 1000) <= 1
            assert cue.end_ms >= min(last.end_s * 1000 - 84, cue.start_ms + 7000)
            index += count

    def test_most_cues_end_with_a_thought(self, read: Speech) -> None:
        ends = [cue.lines[-1][-1] for cue in read[1]]
        assert sum(end in ".,?!" for end in ends) >= 0.6 * len(ends)
        after_article = sum(cue.lines[-1].split()[-1] in ("the", "a") for cue in read[1])
        assert after_article <= 0.01 * len(ends)


@pytest.mark.parametrize(
    "text", ["今天天气很好，我们一起去公园散步。", "오늘은 날씨가 좋아서 공원에 갔다. ", "きょうは天気がいいです。"]
)
def test_wide_characters(text: str) -> None:
    """At most 21 a line, and 8.5 a second where the speech is no faster."""
    words = spread(text * 60, 0.0, 60 * len(text) / 6.0)
    for cue in read_srt(to_srt(cues_of(words, LIMITS))):
        assert all(len(line) <= 42 and columns(line) <= 42 for line in cue.lines)
        assert cue.columns_per_s <= 17.05
        assert 1000 <= cue.shown_ms <= 7000


EVIL = st.lists(
    st.one_of(
        st.sampled_from(list("<>&{}\\-:,0 \n\r\x00\x1b\ufeff\u202e\u2066\u200f\u2028今م")),
        st.sampled_from(
            ["-->", r"{\an8}", "<i>", "</b>", "\n\n1\n", "00:00:01,000 --> 00:00:02,000", "WEBVTT", "NOTE"]
        ),
        st.characters(),
        st.just("\ud800"),
    ),
    max_size=40,
).map("".join)


@settings(deadline=None)
@given(st.lists(EVIL, max_size=12))
def test_hostile_words(texts: list[str]) -> None:
    """As many cues as were written, none says anything but text, and none steers a player."""
    words = [TimedText(text, index * 1.5, index * 1.5 + 1.0) for index, text in enumerate(texts)]
    cues = cues_of(words, LIMITS)
    srt, vtt = to_srt(cues), to_vtt(cues)
    assert len(read_srt(srt)) == len(cues)
    assert len(read_vtt(vtt)) == len(cues) if cues else vtt == "WEBVTT\n"
    assert srt.count("-->") == vtt.count("-->") == len(cues)
    assert not set("<{}\\\r\x00\x1b\ufeff\u202e\u2066\u2028") & set(srt)
    blocks = srt.split("\n\n") if srt else []
    assert [block.split("\n")[0] for block in blocks] == [str(number + 1) for number in range(len(cues))]
    srt.encode()
