"""From messages to files, on a clock of the test's own."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from asrd.errors import ConfigError
from asrd.text.subtitles import CueMaker, cues_of, to_srt, to_vtt
from asrd_clients.captions.captioner import Captioner, Outlet
from asrd_clients.captions.clock import Clock, ClockKind
from asrd_clients.captions.formats import Format
from tests.text.spoken_text import speech


@dataclass
class Memory:
    """A target that may fail."""

    text: str = ""
    fails: bool = False
    parts: list[str] = field(default_factory=list)

    def open(self) -> None:
        return

    def write(self, text: str) -> None:
        if self.fails:
            raise ConfigError("the disk is full")
        self.text += text
        self.parts.append(text)

    def close(self) -> None:
        return


class Rig:
    """A captioner with all four formats."""

    def __init__(self, kind: ClockKind = ClockKind.SESSION, *, floor_s: float = 0.0) -> None:
        self.now_s = 0.0
        self.targets = {to: Memory() for to in Format}
        self.captioner = Captioner(
            Clock(kind, 0.0, 0.0, floor_s),
            CueMaker(free_s=floor_s),
            [Outlet(target, to) for to, target in self.targets.items()],
            floor_s,
            lambda: self.now_s,
        )
        self.hello()

    def hello(self, run: str = "a", state: str = "listening") -> None:
        self.captioner.take({"type": "hello", "run": run, "state": state})

    def partial(self, utterance: int, start: float, end: float) -> None:
        """It comes as soon as the audio is there."""
        self.now_s = max(self.now_s, end)
        self.captioner.take(
            {
                "type": "partial",
                "utterance": utterance,
                "start": start,
                "end": end,
                "lag_ms": 0.0,
                "committed": "",
                "tail": "",
            }
        )

    def final(self, utterance: int, text: str, start: float, end: float, **more: Any) -> None:
        self.now_s = max(self.now_s, end + 0.5)
        message = {"type": "final", "utterance": utterance, "text": text, "language": "English"}
        self.captioner.take({**message, "start": start, "end": end, **more})

    def at(self, now_s: float) -> None:
        self.now_s = now_s
        self.captioner.pass_time()

    def text(self, to: Format) -> str:
        return self.targets[to].text


class TestWhenACueIsWritten:
    def test_when_the_next_utterance_has_begun(self) -> None:
        rig = Rig()
        rig.final(1, "hello there", 1.0, 3.0)
        assert rig.text(Format.SRT) == ""
        rig.partial(2, 4.5, 5.0)
        assert rig.text(Format.SRT) == "1\n00:00:01,000 --> 00:00:03,000\nhello there\n"

    def test_when_its_time_has_run_out(self) -> None:
        rig = Rig()
        rig.partial(1, 1.0, 2.0)
        rig.final(1, "hello there", 1.0, 3.0)
        rig.at(5.0)
        assert rig.text(Format.SRT) == ""
        rig.at(5.9)
        assert rig.text(Format.SRT).count("-->") == 1

    def test_not_while_somebody_speaks(self) -> None:
        rig = Rig()
        rig.partial(1, 1.0, 2.0)
        rig.final(1, "hello there", 1.0, 3.0)
        rig.captioner.take({"type": "status", "state": "speech"})
        rig.at(60.0)
        assert rig.text(Format.SRT) == ""
        rig.captioner.take({"type": "status", "state": "listening"})
        rig.at(60.0)
        assert rig.text(Format.SRT) != ""

    def test_lines_of_text_at_once(self) -> None:
        rig = Rig()
        rig.final(1, "hello there", 1.0, 3.0)
        assert rig.text(Format.TXT) == "hello there\n"
        assert json.loads(rig.text(Format.JSONL))["text"] == "hello there"

    def test_the_last_at_the_end(self) -> None:
        rig = Rig()
        rig.final(1, "hello there", 1.0, 3.0)
        rig.captioner.finish()
        rig.captioner.finish()
        assert rig.text(Format.SRT).count("-->") == rig.text(Format.VTT).count("-->") == 1

    def test_one_write_a_cue(self) -> None:
        rig = Rig()
        for number in range(1, 40):
            rig.final(number, "so this is said again, and it is not short", number * 5.0, number * 5.0 + 3.0)
        assert [part.count("-->") for part in rig.targets[Format.SRT].parts] == [1] * 38

    def test_a_megabyte_in_one_utterance(self) -> None:
        """Within seconds, and in few writes."""
        rig = Rig()
        began_s = time.process_time()
        rig.final(1, "x" * 1_000_000, 1.0, 10.0)
        rig.captioner.finish()
        assert rig.text(Format.SRT).count("x") == 1_000_000
        assert len(rig.targets[Format.SRT].parts) == 2
        assert time.process_time() - began_s < 60

    def test_whether_words_are_awaited(self) -> None:
        rig = Rig()
        assert not rig.captioner.is_amid_speech
        rig.partial(3, 1.0, 2.0)
        assert rig.captioner.is_amid_speech
        rig.final(2, "old", 0.0, 0.5)
        assert rig.captioner.is_amid_speech
        rig.captioner.take({"type": "dropped", "utterance": 3})
        assert not rig.captioner.is_amid_speech
        rig.hello(state="speech")
        assert rig.captioner.is_amid_speech


class TestFormats:
    def test_json_lines(self) -> None:
        rig = Rig()
        said = [("so", 10.4, 11.2), ("\x9b", 11.2, 11.27), ("it\u202e\ud800", 11.27, 11.6), ("is", 11.6, 11.8)]
        words = [{"word": word, "start": start, "end": end} for word, start, end in said]
        rig.final(7, "so \x9b it\u202e\ud800 is", 10.0, 12.0, words=words)
        line = rig.text(Format.JSONL)
        assert line.isprintable() or line[:-1].isprintable()
        assert json.loads(line) == {
            "utterance": 7,
            "start": 10.0,
            "end": 12.0,
            "text": "so \x9b it\u202e\ud800 is",
            "language": "English",
            "words": words,
        }

    def test_text_is_one_line_and_steers_no_terminal(self) -> None:
        rig = Rig()
        rig.final(1, "a\x1b[2J\nb\u2028c\u202e", 0.0, 3.0)
        rig.final(2, "\u200b\x00", 4.0, 5.0)
        assert rig.text(Format.TXT) == "a [2J b c\n"

    def test_words_without_times(self) -> None:
        rig = Rig()
        rig.final(1, "hello there", 1.0, 3.0)
        assert "words" not in json.loads(rig.text(Format.JSONL))

    @pytest.mark.parametrize("seed", [1, 2])
    def test_the_files_are_those_of_all_words_at_once(self, seed: int) -> None:
        """Ten minutes as a daemon tells them."""
        rig, number = Rig(), 0
        utterances = speech(600.0, seed)
        for number, words in enumerate(utterances, 1):
            start, end = round(words[0].start_s - 0.5, 3), round(words[-1].end_s + 0.3, 3)
            rig.at(max(rig.now_s, start))
            rig.final(
                number,
                " ".join(word.text for word in words),
                start,
                end,
                words=[{"word": word.text, "start": word.start_s, "end": word.end_s} for word in words],
            )
        rig.captioner.finish()
        cues = cues_of(word for words in utterances for word in words)
        assert number > 40
        assert rig.text(Format.SRT) == to_srt(cues)
        assert "WEBVTT\n" + rig.text(Format.VTT) == to_vtt(cues)


class TestTimes:
    def test_since_the_command_began(self) -> None:
        rig = Rig(ClockKind.START)
        rig.now_s = 5.0
        rig.captioner.take(
            {"type": "partial", "utterance": 1, "start": 100.0, "end": 101.0, "lag_ms": 250.0, "tail": "x"}
        )
        rig.final(1, "x", 100.0, 104.0)
        assert json.loads(rig.text(Format.JSONL))["start"] == 3.75

    def test_what_was_said_before_is_left_out(self) -> None:
        rig = Rig(ClockKind.START)
        rig.partial(1, 0.0, 0.01)
        rig.now_s = 1.0
        rig.captioner.take({"type": "partial", "utterance": 2, "start": 100.0, "end": 109.0, "lag_ms": 0.0})
        rig.final(2, "before before before after", 100.0, 110.0)
        rig.captioner.finish()
        assert rig.text(Format.SRT).split("\n")[2] == "after"

    def test_a_stale_partial_is_no_measure(self) -> None:
        """The last partial comes with the greeting, and may be old."""
        rig = Rig(ClockKind.START)
        rig.captioner.take({"type": "partial", "utterance": 1, "start": 90.0, "end": 92.0, "lag_ms": 0.0})
        rig.now_s = 6.0
        rig.captioner.take({"type": "final", "utterance": 1, "text": "x", "start": 90.0, "end": 105.0})
        rig.now_s = 10.0
        rig.captioner.take({"type": "partial", "utterance": 2, "start": 107.0, "end": 110.0, "lag_ms": 0.0})
        rig.final(2, "x", 107.0, 111.0)
        assert [json.loads(line)["end"] for line in rig.text(Format.JSONL).splitlines()] == [6.0, 11.0]

    def test_going_on_with_a_file(self) -> None:
        rig = Rig(floor_s=50.0)
        rig.now_s = 60.0
        rig.hello()
        rig.final(1, "in it already", 40.0, 45.0)
        words = [{"word": "same", "start": 49.0, "end": 49.5}, {"word": "here", "start": 49.5, "end": 50.05}]
        rig.final(3, "same here", 48.5, 50.3, words=words)  # its cue ended 83 ms before the last word did
        rig.final(2, "new", 58.0, 61.0)
        rig.captioner.finish()
        assert rig.text(Format.TXT) == "new\n"
        assert rig.text(Format.SRT).split("\n")[1].startswith("00:00:58")

    def test_going_on_where_disks_are_slow(self) -> None:
        """What is replayed takes its time, and is replayed all the same."""
        rig = Rig(floor_s=50.0)
        rig.now_s = 100.0
        rig.hello()
        for number in range(1, 40):
            start_s = number * 2.0
            rig.captioner.take(
                {"type": "final", "utterance": number, "text": "x", "start": start_s, "end": start_s + 1}
            )
            assert rig.captioner._is_replay
            rig.now_s += 0.01
        rig.now_s += 1.0
        rig.captioner.take({"type": "final", "utterance": 40, "text": "x", "start": 95.0, "end": 97.0})
        assert not rig.captioner._is_replay
        starts = [json.loads(line)["start"] for line in rig.text(Format.JSONL).splitlines()]
        assert starts == [*[number * 2.0 for number in range(25, 40)], 95.0]

    def test_a_restart_of_the_daemon(self) -> None:
        rig = Rig(ClockKind.START)
        rig.partial(1, 1.0, 2.0)
        rig.final(1, "before the restart", 1.0, 3.0)
        rig.now_s = 60.0
        rig.hello(run="b")
        rig.now_s = 70.0
        rig.captioner.take({"type": "partial", "utterance": 1, "start": 1.0, "end": 2.0, "lag_ms": 0.0})
        rig.final(1, "after it", 1.0, 3.0)
        rig.captioner.finish()
        spans = [line for line in rig.text(Format.SRT).split("\n") if "-->" in line]
        assert [span[:12] for span in spans] == ["00:00:01,000", "00:01:09,000"]

    def test_messages_that_make_no_sense(self) -> None:
        rig = Rig()
        for kind in ("hello", "status", "partial", "final", "dropped", "gap", "closed", "new", None):
            for rest in ({}, {"utterance": "x", "start": [], "end": {}, "text": 3, "state": 1, "lag_ms": "soon"}):
                rig.captioner.take({"type": kind, **rest})
        rig.captioner.finish()
        assert rig.text(Format.TXT) == "3\n"

    def test_replayed_finals_and_live_ones_are_in_one_time(self) -> None:
        rig = Rig(ClockKind.START)
        for number in (1, 2):
            rig.captioner.take(
                {"type": "final", "utterance": number, "text": "x", "start": 50.0 * number, "end": 50.0 * number + 2}
            )
        rig.now_s = 10.0
        rig.captioner.take({"type": "partial", "utterance": 3, "start": 118.0, "end": 119.0, "lag_ms": 0.0})
        rig.final(3, "x", 118.0, 120.0)
        assert [json.loads(line)["start"] for line in rig.text(Format.JSONL).splitlines()] == [0.0, 50.0, 68.0]


class TestTrouble:
    def test_one_that_fails_does_not_keep_the_others_from_their_cue(self) -> None:
        rig = Rig()
        rig.targets[Format.TXT].fails = True
        with pytest.raises(ConfigError, match="full"):
            rig.final(1, "hello", 1.0, 3.0)
        assert json.loads(rig.text(Format.JSONL))["text"] == "hello"
        rig.targets[Format.VTT].fails = True
        with pytest.raises(ConfigError, match="full"):
            rig.captioner.finish()
        assert rig.text(Format.SRT).count("hello") == 1
