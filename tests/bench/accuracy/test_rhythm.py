"""Passes come as in the daemon, without a clock; what is heard is what the segmenter says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from asrd.bench.accuracy import rhythm
from asrd.bench.accuracy.rhythm import as_one, segmented
from asrd.errors import AudioError
from asrd.geometry import samples_of
from asrd.options import PipelineOptions, SegmentOptions
from asrd.recognizer.engine import Recognizer
from asrd.segment.events import Began, Dropped, Ended, EndReason, Heard, Paused, Resumed, SegmentEvent
from asrd.values import UtteranceOptions
from tests.bench.accuracy.scripted import ScriptedRecognizer, clip, text_of

OPTIONS, PIPELINE = UtteranceOptions(), PipelineOptions(first_ms=350, interval_ms=250)
STEP = samples_of(0.02)


def scripted(**settings: Any) -> Any:
    return ScriptedRecognizer(**settings)


def block(seconds: float) -> Heard:
    return Heard(np.ones(samples_of(seconds), np.float32))


def test_passes_of_a_whole_clip() -> None:
    recognizer = scripted()
    spoken = as_one(recognizer, clip(4), OPTIONS, PIPELINE)
    first, after = samples_of(0.36), samples_of(0.26)  # in blocks of 20 ms
    assert [one.samples for one in spoken.passes] == list(range(first, samples_of(2.0) + 1, after))
    assert spoken.final is not None
    assert spoken.final.text == text_of(samples_of(2.0))
    assert np.array_equal(spoken.audio, clip(4))
    assert recognizer.utterances[0].is_closed
    assert recognizer.abandoned == 0


def test_the_rhythm_is_the_setting() -> None:
    spoken = as_one(scripted(), clip(4), OPTIONS, PipelineOptions(first_ms=1000, interval_ms=500))
    assert [one.samples for one in spoken.passes] == [samples_of(1.0), samples_of(1.5), samples_of(2.0)]


def listened(monkeypatch: pytest.MonkeyPatch, recognizer: Any, events: list[SegmentEvent]) -> list[rhythm.Spoken]:
    monkeypatch.setattr(rhythm, "_segments", lambda _segmenter, _samples: iter(events))
    return segmented(recognizer, clip(1), OPTIONS, PIPELINE, SegmentOptions(vad="webrtc"))


def test_a_candidate_is_computed_at_a_pause_and_after_it_passes_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = scripted()
    end = samples_of(1.0)
    events: list[SegmentEvent] = [Began(1, 0), block(0.4), block(0.1), Paused(samples_of(0.5)), Resumed(), block(0.5)]
    (spoken,) = listened(monkeypatch, recognizer, [*events, Ended(end, EndReason.SILENCE)])
    assert [one.samples for one in spoken.passes] == [samples_of(0.4), samples_of(0.5), end]


def test_an_utterance_that_is_cut_and_its_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = samples_of(1.5)
    events: list[SegmentEvent] = [Began(1, 0), block(2.0), Ended(cut, EndReason.LIMIT), Began(2, cut), block(1.0)]
    first, second = listened(monkeypatch, scripted(), [*events, Ended(samples_of(2.5), EndReason.FLUSH)])
    assert (len(first.audio), len(second.audio)) == (cut, samples_of(1.0))
    assert (first.start, second.start) == (0, cut)
    assert first.final is not None
    assert first.final.text == text_of(cut)


def test_what_is_dropped_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = scripted()
    events: list[SegmentEvent] = [Began(1, 0), block(0.5), Dropped(), block(0.5), Began(2, 0), block(0.5)]
    assert listened(monkeypatch, recognizer, events) == []
    assert recognizer.abandoned == 2
    assert all(utterance.is_closed for utterance in recognizer.utterances)


def test_an_error_ends_the_utterance(monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = scripted()

    def fail(_samples: int) -> bool:
        raise AudioError("broken")

    monkeypatch.setattr(recognizer, "mishears", fail)
    with pytest.raises(AudioError, match="broken"):
        as_one(recognizer, clip(4), OPTIONS, PIPELINE)
    assert recognizer.abandoned == 1


def test_speech_between_silences_through_detector_and_segmenter(recognizer: Recognizer) -> None:
    """The tiny model: its words mean nothing, and a stream's must be the same as those of the plain pass."""
    silence = np.zeros(samples_of(1.5), np.float32)
    samples = np.concatenate([silence, clip(4, seed=3), silence, clip(3, seed=4), silence])
    found = segmented(recognizer, samples, OPTIONS, PIPELINE, SegmentOptions(vad="webrtc"))
    assert len(found) >= 2
    for one in found:
        assert one.final is not None
        assert one.final.text == recognizer.transcribe(one.audio, OPTIONS).text
        assert np.array_equal(one.audio, samples[one.start : one.start + len(one.audio)])
    again = segmented(recognizer, samples, OPTIONS, PIPELINE, SegmentOptions(vad="webrtc"))
    assert [[one.tokens for one in spoken.passes] for spoken in again] == [
        [one.tokens for one in spoken.passes] for spoken in found
    ]
