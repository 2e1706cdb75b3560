"""`asrd type` at work: the daemon's messages on an event loop, the typing in a thread of its own."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError
from asrd.client.steering import Outcome, SteerError, Wish, send_context, steer
from asrd.client.stream import Stream, Waiting, Wanted
from asrd.errors import AsrdError
from asrd_clients.injectors.interface import Desktop, InjectError, Injector
from asrd_clients.rules.interface import Rules
from asrd_clients.typist import sentences
from asrd_clients.typist.arrivals import Arrivals
from asrd_clients.typist.cues import Cues
from asrd_clients.typist.hands import Hands
from asrd_clients.typist.hotkey import Hotkey
from asrd_clients.typist.inbox import Inbox
from asrd_clients.typist.settings import Settings
from asrd_clients.typist.talk import HotkeyRule, Talk
from asrd_clients.typist.typist import Typist

RULES_S: Final = 1.0  # how often the rules file is looked at
END_S: Final = 2.0  # for the operation that is under way when a signal comes
LAST_S: Final = 120.0  # for what still waits when the audio has ended


@dataclass
class Dictation:
    """Everything that `dictate` needs.

    Attributes:
        endpoint: the daemon.
        settings: how to type.
        injector: types; the caller closes it, and the desktop.
        desktop: what the user does.
        rules: gives the rules as they are now; asked about once a second, from another thread.
        notice: takes sentences for people, from any thread.
        cues: sounds and notifications.
        hotkey: for push-to-talk, or None.
        hotkey_rule: what it does.
        waits: whether a daemon that is not there yet is waited for.
        failure: what ended the typing thread before its time.
    """

    endpoint: Endpoint
    settings: Settings
    injector: Injector
    desktop: Desktop
    rules: Callable[[], Rules]
    notice: Callable[[str], None]
    cues: Cues = field(default_factory=lambda: Cues(frozenset()))
    hotkey: Hotkey | None = None
    hotkey_rule: HotkeyRule = HotkeyRule.HOLD
    waits: bool = False
    failure: BaseException | None = None


async def dictate(dictation: Dictation) -> None:
    """Type what the daemon hears, until SIGINT, SIGTERM or SIGHUP, or until its audio has ended.

    What was typed of an utterance that is open then stays.

    Raises:
        ConnectError: the daemon is not there, or refuses this client.
        ConfigError: the endpoint's certificates, or the hotkey, cannot be used.
    """
    await _Run(dictation).run()


async def end_all(tasks: Sequence[asyncio.Task[Any]], again_s: float) -> None:
    """Cancel tasks, and wait for their end.

    Before Python 3.12 `wait_for` keeps a cancellation to itself that comes together with its answer; the task would go
    on for ever. So those that go on are cancelled again, after the time that their own ending may take.
    """
    while going := [task for task in tasks if not task.done()]:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=again_s)


class _Run:
    def __init__(self, dictation: Dictation) -> None:
        self._given = dictation
        self._loop = asyncio.get_running_loop()
        self._inbox = Inbox()
        self._arrivals = Arrivals()
        self._stopping = asyncio.Event()
        self._rules = dictation.rules()
        self._typist = Typist(dictation.settings, self._rules)
        self._thread = threading.Thread(target=self._type, name="asrd-typist", daemon=True)
        self._context_due = asyncio.Event()
        self._context = ""  # as the daemon has it from us
        self._run_name = ""

    async def run(self) -> None:
        self._thread.start()
        hears = asyncio.create_task(self._hear())
        others = [asyncio.create_task(one) for one in (self._watch_rules(), self._send_contexts(), self._talk())]
        stops = asyncio.create_task(self._stopping.wait())
        try:
            with self._signals():
                await asyncio.wait([hears, stops, *others], return_when=asyncio.FIRST_COMPLETED)
                has_ended = hears.done() and hears.exception() is None and not self._stopping.is_set()
                await self._end(drain=has_ended)
        finally:
            self._inbox.close()
            await end_all((hears, stops, *others), END_S + 1.0)
            results = await asyncio.gather(hears, *others, return_exceptions=True)
        for error in (self._given.failure, *results):
            if isinstance(error, Exception):
                raise error

    async def _end(self, *, drain: bool) -> None:
        (self._inbox.finish if drain else self._inbox.close)()
        limit_s = self._loop.time() + (LAST_S if drain else END_S)
        while self._thread.is_alive() and self._loop.time() < limit_s:
            await asyncio.to_thread(self._thread.join, 0.05)
            if self._stopping.is_set():
                self._inbox.close()
                limit_s = min(limit_s, self._loop.time() + END_S)

    async def _hear(self) -> None:
        wanted, waiting = Wanted(waits=self._given.waits), Waiting(sleep=self._wait_again)
        stream = Stream(self._given.endpoint, wanted, self._given.notice, waiting)
        async with aclosing(stream.messages()) as messages:
            async for message in messages:
                self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "hello":
            self._greeted(message)
        if kind in ("hello", "status"):
            self._given.cues.state(str(message.get("state", "")))
        sorted_message = self._arrivals.sorted(message, time.monotonic())
        if sorted_message["type"] != "missed" and (missed := self._arrivals.take_missed()):
            self._given.notice(sentences.missed(missed))
        self._inbox.put(sorted_message)

    def _greeted(self, hello: dict[str, Any]) -> None:
        if str(hello.get("run", "")) != self._run_name:  # another daemon, which has its own context
            self._run_name, self._context = str(hello.get("run", "")), ""
        self._context_due.set()

    async def _wait_again(self, seconds: float) -> None:
        """Between two attempts to connect. Not every loss is told in a notice."""
        self._arrivals.lost(time.monotonic())
        await asyncio.sleep(seconds)

    async def _watch_rules(self) -> None:
        while True:
            await asyncio.sleep(RULES_S)
            before, self._rules = self._rules, await asyncio.to_thread(self._given.rules)
            if self._rules is not before:
                self._inbox.put(self._rules)
                self._context_due.set()

    async def _send_contexts(self) -> None:
        """The rules' names and terms for the daemon; if it does not take them, dictation goes on without."""
        while True:
            await self._context_due.wait()
            self._context_due.clear()
            context = self._rules.context
            if context == self._context:
                continue
            try:
                await send_context(self._given.endpoint, context)
            except ConnectError:
                continue  # the stream tells of it; the next greeting tries again
            except SteerError as error:
                self._given.notice(f"the rules' vocabulary does not help the daemon: {error}")
            self._context = context

    async def _talk(self) -> None:
        hotkey = self._given.hotkey
        if hotkey is None:
            await asyncio.Event().wait()
            return
        talk = Talk(self._given.hotkey_rule, self._steer, self._given.notice)

        def pressed() -> None:
            with suppress(InjectError):  # then the keys count as the user's
                self._typist.forgive(hotkey.keys, self._given.desktop.user_acts())
            self._loop.call_soon_threadsafe(talk.pressed)

        def released() -> None:
            self._loop.call_soon_threadsafe(talk.released)

        hotkey.begin(pressed, released)
        try:
            await talk.run()
        finally:
            if talk.is_held:  # nobody would close the microphone after us
                with suppress(AsrdError, asyncio.TimeoutError):
                    await asyncio.wait_for(self._steer(Wish.PAUSE), END_S)

    async def _steer(self, wish: Wish) -> Outcome:
        return await steer(self._given.endpoint, wish)

    def _type(self) -> None:
        try:
            Hands(self._typist, self._given.injector, self._given.desktop, self._inbox, self._given.notice).run()
        except BaseException as error:  # noqa: BLE001 - the loop raises it
            self._given.failure = error
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._stopping.set)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: it goes on
            numbers.append(signal.SIGHUP)
        try:
            for number in numbers:
                self._loop.add_signal_handler(number, self._stopping.set)
        except (NotImplementedError, RuntimeError, ValueError):  # no such loop, or not the main thread
            yield
            return
        try:
            yield
        finally:
            for number in numbers:
                self._loop.remove_signal_handler(number)
