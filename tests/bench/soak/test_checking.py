"""What is compared when a soak is over: the history, and what was said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from asrd.bench.sets.truth import Speech
from asrd.bench.soak.account import Account, Wrong
from asrd.bench.soak.checking import check_coverage, check_history, check_visitors
from asrd.bench.soak.plan import Plan, Soaked, Written
from asrd.bench.soak.reference import utterances_of
from asrd.bench.soak.script import SpokenClip
from asrd.bench.soak.talking import Talk
from asrd.bench.soak.visiting import Visitor
from asrd.daemon.sources import DEMO_CLIP
from asrd.options import Config, SegmentOptions
from asrd.source.file import read_audio
from tests.bench.soak.messages import CLOSED, dropped, final, hello, numbered

RATE = 16_000
SPOKEN = SpokenClip(read_audio(DEMO_CLIP).samples[: 6 * RATE], Speech(RATE, 5 * RATE))
SILENT = SpokenClip(np.zeros(3 * RATE, np.float32), Speech(RATE, 2 * RATE))


def soaked_of(*finals: dict[str, Any], clip: SpokenClip = SPOKEN, length_s: float = 5.0) -> tuple[Soaked, Any]:
    account = Account("speaker 0")
    for message in numbered(hello(), *finals, CLOSED):
        account.take(message)
    soaked = Soaked(Plan(Path(), Config(), [], [clip], 0.0, 0), [], Account("main"))
    soaked.talks.append(Talk((0, 0, 0), length_s, round((length_s + 10.0) * RATE), account))
    return soaked, SimpleNamespace(clips=[clip])


def wrongs(soaked: Soaked) -> list[Wrong]:
    return [finding.wrong for finding in soaked.findings]


def test_speech_without_a_final_is_lost() -> None:
    soaked, ground = soaked_of()
    check_coverage(soaked, ground)
    assert wrongs(soaked) == [Wrong.LOST]
    assert soaked.unheard == 0


def test_speech_with_a_final_is_not() -> None:
    soaked, ground = soaked_of(final(1, 2.0, 6.0))
    check_coverage(soaked, ground)
    assert wrongs(soaked) == []


def test_a_dropped_utterance_hides_no_other_speech() -> None:
    """The clip is said twice: what was said the first time is dropped, and of the second time nobody was told."""
    silent, ground = soaked_of(length_s=9.0)
    [talk] = silent.talks
    first, second = talk.speech(ground)
    numbers = [one.number for one in utterances_of(talk.samples(ground), Config())]
    of_first = [one.number for one in utterances_of(talk.samples(ground)[: second.start - RATE // 2], Config())]
    assert 0 < len(of_first) < len(numbers)

    def found(*dropped_ones: int) -> list[str]:
        soaked, _ = soaked_of(*map(dropped, dropped_ones), length_s=9.0)
        check_coverage(soaked, ground)
        return [finding.sentence for finding in soaked.findings]

    assert found(*of_first) == [f"samples {second.start} to {second.end} are in nothing"]
    assert found(*numbers[len(of_first) :]) == [f"samples {first.start} to {first.end} are in nothing"]
    assert found(*numbers) == []
    assert len(found(numbers[-1] + 1)) == 2  # one that the samples do not give


def test_the_place_of_a_dropped_utterance_is_what_was_heard_of_it() -> None:
    """Whatever is said, five seconds of it are wanted here."""
    config = Config(segment=replace(SegmentOptions(), min_speech_ms=5_000))
    dropped_ones = utterances_of(SPOKEN.samples, config)
    assert dropped_ones
    assert all((one.text, 0 <= one.start < one.end <= len(SPOKEN.samples)) == ("", True) for one in dropped_ones)


def test_what_no_detector_hears_is_counted_apart() -> None:
    soaked, ground = soaked_of(clip=SILENT)
    check_coverage(soaked, ground)
    assert (wrongs(soaked), soaked.unheard) == ([], len(soaked.talks[0].speech(ground)))


@pytest.fixture
def history(tmp_path: Path) -> Any:
    """Two finals of a session: one in the history, one in a history that was moved away; and one of somebody else."""
    for number, session, folder in (
        (1, "client-1", "history"),
        (2, "client-1", "history-77"),
        (1, "client-9", "history-8"),
    ):
        (tmp_path / folder).mkdir()
        line = {"session": session, "utterance": number, "text": "words"}
        (tmp_path / folder / "2026-11-23.jsonl").write_text(json.dumps(line) + "\n")
    return SimpleNamespace(history=tmp_path / "history")


@pytest.mark.parametrize(
    ("finals", "written", "found"),
    [
        ((1, 2), Written(3, 3, 0), []),
        ((1, 2, 3), Written(4, 3, 1), []),  # told as lost
        ((1, 2, 3), Written(4, 4, 0), [Wrong.LOST]),  # said to be written
        ((1, 2, 3), Written(3, 3, 0), [Wrong.LOST]),  # likewise, and not even counted
        ((1, 2), Written(4, 3, 0), [Wrong.LOST]),  # neither written nor told
        ((1, 2), Written(4, 3, 1), []),  # the one that was lost is of a session without an account
        ((1, 2, 3), Written(5, 4, 1), [Wrong.LOST]),  # likewise, and the third is said to be written
        ((1, 2, 3), Written(5, 3, 2), []),
    ],
)
def test_the_history_has_every_final_or_tells(
    history: Any, finals: tuple[int, ...], written: Written, found: list[Wrong]
) -> None:
    soaked, _ = soaked_of(*(final(number, number, number + 0.5) for number in finals))
    soaked.written = written
    check_history(soaked, history)
    assert wrongs(soaked) == found


def test_the_history_has_the_text_that_was_told(history: Any) -> None:
    soaked, _ = soaked_of(final(1, 1.0, 2.0, "other words"), final(2, 3.0, 4.0))
    soaked.written = Written(3, 3, 0)
    check_history(soaked, history)
    assert wrongs(soaked) == [Wrong.TEXT]


def test_the_history_has_what_the_daemons_own_source_said(history: Any) -> None:
    soaked, _ = soaked_of()
    for message in numbered(hello("main"), final(1, 1.0, 2.0)):
        soaked.main.take(message)
    soaked.written = Written(4, 4, 0)
    check_history(soaked, history)
    assert [str(finding) for finding in soaked.findings] == [
        "lost: history: 1 finals are not written, and 0 of them were told as lost"
    ]


def test_what_visitors_miss_is_found() -> None:
    soaked, _ = soaked_of()
    for message in numbered(hello("main"), *(final(number, number, number + 0.5) for number in (1, 2, 3))):
        soaked.main.take(message)
    soaked.visitors.append(Visitor("visitor 0", seen={1: "words", 3: "words"}))
    check_visitors(soaked)
    assert wrongs(soaked) == [Wrong.LOST]
