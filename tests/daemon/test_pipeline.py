"""The whole pipeline with its threads: what goes in comes out, whatever happens."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from asrd.daemon.protocols import OverloadError
from asrd.errors import ConfigError, NativeError
from asrd.events import ClosedEvent, DroppedEvent, FinalEvent, GapEvent, LevelEvent, PartialEvent, State, StatusEvent
from asrd.options import AudioOptions
from asrd.recognizer.engine import Recognizer
from asrd.schedule.jobs import Kind
from asrd.values import UtteranceOptions
from tests.daemon.rig import CONFIG, PATIENCE_S, FloatArray, clip, running, silence, with_pipeline


def test_every_utterance_comes_out_as_its_offline_text(recognizer: Recognizer) -> None:
    clips = [clip(2.1, 1), clip(0.9, 2), clip(4.2, 3)]
    audio = np.concatenate([part for one in clips for part in (silence(0.6), one, silence(0.6))])
    with running(recognizer) as (pipeline, events):
        session = pipeline.open("main")
        for start in range(0, len(audio), 1000):
            session.hear(audio[start : start + 1000])
        session.close()
        events.until_closed("main")
        assert [final.text for final in events.finals()] == [recognizer.transcribe(one).text for one in clips]
        assert [(final.end - final.start) for final in events.finals()] == [len(one) for one in clips]
        assert pipeline.counters.passes[Kind.FINAL] >= 3
        assert pipeline.stop(PATIENCE_S)


def test_a_long_utterance_is_cut_without_losing_a_sample(recognizer: Recognizer) -> None:
    audio = clip(9.0)
    config = replace(CONFIG, segment=replace(CONFIG.segment, max_utterance_s=4.0))
    with running(recognizer, config) as (pipeline, events):
        session = pipeline.open("main")
        session.hear(audio)
        session.close()
        events.until_closed("main")
    finals = events.finals()
    assert len(finals) >= 3
    assert finals[0].start == 0
    assert finals[-1].end == len(audio)
    for one, two in pairwise(finals):
        assert one.end == two.start
    for final in finals:
        assert final.text == recognizer.transcribe(audio[final.start : final.end]).text


def test_eight_sessions_at_once_lose_no_final(recognizer: Recognizer) -> None:
    names = [f"s{index}" for index in range(8)]
    streams = {name: clip(1.5 + 0.3 * index, index) for index, name in enumerate(names)}
    with running(recognizer) as (pipeline, events):
        sessions = [pipeline.open(name) for name in names]
        for start in range(0, max(map(len, streams.values())), 4000):
            for session in sessions:
                session.hear(streams[session.name][start : start + 4000])
        for session in sessions:
            session.close()
        events.until_closed(*names)
    for name in names:
        (final,) = events.finals(name)
        assert final.text == recognizer.transcribe(streams[name]).text


def test_a_session_beyond_the_limit_is_refused_and_there_is_room_again(recognizer: Recognizer) -> None:
    with running(recognizer, with_pipeline(max_sessions=1)) as (pipeline, events):
        session = pipeline.open("one")
        with pytest.raises(OverloadError, match="1 sessions are open"):
            pipeline.open("two")
        session.close()
        events.until_closed("one")
        pipeline.open("two").close()
        events.until_closed("two")


def test_a_name_is_taken_once(recognizer: Recognizer) -> None:
    with running(recognizer) as (pipeline, _):
        pipeline.open("main")
        with pytest.raises(OverloadError, match="'main' is open"):
            pipeline.open("main")


def test_flush_ends_the_utterance_and_cancel_drops_it(recognizer: Recognizer) -> None:
    audio = clip(1.2)
    with running(recognizer) as (pipeline, events):
        session = pipeline.open("main")
        session.hear(audio)
        session.flush()
        final = events.until(lambda event: isinstance(event, FinalEvent))
        assert isinstance(final, FinalEvent)
        assert final.text == recognizer.transcribe(audio).text
        session.hear(audio)
        session.cancel()
        events.until(lambda event: isinstance(event, DroppedEvent))
        session.hear(audio)
        session.close()
        events.until_closed("main")
    assert [final.utterance for final in events.finals()] == [1, 3]


def test_lost_audio_ends_the_utterance_and_is_told(recognizer: Recognizer) -> None:
    one, two = clip(1.2, 1), clip(1.5, 2)
    with running(recognizer) as (pipeline, events):
        session = pipeline.open("main")
        session.hear(one)
        session.lost(16_000)
        session.hear(two)
        session.close()
        events.until_closed("main")
    first, second = events.finals()
    assert (first.end, second.start) == (len(one), len(one) + 16_000)
    assert first.text == recognizer.transcribe(one).text
    assert second.text == recognizer.transcribe(two).text
    assert [event for event in events.all() if isinstance(event, GapEvent)] == [
        GapEvent("main", len(one), len(one) + 16_000)
    ]


def test_a_loss_at_the_very_end_is_told_as_well(recognizer: Recognizer) -> None:
    with running(recognizer) as (pipeline, events):
        session = pipeline.open("main")
        session.hear(clip(1.2))
        session.lost(800)
        session.close()
        events.until_closed("main")
    assert [(event.end - event.start) for event in events.all() if isinstance(event, GapEvent)] == [800]
    assert len(events.finals()) == 1


class Slow:
    """A recognizer that waits for permission before every pass of an utterance."""

    def __init__(self, recognizer: Recognizer) -> None:
        self.gate = threading.Event()
        self._recognizer = recognizer

    def prepare(self, options: UtteranceOptions) -> object:
        return self._recognizer.prepare(options)

    def utterance(self, options: UtteranceOptions) -> object:
        assert self.gate.wait(PATIENCE_S)
        return self._recognizer.utterance(options)


def test_beyond_saturation_memory_is_bounded_the_loss_is_told_and_it_recovers(recognizer: Recognizer) -> None:
    config = replace(with_pipeline(backlog_s=5.0), audio=AudioOptions(channel_s=2.0))
    slow = Slow(recognizer)
    with running(slow, config) as (pipeline, events):  # type: ignore[arg-type]
        session = pipeline.open("main")
        speech = np.concatenate([clip(0.9), silence(0.6)])
        for _ in range(40):  # a minute, while the recognizer does nothing
            session.hear(speech)
        assert pipeline.backlog_s()["main"] <= 5.0 + 2.0
        assert session.room() < len(speech)
        slow.gate.set()
        events.until(lambda event: isinstance(event, FinalEvent))
        while session.room() < len(speech):
            events.until(lambda _event: True)
        session.hear(speech)
        session.close()
        events.until_closed("main")
    seen = events.all()
    gaps = [event for event in seen if isinstance(event, GapEvent)]
    assert sum(gap.end - gap.start for gap in gaps) == session.channel.overflow_samples > 0
    states = [event.state for event in seen if isinstance(event, StatusEvent)]
    assert State.OVERLOAD in states
    assert states[-1] is State.LISTENING
    started = {event.utterance for event in seen if isinstance(event, PartialEvent | FinalEvent | DroppedEvent)}
    ended = {event.utterance for event in seen if isinstance(event, FinalEvent | DroppedEvent)}
    assert started == ended == set(range(1, max(ended) + 1)), "an utterance that began was told to its end"


def test_stopping_delivers_the_last_words(recognizer: Recognizer) -> None:
    audio = clip(2.0)
    with running(recognizer) as (pipeline, events):
        session = pipeline.open("main")
        session.hear(audio)  # in the middle of speech
        assert pipeline.stop(PATIENCE_S)
        (final,) = events.finals()
        assert final.text == recognizer.transcribe(audio).text
        with pytest.raises(OverloadError, match="shutting down"):
            pipeline.open("late")


def test_stopping_is_over_when_its_time_is(recognizer: Recognizer) -> None:
    slow = Slow(recognizer)
    audio = clip(2.0)
    with running(slow) as (pipeline, events):  # type: ignore[arg-type]
        pipeline.open("idle").hear(silence(0.3))
        pipeline.open("main").hear(audio)
        releases = threading.Timer(0.2, slow.gate.set)
        releases.start()
        assert not pipeline.stop(0.0)
        releases.join()
        assert not pipeline.stop(PATIENCE_S)
    gaps = [event for event in events.all() if isinstance(event, GapEvent) and event.session == "main"]
    assert gaps == [GapEvent("main", 0, len(audio))], "what is lost is told, and once"
    assert not events.finals()


def test_a_session_without_loss_is_closed_though_the_time_was_over(recognizer: Recognizer) -> None:
    """The recognizer was busy with another one until then, and its turn to be closed never came."""
    slow = Slow(recognizer)
    with running(slow) as (pipeline, events):  # type: ignore[arg-type]
        idle, main = pipeline.open("idle"), pipeline.open("main")
        main.hear(clip(2.0))
        idle.hear(silence(0.3))
        heard_by = time.monotonic() + PATIENCE_S
        while idle.ear.position < len(silence(0.3)) or main.ear.position < len(clip(2.0)):
            assert time.monotonic() < heard_by
            time.sleep(0.001)
        releases = threading.Timer(0.2, slow.gate.set)
        releases.start()
        assert not pipeline.stop(0.0)
        releases.join()
    told = [event for event in events.all() if isinstance(event, GapEvent | ClosedEvent)]
    assert sorted((event.session, type(event)) for event in told) == [("idle", ClosedEvent), ("main", GapEvent)]


@pytest.mark.parametrize("where", ["utterance", "detector"])
def test_a_worker_that_raises_ends_the_pipeline_and_says_why(
    recognizer: Recognizer, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise NativeError("the library broke")

    told: list[BaseException] = []
    done = threading.Event()

    def told_of(error: BaseException) -> None:
        told.append(error)
        done.set()

    target = {
        "utterance": "asrd.recognizer.engine.Recognizer.utterance",
        "detector": "tests.daemon.rig.EnergyDetector.is_speech",
    }
    with running(recognizer) as (pipeline, _):
        pipeline.on_failure = told_of
        monkeypatch.setattr(target[where], fail)
        pipeline.open("main").hear(clip(1.0))
        assert done.wait(PATIENCE_S)
        assert [str(error) for error in told] == ["the library broke"]
        assert pipeline.failure is told[0]
        assert not pipeline.stop(PATIENCE_S)


def test_options_hold_from_the_next_utterance_and_bad_ones_are_refused(recognizer: Recognizer) -> None:
    audio = clip(1.5)
    with running(recognizer) as (pipeline, events):
        session = pipeline.open("main")
        with pytest.raises(ConfigError, match="language"):
            session.configure(UtteranceOptions(language="Klingon"), partials=True)
        assert pipeline._board._schedule._streams["main"].partials
        session.configure(UtteranceOptions(language="German"), partials=False)
        assert not pipeline._board._schedule._streams["main"].partials
        session.hear(audio)
        session.close()
        events.until_closed("main")
    (final,) = events.finals()
    assert final.language == "German"
    assert final.text == recognizer.transcribe(audio, UtteranceOptions(language="German")).text
    assert pipeline.counters.passes[Kind.PARTIAL] == 0


def test_levels_are_told_on_request(recognizer: Recognizer) -> None:
    tone = np.full(8000, 0.5, np.float32)
    with running(recognizer) as (pipeline, events):
        session = pipeline.open("main")
        session.levels(10.0)
        session.hear(tone)
        level = events.until(lambda event: isinstance(event, LevelEvent))
        session.levels(0.0)
        session.hear(tone)
        session.close()
        events.until_closed("main")
    assert isinstance(level, LevelEvent)
    assert level.rms_db == pytest.approx(-6.02, abs=0.01)
    assert level.speech


def test_idle_audio_costs_no_pass(recognizer: Recognizer) -> None:
    with running(recognizer) as (pipeline, events):
        session = pipeline.open("main")
        for _ in range(60):
            session.hear(silence(0.99))
        session.close()
        events.until_closed("main")
        assert pipeline.counters.work.decoder_positions == 0
        assert pipeline.counters.passes[Kind.PARTIAL] == pipeline.counters.passes[Kind.CANDIDATE] == 0


def test_kept_audio_is_the_utterance(recognizer: Recognizer) -> None:
    audio = clip(1.5)
    kept: list[tuple[FinalEvent, FloatArray]] = []
    with running(recognizer, on_final=lambda final, samples: kept.append((final, samples))) as (pipeline, events):
        session = pipeline.open("main")
        session.hear(np.concatenate([silence(0.3), audio, silence(0.6)]))
        session.close()
        events.until_closed("main")
    ((final, samples),) = kept
    assert final == events.finals()[0]
    np.testing.assert_array_equal(samples, audio)
