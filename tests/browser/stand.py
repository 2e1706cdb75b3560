"""A real server in a thread of its own, whose events a test publishes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from itertools import count
from types import TracebackType
from typing import Any

from asrd.events import DroppedEvent, FinalEvent, GapEvent, PartialEvent, SessionEvent, State, StatusEvent
from asrd.options import ServerOptions
from asrd.server.parts import Parts, Timings
from asrd.server.server import Server
from asrd.server.tokens import TokenBook
from asrd.wire.closing import SLOW
from asrd.wire.messages import Greeting, ModelInfo
from tests.server.fakes import FakeSessions
from tests.server.harness import QUICK, TOKENS

_PATIENCE_S = 20.0


class Stand:
    """Runs from its construction to `close`; `stop` and `start` are a daemon that goes and comes back."""

    def __init__(self, tokens: TokenBook = TOKENS, timings: Timings = QUICK) -> None:
        self._tokens = tokens
        self._timings = timings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runs = count(1)
        self._revisions = count(1)
        self._server: Server | None = None
        self.port = 0
        self.start()

    @property
    def address(self) -> str:
        """Of the pages, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """A daemon comes up, on the port of the last one."""
        self._server = self._do(self._started())
        self.port = self._server.address.port

    def stop(self, reason: str = "asrd was stopped") -> None:
        """The daemon goes."""
        if self._server is not None:
            self._do(self._server.stop(reason))
            self._server = None

    def publish(self, event: SessionEvent) -> None:
        """Tell all clients."""
        server = self._server
        assert server is not None
        self._do(_called(lambda: server.publish(event)))

    def partial(self, utterance: int, committed: str, tail: str = "", language: str = "") -> None:
        self.publish(PartialEvent("main", utterance, next(self._revisions), committed, tail, language, 0, 16_000, 0.1))

    def final(self, utterance: int, text: str, language: str = "") -> None:
        self.publish(FinalEvent("main", utterance, text, language, 0, 16_000))

    def dropped(self, utterance: int) -> None:
        self.publish(DroppedEvent("main", utterance))

    def status(self, state: State, message: str) -> None:
        self.publish(StatusEvent("main", state, message))

    def gap(self, start: int, end: int) -> None:
        self.publish(GapEvent("main", start, end))

    def clients(self) -> int:
        """How many are connected."""
        assert self._server is not None
        return int(self._do(_called(lambda: len(self._server._clients))))

    def disconnect(self) -> None:
        """Send all clients away; the daemon stays."""
        assert self._server is not None
        self._do(_called(self._send_away))

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)
        self._loop.close()

    def __enter__(self) -> Stand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send_away(self) -> None:
        assert self._server is not None
        for client in list(self._server._clients.values()):
            client.close_soon(SLOW)

    async def _started(self) -> Server:
        greeting = Greeting("1.0", ModelInfo("nano", ("English",)), f"run-{next(self._runs)}")
        server = Server(
            ServerOptions(port=self.port),
            Parts(greeting, FakeSessions(lambda event: None)),
            self._tokens,
            timings=self._timings,
        )
        await server.start()
        return server

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)


async def _called(function: Any) -> Any:
    return function()
