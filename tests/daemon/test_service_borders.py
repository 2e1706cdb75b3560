"""The service and its parts in this process: what is told, what is counted, what is handed on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from asrd.daemon import service as service_module
from asrd.daemon.pipeline import Pipeline
from asrd.daemon.recognising import Outlets
from asrd.daemon.service import Service, Setup
from asrd.daemon.sources import SourceChoice, SourceKind, make_source, parse_source
from asrd.daemon.telemetry import PassMetrics, feed
from asrd.errors import ConfigError, NativeError
from asrd.events import ClosedEvent, FinalEvent, PartialEvent, SessionEvent, State, StatusEvent
from asrd.model_folder import ModelFolder
from asrd.options import AudioOptions, Config, HistoryOptions, PipelineOptions, SegmentOptions, ServerOptions
from asrd.recognizer.engine import Recognizer
from asrd.schedule.jobs import Kind
from asrd.server.listening import Address
from asrd.server.metrics import Metrics
from asrd.server.parts import Trouble
from asrd.source.paced import FileSource, WhenRoom
from asrd.source.raw import RawFormat
from asrd.values import EngineOptions, UtteranceOptions, Work
from tests.daemon.rig import EnergyDetector, clip, silence

PAUSED = StatusEvent("main", State.PAUSED, "the microphone is closed until resume")


class Front:
    """Notes what it sees."""

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []

    def ready(self, address: Address, folder: ModelFolder) -> None:
        pass

    def event(self, event: SessionEvent) -> None:
        self.events.append(event)


class StillSource:
    """A source that gives nothing, and counts how often it is used."""

    def __init__(self) -> None:
        self.uses = 0

    def status(self) -> StatusEvent:
        return PAUSED

    def used(self) -> None:
        self.uses += 1


Make = Callable[..., Service]


@pytest.fixture
def make(tiny_model: Path, tmp_path: Path) -> Make:
    """Makes services of the tiny model."""

    def make(source: SourceChoice | None = None, **tables: Any) -> Service:
        config = Config(**{"server": ServerOptions(port=0), **tables})
        chosen = source or SourceChoice(SourceKind.NONE)
        engine = EngineOptions(threads=1, max_utterance_s=config.segment.max_utterance_s)
        token, folder = tmp_path / "token", tmp_path / "history"
        return Service(Setup(config, tiny_model, engine, UtteranceOptions(), chosen, token, folder), Front())

    return make


def history(trouble: str) -> Any:
    """What the service sees of one."""
    return SimpleNamespace(state=SimpleNamespace(trouble=trouble, written=0, lost=0))


def seen(service: Service) -> list[SessionEvent]:
    front = service._witness
    assert isinstance(front, Front)
    return front.events


def test_the_end_of_speech_brings_the_state_of_the_source_back(make: Make) -> None:
    service = make()
    listening = StatusEvent("main", State.LISTENING, "listening")
    service._take(listening)
    service._source = StillSource()  # type: ignore[assignment]
    service._take(StatusEvent("main", State.SPEECH, "speech"))
    service._take(listening)
    other = StatusEvent("s1", State.LISTENING, "listening")
    service._take(other)
    assert seen(service)[0] == listening
    assert seen(service)[2:] == [PAUSED, other]
    service.stop()
    service._take(listening)
    last = seen(service)[-1]
    assert isinstance(last, StatusEvent)
    assert last.state is State.STOPPING


def test_the_first_failure_is_the_reason_and_makes_it_unhealthy(make: Make) -> None:
    service = make()
    assert service._troubles(history("")) == []
    assert service._troubles(history("the disk is full")) == [Trouble("history", "the disk is full")]
    service._fail(NativeError("broke"))
    service._fail(KeyError("later"))
    assert service._troubles(history("")) == [Trouble("failed", "broke")]
    assert service._stopping.is_set()


def test_only_the_second_stop_aborts(make: Make) -> None:
    service = make()
    aborts: list[None] = []
    service._pipeline = SimpleNamespace(abort=lambda: aborts.append(None))  # type: ignore[assignment]
    service.stop()
    assert (service._stopping.is_set(), len(aborts)) == (True, 0)
    service.stop()
    assert len(aborts) == 1


def test_every_trouble_is_told(make: Make) -> None:
    service = make()
    source = SimpleNamespace(status=lambda: StatusEvent("main", State.MIC_LOST, "the microphone is gone"))
    service._source, service._main = source, SimpleNamespace(state=State.OVERLOAD)  # type: ignore[assignment]
    microphone, overload, disk = service._troubles(history("the disk is full"))
    assert microphone == Trouble("mic_lost", "the microphone is gone")
    assert (overload.state, disk.state) == ("overload", "history")
    service._source = StillSource()  # type: ignore[assignment]
    assert service._troubles(history("")) == [overload], "a microphone that was paused is no trouble"


def test_the_server_stands_before_what_the_configuration_says(make: Make) -> None:
    service = make(pipeline=PipelineOptions(partials=False, max_sessions=3))
    pipeline, folder = SimpleNamespace(), SimpleNamespace(name="nano", languages=("English",))
    parts = service._parts(pipeline, folder, history("the disk is full"))  # type: ignore[arg-type]
    assert (parts.partials, parts.max_sessions) == (False, 3)
    assert parts.sessions is pipeline
    assert parts.greeting.model.name == "nano"
    assert [trouble.state for trouble in parts.health()] == ["history"]


def test_the_second_stop_does_not_wait_for_the_model(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr("asrd.daemon.service.os._exit", leave)
    service = make()
    service.stop(2)
    with pytest.raises(SystemExit) as left:
        service.stop(2)
    assert left.value.code == 130


def test_it_ends_when_all_finals_of_a_source_that_ended_are_out(make: Make) -> None:
    service = make()
    closes: list[None] = []
    service._main = SimpleNamespace(close=lambda: closes.append(None))  # type: ignore[assignment]
    service._finished(None)
    service._take(ClosedEvent("client-1"))
    assert (len(closes), service._stopping.is_set()) == (1, False)
    service._take(ClosedEvent("main"))
    assert service._stopping.is_set()


def test_a_source_that_fails_is_not_waited_for(make: Make) -> None:
    service = make()
    service._finished(NativeError("broke"))
    assert service._stopping.is_set()


def test_it_ends_from_the_source_to_the_clients(make: Make) -> None:
    service = make()
    calls: list[str] = []

    def stop(_drain_s: float) -> bool:
        calls.append("last words")
        return True

    parts: Any = SimpleNamespace(
        begin_stop=lambda _reason: calls.append("no new clients"),
        close=lambda: calls.append("no new audio"),
        stop=stop,
    )
    service._source = parts
    assert asyncio.run(service._drain(parts, parts))
    assert calls == ["no new clients", "no new audio", "last words"]
    service._fail(NativeError("broke"))
    with pytest.raises(NativeError, match="broke"):
        asyncio.run(service._drain(parts, parts))


def test_a_port_that_is_taken_is_told_before_the_model_is_loaded(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "_open_recognizer", lambda _self: pytest.fail("the model was loaded"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = make(server=ServerOptions(port=taken.getsockname()[1]))
        with pytest.raises(ConfigError, match="port"):
            asyncio.run(service.run())


@pytest.mark.parametrize(("clients", "uses"), [(False, 0), (True, 1)])
def test_a_source_is_in_use_while_somebody_listens(
    make: Make, monkeypatch: pytest.MonkeyPatch, clients: bool, uses: int
) -> None:
    monkeypatch.setattr(service_module, "_USE_EVERY_S", 0.005)
    service, source = make(audio=AudioOptions(policy="idle:5")), StillSource()
    service._source = source  # type: ignore[assignment]
    service._server = SimpleNamespace(has_clients=clients)  # type: ignore[assignment]

    async def serve() -> None:
        asyncio.get_running_loop().call_later(0.1, service._stopping.set)
        await service._serve()

    asyncio.run(serve())
    assert min(source.uses, 1) == uses


def test_a_fast_file_from_its_start_to_its_end(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than the limit, so that the segmenter and not the recognizer must cut it."""
    path = tmp_path / "long.wav"
    soundfile.write(path, np.concatenate([clip(5.0), silence(1.0)]), 16_000)
    service = make(
        SourceChoice(SourceKind.FILE, path, is_fast=True),
        segment=SegmentOptions(max_utterance_s=2.0, vad="webrtc", aggressiveness=0),
        pipeline=PipelineOptions(partials=False),
        history=HistoryOptions(enabled=True),
    )
    made = service._make_pipeline

    def with_other_ears(*given: Any) -> Pipeline:
        pipeline = made(*given)
        pipeline._make_detector = EnergyDetector
        return pipeline

    monkeypatch.setattr(service, "_make_pipeline", with_other_ears)
    assert asyncio.run(service.run())
    finals = [event for event in seen(service) if isinstance(event, FinalEvent)]
    assert len(finals) >= 3
    assert all(one.end == two.start for one, two in pairwise(finals))
    assert not [event for event in seen(service) if isinstance(event, PartialEvent)]
    (written,) = (tmp_path / "history").rglob("*.jsonl")
    assert len(written.read_text(encoding="utf-8").splitlines()) == len(finals)


