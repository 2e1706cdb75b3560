from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from asrd.errors import AudioError, ConfigError
from asrd.events import State
from asrd.options import AudioOptions
from asrd.source.interface import Source
from asrd.source.microphone import Listener
from asrd.source.supervisor import MicrophoneSupervisor
from tests.source.fakes import HandClock, Notes, Told, eventually


class FakeMicrophone:
    name = "Mic"

    def __init__(self, listener: Listener, heard_s: float) -> None:
        self.listener = listener
        self.heard_s = heard_s
        self.blocks = 1
        self.is_active = True
        self.zeros_s = 0.0
        self.failure: BaseException | None = None
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class FakeMicrophones:
    """Each can be told to be missing."""

    def __init__(self, clock: HandClock) -> None:
        self.made: list[FakeMicrophone] = []
        self.attempts = 0
        self.is_missing = False
        self.number: object = None
        self._clock = clock

    def open(self, listener: Listener) -> FakeMicrophone:
        self.attempts += 1
        if self.is_missing:
            raise AudioError("there is no microphone: connect one")
        self.made.append(FakeMicrophone(listener, self._clock.now_s))
        return self.made[-1]

    def default(self) -> object:
        return self.number


class Scene:
    def __init__(self, policy: str = "always") -> None:
        self.clock, self.sink, self.told = HandClock(), Notes(), Told()
        self.microphones = FakeMicrophones(self.clock)
        self.source = MicrophoneSupervisor(
            AudioOptions(policy=policy, retry_s=0.1),
            self.sink,
            self.told.publish,
            self.told.finished,
            microphones=self.microphones,
            clocks=self.clock.clocks(),
        )

    @property
    def now_open(self) -> FakeMicrophone:
        return self.microphones.made[-1]

    def pass_time(self) -> None:
        """Half a second, and wake up the thread, which would wait for it in real time."""
        self.clock.now_s += 0.5
        self.source.used()

    def wait_for(self, state: State) -> None:
        eventually(lambda: self.source.status().state is state, f"not {state}: {self.told.events}")


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.source.close()


@pytest.fixture
def on_demand() -> Iterator[Scene]:
    made = Scene("on-demand")
    yield made
    made.source.close()


def test_is_a_source(scene: Scene) -> None:
    source: Source = scene.source
    assert source.status().state is State.IDLE


def test_audio_goes_to_the_session(scene: Scene) -> None:
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    scene.now_open.listener.hear(np.ones(960, np.float32))
    assert scene.sink.told == ["hear 960"]
    assert scene.told.events[-1].session == "test"


def test_close_closes_the_microphone_and_is_no_end(scene: Scene) -> None:
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    scene.source.close()
    scene.source.close()
    assert scene.now_open.is_closed
    assert scene.told.ends == []


def test_close_before_begin(scene: Scene) -> None:
    scene.source.close()


def test_start_and_stop(on_demand: Scene) -> None:
    on_demand.source.begin()
    eventually(lambda: bool(on_demand.told.events), "no event")
    assert on_demand.microphones.made == []
    on_demand.source.start()
    on_demand.wait_for(State.LISTENING)
    on_demand.source.stop()
    on_demand.wait_for(State.IDLE)
    eventually(lambda: on_demand.sink.told == ["flush"], "the open utterance goes on")
    assert on_demand.now_open.is_closed


def test_pause_and_resume(scene: Scene) -> None:
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    scene.source.pause()
    scene.wait_for(State.PAUSED)
    eventually(lambda: scene.now_open.is_closed, "still open")
    scene.source.resume()
    scene.wait_for(State.LISTENING)
    assert len(scene.microphones.made) == 2


def test_positions_stand_still_during_a_pause(scene: Scene) -> None:
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    scene.now_open.listener.hear(np.ones(960, np.float32))
    scene.source.pause()
    eventually(lambda: "flush" in scene.sink.told, "not flushed")
    scene.clock.now_s += 60
    scene.source.resume()
    scene.wait_for(State.LISTENING)
    scene.now_open.listener.hear(np.ones(960, np.float32))
    assert scene.sink.told == ["hear 960", "flush", "hear 960"]


def test_used_opens_what_idled() -> None:
    scene = Scene("idle:10")
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    scene.clock.now_s += 11
    scene.wait_for(State.IDLE)
    scene.source.used()
    scene.wait_for(State.LISTENING)
    scene.source.close()


def test_a_lost_microphone_comes_back_and_the_loss_is_counted(scene: Scene) -> None:
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    scene.now_open.listener.hear(np.ones(960, np.float32))
    scene.microphones.is_missing = True
    scene.now_open.is_active = False
    scene.wait_for(State.MIC_LOST)
    eventually(
        lambda: "there is no microphone" in scene.source.status().message, "not tried again", meanwhile=scene.pass_time
    )
    assert scene.sink.told == ["hear 960", "flush"]
    scene.microphones.is_missing = False
    eventually(lambda: len(scene.microphones.made) == 2, "not opened again", meanwhile=scene.pass_time)
    scene.wait_for(State.LISTENING)
    lost_s = scene.clock.now_s - 100.0
    scene.now_open.listener.hear(np.ones(960, np.float32))
    assert scene.sink.told[2:] == [f"lost {round(lost_s * 16_000) - 960}", "hear 960"]
    assert scene.told.states == [State.LISTENING, State.MIC_LOST, State.MIC_LOST, State.LISTENING]


def test_each_change_is_told_once(scene: Scene) -> None:
    scene.microphones.is_missing = True
    scene.source.begin()
    eventually(lambda: scene.microphones.attempts > 3, "not tried again", meanwhile=scene.pass_time)
    assert scene.told.states == [State.MIC_LOST]


def test_a_sleep(scene: Scene) -> None:
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    scene.now_open.listener.hear(np.ones(960, np.float32))
    scene.clock.slept_s += 50
    eventually(lambda: len(scene.microphones.made) == 2, "not opened anew")
    scene.wait_for(State.LISTENING)
    scene.now_open.listener.hear(np.ones(960, np.float32))
    assert scene.sink.told == ["hear 960", "flush", f"lost {50 * 16_000 - 960}", "hear 960"]


def test_a_new_default(scene: Scene) -> None:
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    scene.microphones.number = 5
    eventually(lambda: len(scene.microphones.made) == 2, "not changed over")
    assert scene.microphones.made[0].is_closed
    assert State.MIC_LOST not in scene.told.states


def test_an_exception_of_the_session_ends_the_source(scene: Scene) -> None:
    scene.source.begin()
    scene.wait_for(State.LISTENING)
    error = RuntimeError("boom")
    scene.now_open.failure = error
    assert scene.told.wait_for_end() is error
    assert scene.now_open.is_closed


def test_a_wrong_policy_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"audio\.policy"):
        Scene("sometimes")


def test_idle_costs_no_wake_ups(on_demand: Scene) -> None:
    looks = []
    decide = on_demand.source._watch.decide
    on_demand.source._watch.decide = lambda *a: looks.append(1) or decide(*a)  # type: ignore[func-returns-value,method-assign]
    on_demand.source.begin()
    eventually(lambda: bool(on_demand.told.events), "no event")
    on_demand.source.start()
    on_demand.wait_for(State.LISTENING)
    on_demand.source.stop()
    on_demand.wait_for(State.IDLE)
    assert len(looks) <= 5
