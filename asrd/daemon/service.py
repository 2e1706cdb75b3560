"""The daemon from its start to its end, on an asyncio loop: server, recognizer, pipeline, source, history.

Start: the address is bound first (a port that is taken is said before a model is loaded), then the model is loaded,
then the server and the source begin. End: the source is closed, the open utterances are finished within
`pipeline.drain_s` while clients still listen, then the server, the history and the recognizer are closed. A source that
ends by itself is in no hurry: its session is closed first, and the end begins when all of its finals are out.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import asrd
from asrd.daemon.history import History
from asrd.daemon.pipeline import Pipeline, warm_up
from asrd.daemon.recognising import Outlets
from asrd.daemon.session import Session
from asrd.daemon.sources import SourceChoice, SourceKind, make_source
from asrd.daemon.telemetry import PassMetrics, feed
from asrd.events import ClosedEvent, SessionEvent, State, StatusEvent
from asrd.model_folder import ModelFolder, read_model_folder
from asrd.options import Config
from asrd.recognizer.engine import Recognizer
from asrd.server.listening import Address, Listener
from asrd.server.metrics import Metrics
from asrd.server.parts import Parts, Trouble
from asrd.server.server import Server
from asrd.server.tokens import TokenFile
from asrd.source.interface import Source
from asrd.source.watch import PolicyKind, parse_policy
from asrd.vad.make import make_detector
from asrd.values import EngineOptions, UtteranceOptions
from asrd.wire.commands import MAIN
from asrd.wire.messages import Greeting, ModelInfo

_log = logging.getLogger(__name__)
_SEGMENT_SLACK_S = 0.1  # the segmenter cuts at its limit; the recognizer must not do so a frame before
_USE_EVERY_S = 1.0
_STOPPING = "the daemon is stopping"
_TROUBLE = (State.MIC_LOST, State.MIC_PERMISSION)


@dataclass(frozen=True)
class Setup:
    """What a daemon is started with.

    Attributes:
        config: all settings.
        model: folder of the model.
        engine: how it is run.
        utterance: how utterances are recognised unless a client says otherwise.
        source: what the daemon itself listens to.
        token_file: where the tokens are, or will be made.
        history_folder: where finals are written, if that is asked for.
    """

    config: Config
    model: Path
    engine: EngineOptions
    utterance: UtteranceOptions
    source: SourceChoice
    token_file: Path
    history_folder: Path


class Witness(Protocol):
    """Whoever started the daemon, in the same process. All calls come from the loop."""

    def ready(self, address: Address, folder: ModelFolder) -> None:
        """Clients can connect, and the source has begun."""

    def event(self, event: SessionEvent) -> None:
        """Something was published."""


class Service:
    """One run of the daemon."""

    def __init__(self, setup: Setup, witness: Witness) -> None:
        self._setup = setup
        self._witness = witness
        self._stopping = asyncio.Event()
        self._is_asked_to_stop = False
        self._is_speech = False
        self._failure: BaseException | None = None
        self._pipeline: Pipeline | None = None
        self._server: Server | None = None
        self._source: Source | None = None
        self._main: Session | None = None

    async def run(self) -> bool:
        """Serve until a signal comes, the source ends or a worker fails; returns whether every final was published.

        Raises:
            AsrdError: it cannot start, or a worker failed; whatever else a worker raised comes as it is.
        """
        config = self._setup.config
        async with AsyncExitStack() as opened:
            opened.enter_context(self._signals())
            Listener.open(config.server).close()
            tokens = TokenFile(self._setup.token_file)
            folder = read_model_folder(self._setup.model)
            recognizer = await asyncio.to_thread(self._open_recognizer)
            opened.callback(self._close_recognizer, recognizer)
            if self._stopping.is_set():
                return True
            history = opened.enter_context(History(config.history, self._setup.history_folder))
            metrics = Metrics()
            self._pipeline = self._make_pipeline(recognizer, history, metrics)
            opened.callback(self._pipeline.stop, 0.0)
            self._pipeline.start()
            self._open_source(self._pipeline)
            self._server = Server(config.server, self._parts(self._pipeline, folder, history), tokens, metrics)
            await self._server.start()
            opened.push_async_callback(self._server.stop, _STOPPING)
            feed(metrics, self._pipeline, history)
            if self._source is not None:
                self._source.begin()
                opened.callback(self._source.close)
            self._witness.ready(self._server.address, folder)
            await self._serve()
            return await self._drain(self._pipeline, self._server)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End in an orderly way; asked again, at once. On the loop; `number` is the signal that asks."""
        is_again, self._is_asked_to_stop = self._is_asked_to_stop, True
        self._stopping.set()
        if not is_again:
            return
        if self._pipeline is None:
            os._exit(128 + number)  # nothing is there yet that could be lost, and loading a model cannot be stopped
        _log.info("asked again to stop: not waiting for the last words")
        self._pipeline.abort()

    async def _serve(self) -> None:
        """Wait for the end; meanwhile a source that closes itself when nobody listens is told whether somebody does."""
        policy = parse_policy(self._setup.config.audio.policy)
        while not self._stopping.is_set():
            wait_s = _USE_EVERY_S if policy.kind is PolicyKind.IDLE else None
            try:
                await asyncio.wait_for(self._stopping.wait(), wait_s)
            except asyncio.TimeoutError:
                if self._source is not None and self._server is not None and self._server.has_clients:
                    self._source.used()

    async def _drain(self, pipeline: Pipeline, server: Server) -> bool:
        server.begin_stop(_STOPPING)
        if self._source is not None:
            await asyncio.to_thread(self._source.close)
        drained = await asyncio.to_thread(pipeline.stop, self._setup.config.pipeline.drain_s)
        await asyncio.sleep(0)  # what the threads handed to the loop comes before the server's end
        if self._failure is not None:
            raise self._failure
        return drained

    def _open_recognizer(self) -> Recognizer:
        engine = self._setup.engine
        limit_s = self._setup.config.segment.max_utterance_s + _SEGMENT_SLACK_S
        recognizer = Recognizer.open(self._setup.model, replace(engine, max_utterance_s=limit_s))
        warm_up(recognizer)
        return recognizer

    def _close_recognizer(self, recognizer: Recognizer) -> None:
        if self._pipeline is None or not self._pipeline.is_running:
            recognizer.close()  # else a native call hangs, and would find its memory freed

    def _make_pipeline(self, recognizer: Recognizer, history: History, metrics: Metrics) -> Pipeline:
        config, loop = self._setup.config, asyncio.get_running_loop()
        pipeline = Pipeline(
            recognizer,
            partial(make_detector, config.segment),
            config,
            Outlets(
                publish=lambda event: _soon(loop, self._take, event),
                on_final=history.record if config.history.enabled else None,
                observer=PassMetrics(metrics),
            ),
        )
        pipeline.on_failure = lambda error: _soon(loop, self._fail, error)
        return pipeline

    def _open_source(self, pipeline: Pipeline) -> None:
        loop = asyncio.get_running_loop()
        choice = self._setup.source
        if choice.kind is SourceKind.NONE:
            return
        self._main = pipeline.open(MAIN)
        self._main.configure(self._setup.utterance, partials=self._setup.config.pipeline.partials)
        self._source = make_source(
            choice,
            self._setup.config.audio,
            self._main,
            publish=lambda event: _soon(loop, self._take_of_source, event),
            finished=lambda error: _soon(loop, self._finished, error),
        )

    def _parts(self, pipeline: Pipeline, folder: ModelFolder, history: History) -> Parts:
        return Parts(
            greeting=Greeting(asrd.__version__, ModelInfo(folder.name, folder.languages), run=secrets.token_hex(4)),
            sessions=pipeline,
            main=self._main,
            capture=self._source,
            utterance=self._setup.utterance,
            max_sessions=self._setup.config.pipeline.max_sessions,
            partials=self._setup.config.pipeline.partials,
            health=partial(self._troubles, history),
        )

    def _troubles(self, history: History) -> list[Trouble]:
        """Why the daemon does not do what it should."""
        if self._failure is not None:
            return [Trouble("failed", str(self._failure))]
        troubles = []
        status = self._source.status() if self._source is not None else None
        if status is not None and status.state in _TROUBLE:
            troubles.append(Trouble(status.state.value, status.message))
        if self._main is not None and self._main.state is State.OVERLOAD:
            troubles.append(Trouble(State.OVERLOAD.value, "the recognizer cannot keep up, and audio was lost"))
        if history.state.trouble:
            troubles.append(Trouble("history", history.state.trouble))
        return troubles

    def _take(self, event: SessionEvent) -> None:
        """Whatever was published, in the order in which it was handed to the loop."""
        event = self._true_state(event)
        try:
            if self._server is not None:
                self._server.publish(event)
            self._witness.event(event)
            if event == ClosedEvent(MAIN):
                self._stopping.set()
        except Exception as error:  # noqa: BLE001 - the loop would write it down and go on
            self._fail(error)

    def _take_of_source(self, event: StatusEvent) -> None:
        """What the source is doing; that it listens is told when speech has ended."""
        if not (self._is_speech and event.state is State.LISTENING):
            self._take(event)

    def _true_state(self, event: SessionEvent) -> SessionEvent:
        """The end of speech brings the source's own state back, which need not be `listening`."""
        if not isinstance(event, StatusEvent):
            return event
        if event.session == MAIN and event.state in (State.SPEECH, State.LISTENING):
            self._is_speech = event.state is State.SPEECH
        if event.state is not State.LISTENING:
            return event
        if self._stopping.is_set():
            return StatusEvent(event.session, State.STOPPING, _STOPPING)
        if event.session != MAIN or self._source is None:
            return event
        return self._source.status()

    def _finished(self, error: BaseException | None) -> None:
        """The source has ended by itself."""
        if error is not None:
            self._fail(error)
        elif self._main is not None:
            self._main.close()

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._stopping.set()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for number in numbers:
            loop.add_signal_handler(number, self.stop, number)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[Any], None], argument: Any) -> None:
    """Have the loop call it; nothing if the loop has ended, since then nobody is left to be told."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call, argument)