@pytest.mark.parametrize("partials", [False, True])
def test_the_session_of_the_source_is_as_the_configuration_says(make: Make, tmp_path: Path, partials: bool) -> None:
    service = make(SourceChoice(SourceKind.FILE, tmp_path / "a.wav"), pipeline=PipelineOptions(partials=partials))
    told: list[tuple[UtteranceOptions, bool]] = []

    def configure(options: UtteranceOptions, *, partials: bool) -> None:
        told.append((options, partials))

    session = SimpleNamespace(name="main", configure=configure)
    fake: Any = SimpleNamespace(open=lambda _name: session)

    async def open_source() -> None:
        service._open_source(fake)

    asyncio.run(open_source())
    assert told == [(UtteranceOptions(), partials)]


def test_a_source_is_as_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    sink: Any = SimpleNamespace(name="main", room=lambda: 0)
    for is_fast in (False, True):
        choice = parse_source(f"file:{path}", is_fast=is_fast)
        source = make_source(choice, AudioOptions(), sink, print, print)
        assert isinstance(source, FileSource)
        assert isinstance(source._pace, WhenRoom) is is_fast
    form = RawFormat("f32le", 48_000, 2)
    assert parse_source("stdin", raw=form).raw == form
    assert [parse_source(text).ends for text in ("stdin", "demo", "mic", "none")] == [True, True, False, False]


