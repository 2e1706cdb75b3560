"""The runner against a daemon that says what a test wants, with a recording injector."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from asrd.bench.daemon.process import DaemonProcess
from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError
from asrd.client.stream import Wanted
from asrd_clients.injectors.interface import Method
from asrd_clients.rules.interface import Before, Rendered
from asrd_clients.typist import runner as runner_module
from asrd_clients.typist.arrivals import LATE_S, Arrivals
from asrd_clients.typist.cues import Cue, Cues
from asrd_clients.typist.runner import Dictation, dictate, end_all
from asrd_clients.typist.settings import Mode, Settings
from asrd_clients.typist.talk import HotkeyRule
from tests.client.fake_daemon import Client, FakeDaemon, Script, final, partial
from tests.clients.typist.editor import PlainRules

PATIENCE_S = 60.0


class Window:
    """Injector and desktop in one; counts what is typed, and can be made to hang."""

    method = Method.X11
    can_erase = True

    def __init__(self) -> None:
        self.text = ""
        self.erased = 0
        self.acts = 0
        self.may_type = threading.Event()
        self.may_type.set()
        self.typed = threading.Condition()
        self.threads: set[str] = set()

    def type(self, text: str) -> None:
        assert self.may_type.wait(PATIENCE_S)
        self._become(self.text + text)

    def erase(self, count: int) -> None:
        self.erased += count
        self._become(self.text[:-count])

    def focus(self) -> str:
        return "window"

    def user_acts(self) -> int:
        return self.acts

    def close(self) -> None:
        pass

    def _become(self, text: str) -> None:
        with self.typed:
            self.threads.add(threading.current_thread().name)
            self.text = text
            self.typed.notify_all()

    def wait_for(self, text: str) -> None:
        with self.typed:
            assert self.typed.wait_for(lambda: self.text == text, PATIENCE_S), self.text


class NamedRules(PlainRules):
    """Rules with a vocabulary, that shout."""

    def __init__(self, context: str, *, is_loud: bool = False) -> None:
        self.context = context
        self._is_loud = is_loud

    def render(self, text: str, language: str, before: Before, *, is_growing: bool = False) -> Rendered:
        rendered = super().render(text, language, before, is_growing=is_growing)
        return Rendered(rendered.take_back, rendered.text.upper() if self._is_loud else rendered.text)


@dataclass
class Trial:
    """A dictation under way, in a thread of its own; `rules` may be exchanged."""

    daemon: str | Endpoint
    window: Window = field(default_factory=Window)
    settings: Settings = field(default_factory=lambda: Settings(mode=Mode.LIVE))
    rules: PlainRules = field(default_factory=PlainRules)
    notices: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    failure: BaseException | None = None

    def __enter__(self) -> Trial:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def _run(self) -> None:
        try:
            self._task = self._loop.create_task(self._dictate())
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.failure = error
        finally:
            self._loop.close()

    async def _dictate(self) -> None:
        await dictate(
            Dictation(
                endpoint=Endpoint(self.daemon) if isinstance(self.daemon, str) else self.daemon,
                settings=self.settings,
                injector=self.window,
                desktop=self.window,
                rules=lambda: self.rules,
                notice=self.notices.append,
                **self.more,
            )
        )

    def ended(self) -> None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def __exit__(self, *_: object) -> None:
        self.window.may_type.set()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.ended()


def wait_until(condition: Callable[[], bool]) -> None:
    ticks = threading.Event()
    for _ in range(round(PATIENCE_S / 0.01)):
        if condition():
            return
        ticks.wait(0.01)
    raise AssertionError("it never happened")


def says(*messages: dict[str, Any], recent: tuple[dict[str, Any], ...] = ()) -> Script:
    async def script(client: Client) -> None:
        await client.hello(*recent)
        for message in messages:
            await client.send(**message)
        await client.stay()

    return script


class TestRunner:
    def test_types(self) -> None:
        messages = (partial("", "hallo"), partial("hello", " world"), final(1, "hello world"), final(2, "more"))
        with FakeDaemon([says(*messages)]) as daemon, Trial(daemon.url) as trial:
            trial.window.wait_for("hello world more")
            assert trial.window.threads == {"asrd-typist"}
            assert trial.notices == []

    def test_no_daemon(self) -> None:
        trial = Trial("ws://127.0.0.1:9/v1/stream")
        with trial:
            trial.ended()
        assert isinstance(trial.failure, ConnectError)

    def test_finals_from_before_are_not_typed(self) -> None:
        with FakeDaemon([says(final(2, "new"), recent=(final(1, "old"),))]) as daemon, Trial(daemon.url) as trial:
            trial.window.wait_for("new")

    def test_comes_back_and_types_what_was_said_a_moment_ago_once(self) -> None:
        async def breaks(client: Client) -> None:
            await client.hello()
            await client.send(**final(1, "one"))
            client.abort()

        again = says(final(3, "three"), recent=(final(1, "one"), final(2, "two")))
        with FakeDaemon([breaks, again]) as daemon, Trial(daemon.url) as trial:
            trial.window.wait_for("one two three")
            assert len(trial.notices) == 2, "lost, and there again"

    def test_what_was_said_longer_ago_is_told_and_not_typed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        moments = iter([0.0, LATE_S * 2])

        class Later(Arrivals):
            def lost(self, now_s: float) -> None:
                super().lost(now_s - next(moments, 0.0) - LATE_S * 2)

        monkeypatch.setattr(runner_module, "Arrivals", Later)

        async def breaks(client: Client) -> None:
            await client.hello()
            await client.send(**final(1, "one"))
            client.abort()

        again = says(final(4, "four"), recent=(final(1, "one"), final(2, "two"), final(3, "three")))
        with FakeDaemon([breaks, again]) as daemon, Trial(daemon.url) as trial:
            trial.window.wait_for("one four")
            assert any("2 that were said meanwhile" in notice for notice in trial.notices)
            assert not any("two" in notice for notice in trial.notices)

    def test_a_window_that_hangs_does_not_hold_up_the_connection(self) -> None:
        """Partials are overtaken, finals wait, and the daemon never meets a slow client."""
        sent = threading.Event()

        async def much(client: Client) -> None:
            await client.hello()
            for number in range(1, 101):
                for revision in range(20):
                    await client.send(**partial("", "x" * 100 * revision, number, revision))
                await client.send(**final(number, f"t{number}"))
            sent.set()
            await client.stay()

        window = Window()
        window.may_type.clear()
        with FakeDaemon([much]) as daemon, Trial(daemon.url, window=window) as trial:
            assert sent.wait(PATIENCE_S)
            window.may_type.set()
            trial.window.wait_for(" ".join(f"t{number}" for number in range(1, 101)))

    def test_ends_when_the_audio_has_ended_and_everything_was_typed(self) -> None:
        async def ends(client: Client) -> None:
            await client.hello()
            await client.send(**final(1, "the last words"))
            await client.send(type="closed")
            await client.stay()

        window = Window()
        window.may_type.clear()
        with FakeDaemon([ends]) as daemon, Trial(daemon.url, window=window) as trial:
            window.may_type.set()
            trial.ended()
            assert trial.failure is None
            assert window.text == "the last words"

    def test_a_bug_in_an_injector_ends_it(self) -> None:
        class Broken(Window):
            def type(self, text: str) -> None:
                raise RuntimeError("a bug")

        with FakeDaemon([says(final(1, "x"))]) as daemon, Trial(daemon.url, window=Broken()) as trial:
            trial.ended()
            assert isinstance(trial.failure, RuntimeError)

    def test_tells_when_listening_begins_and_ends(self) -> None:
        commands: list[str] = []
        cues = Cues(
            frozenset({Cue.NOTIFICATION}),
            start=lambda one: commands.append(one[-1]),
            which=lambda name: name,
            platform="linux",
        )
        states = [{"type": "status", "state": state, "message": ""} for state in ("paused", "listening")]
        with FakeDaemon([says(*states, final(1, "secret"))]) as daemon, Trial(daemon.url, more={"cues": cues}) as trial:
            trial.window.wait_for("secret")
            assert commands == ["not listening", "listening"]


class Steered:
    """A daemon that notes its commands; every connection is alike."""

    def __init__(self, *messages: dict[str, Any], refuses: bool = False) -> None:
        self.commands: list[str] = []
        self._messages = messages
        self._refuses = refuses

    async def script(self, client: Client) -> None:
        state = "paused" if "pause" in self.commands[-1:] else "listening"
        await client.hello()
        await client.send(type="status", state=state, message="")
        for message in self._messages:
            await client.send(**message)
        async for frame in client._connection:
            command = json.loads(frame)
            if "context" in command:
                self.commands.append(f"context {command['context']} for {command['session']}")
                if self._refuses:
                    await client.send(
                        type="error", code="forbidden", message="a token with the scope control is needed"
                    )
            elif command["type"] != "config":
                self.commands.append(command["type"])
                state = "paused" if command["type"] == "pause" else "listening"
                await client.send(type="status", state=state, message="")
            if command.get("replay") == 0:
                await client.hello()
                await client.send(type="status", state=state, message="")


class Key:
    """A hotkey for a test to press."""

    keys = 3

    def __init__(self) -> None:
        self.is_ready = threading.Event()

    def begin(self, pressed: Callable[[], None], released: Callable[[], None]) -> None:
        self.pressed, self.released = pressed, released
        self.is_ready.set()

    def close(self) -> None:
        pass


class TestSteering:
    def test_sends_the_vocabulary_and_again_when_it_changes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runner_module, "RULES_S", 0.02)
        steered = Steered()
        with FakeDaemon([steered.script]) as daemon, Trial(daemon.url, rules=NamedRules("Anna")) as trial:
            wait_until(lambda: steered.commands == ["context Anna for main"])
            trial.rules = NamedRules("Anna Meyer", is_loud=True)
            wait_until(lambda: steered.commands == ["context Anna for main", "context Anna Meyer for main"])
            assert trial.notices == []

    def test_without_a_vocabulary_nothing_is_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runner_module, "RULES_S", 0.02)
        steered = Steered(final(1, "x"))
        with FakeDaemon([steered.script]) as daemon, Trial(daemon.url) as trial:
            trial.window.wait_for("x")
            assert len(daemon.paths) == 1

    def test_a_token_that_may_not_is_told_once_and_dictation_goes_on(self) -> None:
        steered = Steered(final(1, "x"), refuses=True)
        with FakeDaemon([steered.script]) as daemon, Trial(daemon.url, rules=NamedRules("Anna")) as trial:
            wait_until(lambda: bool(trial.notices))
            trial.window.wait_for("x")
            assert len(trial.notices) == 1
            assert "scope control" in trial.notices[0]
            assert "Anna" not in trial.notices[0]

    def test_new_rules_hold_from_then_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runner_module, "RULES_S", 0.02)
        may_go_on = threading.Event()

        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**final(1, "one"))
            await asyncio.to_thread(may_go_on.wait, PATIENCE_S)
            await asyncio.sleep(0.2)
            await client.send(**final(2, "two"))
            await client.stay()

        with FakeDaemon([script]) as daemon, Trial(daemon.url) as trial:
            trial.window.wait_for("one")
            trial.rules = NamedRules("", is_loud=True)
            may_go_on.set()
            trial.window.wait_for("one TWO")

    def test_a_hotkey_steers_the_microphone(self) -> None:
        key, steered = Key(), Steered()
        more = {"hotkey": key, "hotkey_rule": HotkeyRule.HOLD}
        with FakeDaemon([steered.script]) as daemon, Trial(daemon.url, more=more):
            assert key.is_ready.wait(PATIENCE_S)
            wait_until(lambda: steered.commands == ["pause"])
            key.pressed()
            wait_until(lambda: steered.commands == ["pause", "resume", "start"])
            key.released()
            wait_until(lambda: steered.commands[3:] == ["pause"])


def test_a_press_of_the_hotkey_is_no_touch() -> None:
    """So that "scratch that" works from one press to the next."""
    key, steered, was_pressed = Key(), Steered(), threading.Event()

    async def script(client: Client) -> None:
        await client.hello()
        await client.send(**final(1, "one."))
        await asyncio.to_thread(was_pressed.wait, PATIENCE_S)
        await client.send(**final(2, "scratch that"))
        await client.stay()

    more = {"hotkey": key, "hotkey_rule": HotkeyRule.TOGGLE}
    with FakeDaemon([script, steered.script]) as daemon, Trial(daemon.url, more=more) as trial:
        trial.window.wait_for("one.")
        assert key.is_ready.wait(PATIENCE_S)
        trial.window.acts += key.keys
        key.pressed()
        was_pressed.set()
        trial.window.wait_for("")


def test_a_task_that_loses_its_cancellation_is_ended_all_the_same() -> None:
    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async def ended() -> bool:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        await end_all([task], 0.01)
        return task.cancelled()

    assert asyncio.run(asyncio.wait_for(ended(), PATIENCE_S))


def test_a_real_session_in_live_mode_ends_as_its_finals(tmp_path: Path) -> None:
    """The demonstration by the model that ships: typed, corrected, and at the end what the daemon made final."""
    finals: list[str] = []

    class Listening(PlainRules):
        def render(self, text: str, language: str, before: Before, *, is_growing: bool = False) -> Rendered:
            if not is_growing:
                finals.append(text)
            return super().render(text, language, before, is_growing=is_growing)

    with DaemonProcess(["--demo"], tmp_path) as daemon:
        trial = Trial(Endpoint(daemon.url, token=daemon.token), rules=Listening())
        with trial:
            trial.ended()
    assert trial.failure is None
    assert len(finals) >= 2
    assert trial.window.text == " ".join(finals)
    assert trial.window.erased > 0, "it was corrected on the way"


def test_asks_for_no_finals_from_before() -> None:
    assert Wanted().replay == 0
