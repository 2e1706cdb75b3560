from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.errors import AudioError
from asrd.events import State
from asrd.source.interface import Source
from asrd.source.paced import BLOCK_SAMPLES, FileSource, RealTime, WhenRoom
from tests.source.fakes import Notes, Told, eventually

CLIP = make_clip(ClipSpec(5, 16_000 * 3 + 100))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "clip.wav", CLIP, 16_000)
    return tmp_path / "clip.wav"


class TestRealTime:
    def test_a_block_goes_when_its_last_sample_was_spoken(self) -> None:
        now_s = [50.0]
        pace = RealTime(lambda: now_s[0])
        assert pace.delay_s(1600) == pytest.approx(0.1)
        now_s[0] += 0.04
        assert pace.delay_s(1600) == pytest.approx(0.06)
        pace.sent(1600)
        assert pace.delay_s(800) == pytest.approx(0.11)

    def test_catches_up_after_a_delay(self) -> None:
        now_s = [50.0]
        pace = RealTime(lambda: now_s[0])
        pace.delay_s(1600)
        now_s[0] += 10
        for _ in range(99):
            assert pace.delay_s(1600) < 0
            pace.sent(1600)
        pace.sent(1600)
        assert pace.delay_s(1600) == pytest.approx(0.1)

    def test_a_pause_moves_what_follows(self) -> None:
        now_s = [50.0]
        pace = RealTime(lambda: now_s[0])
        pace.delay_s(1600)
        now_s[0] += 60
        pace.held(60.0)
        assert pace.delay_s(1600) == pytest.approx(0.1)

    def test_a_pause_before_the_first_block_moves_nothing(self) -> None:
        pace = RealTime(lambda: 50.0)
        pace.held(60.0)
        assert pace.delay_s(1600) == pytest.approx(0.1)


class TestWhenRoom:
    def test_goes_as_soon_as_there_is_room(self) -> None:
        notes = Notes(room=960)
        pace = WhenRoom(notes)
        assert pace.delay_s(960) <= 0 < pace.delay_s(961)


class Scene:
    """A file source whose waiting only moves its clock."""

    def __init__(self, path: Path, *, sink: Notes | None = None, when_room: bool = False) -> None:
        self.sink, self.told = sink or Notes(), Told()
        self.now_s = 0.0
        self.heard_at_s: list[float] = []
        self.at_s: Callable[[], None] = lambda: None
        pace = WhenRoom(self.sink) if when_room else None
        self.source = FileSource(path, self.sink, self.told.publish, self.told.finished, pace=pace, clock=self.clock)
        self.waits: list[float | None] = []
        self._wait = self.source._wait
        self.source._wait = self.wait  # type: ignore[method-assign]

    def clock(self) -> float:
        return self.now_s

    def wait(self, seconds: float | None) -> None:
        self.waits.append(seconds)
        if seconds is None:
            self._wait(5.0)
        else:
            self.now_s += seconds


def test_plays_the_whole_file_in_its_own_time(path: Path) -> None:
    scene = Scene(path)
    source: Source = scene.source
    source.begin()
    assert scene.told.wait_for_end() is None
    assert np.array_equal(scene.sink.samples, CLIP)
    assert scene.now_s == pytest.approx(len(CLIP) / 16_000)
    assert max(map(len, scene.sink.blocks)) == BLOCK_SAMPLES
    assert [(event.state, event.message) for event in scene.told.events] == [
        (State.LISTENING, "playing clip.wav"),
        (State.IDLE, "clip.wav has ended"),
    ]


def test_as_fast_as_there_is_room_takes_no_time(path: Path) -> None:
    scene = Scene(path, when_room=True)
    scene.source.begin()
    assert scene.told.wait_for_end() is None
    assert (np.array_equal(scene.sink.samples, CLIP), scene.now_s) == (True, 0.0)


def test_waits_for_room_and_loses_nothing(path: Path) -> None:
    class Tight(Notes):
        """Room for one block at every third question."""

        asked = 0

        def room(self) -> int:
            self.asked += 1
            return BLOCK_SAMPLES if self.asked % 3 == 0 else BLOCK_SAMPLES - 1

    scene = Scene(path, sink=Tight(), when_room=True)
    scene.source.begin()
    assert scene.told.wait_for_end() is None
    assert np.array_equal(scene.sink.samples, CLIP)
    assert len(scene.waits) >= 2 * len(scene.sink.blocks) - 2


def test_a_pause_holds_it_and_nothing_is_lost(path: Path) -> None:
    scene = Scene(path)
    hear = scene.sink.hear

    def pause_at_20(samples: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
        hear(samples)
        if len(scene.sink.blocks) == 20:
            scene.source.pause()

    scene.sink.hear = pause_at_20  # type: ignore[method-assign]
    scene.source.begin()
    eventually(lambda: scene.source.status().state is State.PAUSED, "not paused")
    assert len(scene.sink.blocks) == 20
    assert scene.sink.told[-1] == "flush"
    scene.now_s += 100
    scene.source.resume()
    assert scene.told.wait_for_end() is None
    assert np.array_equal(scene.sink.samples, CLIP)
    assert scene.now_s == pytest.approx(100 + len(CLIP) / 16_000)
    assert scene.told.states == [State.LISTENING, State.PAUSED, State.LISTENING, State.IDLE]


def test_close_ends_it_within_a_block_and_is_no_end(path: Path) -> None:
    sink, told = Notes(), Told()
    source = FileSource(path, sink, told.publish, told.finished)  # in real time
    source.begin()
    eventually(lambda: bool(sink.blocks), "nothing is played")
    source.close()
    source.close()
    assert len(sink.samples) < len(CLIP)
    assert told.ends == []
    assert not [thread for thread in threading.enumerate() if thread.name == "source-test"]


def test_close_ends_a_pause(path: Path) -> None:
    sink, told = Notes(), Told()
    source = FileSource(path, sink, told.publish, told.finished)
    source.pause()
    source.begin()
    eventually(lambda: source.status().state is State.PAUSED, "not paused")
    source.close()
    assert (sink.blocks, told.ends) == ([], [])


def test_what_is_wrong_with_the_file_is_handed_on(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "none.wav")
    scene.source.begin()
    error = scene.told.wait_for_end()
    assert isinstance(error, AudioError)
    assert "none.wav" in str(error)


def test_an_exception_of_the_session_is_handed_on(path: Path) -> None:
    scene = Scene(path)
    error = RuntimeError("boom")

    def fail(samples: object) -> None:
        raise error

    scene.sink.hear = fail  # type: ignore[method-assign]
    scene.source.begin()
    assert scene.told.wait_for_end() is error