def test_a_failure_is_told_once(recognizer: Recognizer) -> None:
    pipeline = Pipeline(recognizer, EnergyDetector, Config(), Outlets(lambda _event: None))
    told: list[BaseException] = []
    pipeline.on_failure = told.append

    def fail() -> None:
        raise NativeError("broke")

    pipeline._guard(fail)
    pipeline._guard(fail)
    assert len(told) == 1
    assert pipeline.failure is told[0]


def test_every_kind_of_pass_has_its_own_numbers(recognizer: Recognizer) -> None:
    metrics = Metrics()
    pipeline = Pipeline(recognizer, EnergyDetector, Config(), Outlets(lambda _event: None))
    feed(metrics, pipeline, history(""))
    for number, kind in enumerate(Kind):
        pipeline.counters.passes[kind] = number + 1
    pipeline.counters.audio_samples = 32_000
    pipeline.counters.work = Work(decoder_positions=300, back_rows=120)
    told = [metrics.value("asrd_passes_total", kind.value) for kind in Kind]
    assert told == [1.0, 2.0, 3.0]
    assert metrics.value("asrd_audio_seconds_total") == 2.0
    assert metrics.value("asrd_decoder_positions_total") == 300.0
    assert metrics.value("asrd_encoder_rows_total") == 120.0
    observer = PassMetrics(metrics)
    observer.final(0.02)
    observer.passed(Kind.FINAL, 0.03)
    assert "asrd_final_latency_seconds_count 1" in metrics.text()
    assert 'asrd_pass_seconds_count{kind="final"} 1' in metrics.text()
