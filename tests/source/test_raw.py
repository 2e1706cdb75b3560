from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest
import soxr

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.errors import AudioError
from asrd.events import State
from asrd.source.interface import Source
from asrd.source.raw import Encoding, RawDecoder, RawFormat, RawSource
from tests.source.fakes import Notes, Told, eventually

CLIP = make_clip(ClipSpec(6, 16_000))


def bytes_of(encoding: Encoding, channels: int = 1) -> bytes:
    wide = np.repeat(CLIP[:, None], channels, axis=1)
    return (wide * 32_768).astype("<i2").tobytes() if encoding == "s16le" else wide.astype("<f4").tobytes()


class TestDecoder:
    @pytest.mark.parametrize("channels", [1, 2])
    @pytest.mark.parametrize("encoding", ["s16le", "f32le"])
    def test_bytes_cut_anywhere(self, encoding: Encoding, channels: int) -> None:
        data = bytes_of(encoding, channels)
        decoder = RawDecoder(RawFormat(encoding, 16_000, channels), "it")
        cuts = np.cumsum(np.random.default_rng(7).integers(0, 500, 300))
        parts = [decoder.push(data[a:b]) for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        assert np.array_equal(np.concatenate([*parts, decoder.flush()]), CLIP)
        assert decoder.rest_bytes == 0

    def test_another_rate(self) -> None:
        decoder = RawDecoder(RawFormat("f32le", 48_000, 1), "it")
        out = np.concatenate([decoder.push(bytes_of("f32le")), decoder.flush()])
        assert np.array_equal(out, soxr.resample(CLIP, 48_000, 16_000, quality="HQ"))

    def test_an_unfinished_frame_waits_for_its_rest(self) -> None:
        decoder = RawDecoder(RawFormat("s16le", 16_000, 2), "it")
        assert len(decoder.push(b"\1\0\1")) == 0
        assert decoder.rest_bytes == 3
        assert len(decoder.push(b"\0")) == 1

    @pytest.mark.parametrize("bad", [float("nan"), float("inf")])
    def test_numbers_that_are_not_finite(self, bad: float) -> None:
        samples = np.zeros(200, "<f4")
        samples[50] = bad
        decoder = RawDecoder(RawFormat("f32le", 8_000, 1), "it")
        decoder.push(bytes(8_000 * 4))
        with pytest.raises(AudioError, match=r"it holds .* not a finite number at 1\.006 s: .* f32le without a header"):
            decoder.push(samples.tobytes())

    @pytest.mark.parametrize(
        ("form", "part"),
        [
            (RawFormat("s24le"), "'s24le'"),  # type: ignore[arg-type]
            (RawFormat(rate_hz=0), "0 Hz"),
            (RawFormat(channels=0), "0 channels"),
        ],
    )
    def test_formats_that_cannot_be_used(self, form: RawFormat, part: str) -> None:
        with pytest.raises(AudioError, match=part):
            RawDecoder(form, "it")


class Scene:
    """A source that reads from a pipe."""

    def __init__(self, form: RawFormat, sink: Notes | None = None) -> None:
        self.sink, self.told = sink or Notes(), Told()
        self.read, self.write = os.pipe()
        self.source = RawSource(form, self.sink, self.told.publish, self.told.finished, descriptor=self.read)

    def give(self, data: bytes, *, ends: bool = False) -> None:
        with open(self.write, "wb", closefd=ends) as file:
            file.write(data)
        if ends:
            self.write = -1

    def close(self) -> None:
        self.source.close()
        for end in (self.read, self.write):
            if end >= 0:
                os.close(end)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene(RawFormat())
    yield made
    made.close()


def test_all_of_it_is_heard(scene: Scene) -> None:
    source: Source = scene.source
    source.begin()
    scene.give(bytes_of("s16le"), ends=True)
    assert scene.told.wait_for_end() is None
    assert np.array_equal(scene.sink.samples, CLIP)
    assert scene.told.states == [State.LISTENING, State.IDLE]
    assert scene.told.events[-1].message == f"descriptor {scene.read} has ended"


def test_what_the_resampler_held_back_is_heard_at_the_end() -> None:
    scene = Scene(RawFormat("f32le", 48_000))
    scene.source.begin()
    scene.give(bytes_of("f32le"), ends=True)
    assert scene.told.wait_for_end() is None
    assert np.array_equal(scene.sink.samples, soxr.resample(CLIP, 48_000, 16_000, quality="HQ"))
    scene.close()


def test_a_short_last_frame_is_dropped_and_told(scene: Scene) -> None:
    scene.source.begin()
    scene.give(bytes_of("s16le") + b"\7", ends=True)
    assert scene.told.wait_for_end() is None
    assert np.array_equal(scene.sink.samples, CLIP)
    assert "has ended; 1 of its bytes are no whole frame" in scene.told.events[-1].message


def test_no_samples_at_all(scene: Scene) -> None:
    scene.source.begin()
    scene.give(b"", ends=True)
    assert scene.told.wait_for_end() is None
    assert scene.sink.blocks == []


def test_waits_for_room() -> None:
    class Tight(Notes):
        def room(self) -> int:
            return 0 if self.free == 0 else super().room()

    scene = Scene(RawFormat(), Tight(room=0))
    scene.source.begin()
    scene.give(bytes_of("s16le")[:10_000])
    eventually(lambda: scene.source.status().state is State.LISTENING, "not begun")
    assert scene.sink.blocks == []
    scene.sink.free = 16_000
    scene.give(b"", ends=True)
    assert scene.told.wait_for_end() is None
    assert len(scene.sink.samples) == 5_000
    scene.close()


def test_a_pause_drops_what_comes_meanwhile(scene: Scene) -> None:
    scene.source.begin()
    scene.give(bytes_of("s16le")[:9600])
    eventually(lambda: len(scene.sink.samples) == 4800, "not heard")
    scene.source.pause()
    eventually(lambda: scene.source.status().state is State.PAUSED, "not paused")
    assert scene.sink.told[-1] == "flush"
    half = 1 << 19  # more than the pipe holds, so that all but its last part must have been read
    scene.give(bytes(half))
    scene.source.resume()
    eventually(lambda: scene.source.status().state is State.LISTENING, "not resumed")
    scene.give(bytes_of("s16le")[:9600], ends=True)
    assert scene.told.wait_for_end() is None
    # What was still in the pipe at `resume` is heard: at most its 64 KiB and what had been read.
    assert np.array_equal(scene.sink.samples[-4800:], CLIP[:4800])
    assert len(scene.sink.samples) <= 9600 + (1 << 16)


def test_close_ends_a_wait_for_input(scene: Scene) -> None:
    scene.source.begin()
    eventually(lambda: scene.source.status().state is State.LISTENING, "not begun")
    scene.source.close()
    scene.source.close()
    assert scene.told.ends == []
    assert not [thread for thread in threading.enumerate() if thread.name == "source-test"]


def test_close_before_begin_frees_the_pipe(scene: Scene) -> None:
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208
    scene.source.close()
    assert len(os.listdir("/dev/fd")) == before - 2  # noqa: PTH208


def test_many_commands_do_not_fill_up_anything(scene: Scene) -> None:
    for _ in range(40_000):
        scene.source.pause()
        scene.source.resume()
    scene.source.begin()
    scene.give(bytes_of("s16le"), ends=True)
    assert scene.told.wait_for_end() is None
    assert np.array_equal(scene.sink.samples, CLIP)


def test_what_cannot_be_read_is_handed_on() -> None:
    scene = Scene(RawFormat())
    os.close(scene.read)
    scene.read = os.open("/", os.O_RDONLY)
    scene.source._descriptor = scene.read
    scene.source.begin()
    error = scene.told.wait_for_end()
    assert isinstance(error, AudioError)
    assert "cannot be read" in str(error)
    scene.close()
