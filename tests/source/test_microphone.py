from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import soxr

from asrd.errors import AudioError
from asrd.source import microphone, portaudio
from asrd.source.devices import InputDevice
from asrd.source.microphone import Microphone
from tests.source.fake_portaudio import HOST_ERROR, UNAVAILABLE, FakePortAudio, PortAudioError
from tests.source.fakes import Notes

BLOCK = np.linspace(-0.5, 0.5, 960, dtype=np.float32)[:, None]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    fake = FakePortAudio()
    monkeypatch.setattr(portaudio, "library", lambda: fake)
    return fake


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture(autouse=True)
def no_claim_is_left(module: FakePortAudio) -> Iterator[None]:
    yield
    assert portaudio._claims == set()


def device(channels: int = 1, rate_hz: int = 44_100) -> InputDevice:
    return InputDevice(3, "USB Mic", "ALSA", channels, rate_hz, is_default=False)


class TestFormat:
    @pytest.mark.parametrize(
        ("has_channels", "rates_hz", "takes_channels", "expected"),
        [
            (1, (16_000, 44_100), (1,), (16_000, 1)),
            (1, (44_100, 48_000), (1,), (44_100, 1)),  # its own rate next
            (1, (48_000,), (1,), (48_000, 1)),
            (2, (16_000,), (1, 2), (16_000, 2)),
            (2, (48_000,), (1,), (48_000, 1)),
            (32, (16_000,), (1, 2, 32), (16_000, 1)),
            (4, (48_000,), (4,), (48_000, 4)),
        ],
    )
    def test_the_first_that_is_taken(
        self,
        module: FakePortAudio,
        notes: Notes,
        has_channels: int,
        rates_hz: tuple[int, ...],
        takes_channels: tuple[int, ...],
        expected: tuple[int, int],
    ) -> None:
        module.rates_hz, module.channels = rates_hz, takes_channels
        opened = Microphone(device(has_channels), notes)
        options = module.streams[-1].options
        assert (opened.rate_hz, opened.channels) == expected
        assert (options["samplerate"], options["channels"], options["device"]) == (*expected, 3)
        assert options["blocksize"] == 0.06 * opened.rate_hz
        opened.close()

    def test_none_is_taken(self, module: FakePortAudio, notes: Notes) -> None:
        module.rates_hz = ()
        with pytest.raises(AudioError, match="'USB Mic' takes none of the sample rates"):
            Microphone(device(), notes)

    def test_in_use(self, module: FakePortAudio, notes: Notes) -> None:
        module.start_error = PortAudioError("Device unavailable", UNAVAILABLE)
        with pytest.raises(AudioError, match="'USB Mic' is in use"):
            Microphone(device(), notes)
        assert [stream.is_closed for stream in module.streams] == [True]  # and no other rate was tried

    def test_the_systems_own_reason(self, module: FakePortAudio, notes: Notes) -> None:
        module.other_error = PortAudioError("Unanticipated host error", HOST_ERROR, (8, -5, "Input/output error"))
        with pytest.raises(AudioError, match=r"cannot be opened \(Input/output error\)"):
            Microphone(device(), notes)


class TestAudio:
    def test_is_a_copy_of_what_portaudio_has(self, module: FakePortAudio, notes: Notes) -> None:
        opened = Microphone(device(), notes)
        module.streams[0].feed(BLOCK)
        module.streams[0].feed(-BLOCK)
        assert np.array_equal(notes.samples, np.concatenate([BLOCK, -BLOCK])[:, 0])
        assert opened.blocks == 2
        opened.close()

    def test_44_khz_stereo_is_resampled(self, module: FakePortAudio, notes: Notes) -> None:
        module.rates_hz = (44_100,)
        audio = np.random.default_rng(1).normal(0, 0.1, (44_100, 2)).astype(np.float32)
        opened = Microphone(device(2), notes)
        for block in np.split(audio, range(2646, len(audio), 2646)):
            module.streams[0].feed(block)
        expected = soxr.resample(audio.mean(axis=1, dtype=np.float64).astype(np.float32), 44_100, 16_000, quality="HQ")
        heard = notes.samples
        assert len(heard) > 15_000
        assert np.array_equal(heard, expected[: len(heard)])
        opened.close()

    def test_zeros_are_counted_until_there_is_sound(self, module: FakePortAudio, notes: Notes) -> None:
        opened = Microphone(device(), notes)
        stream = module.streams[0]
        for _ in range(50):
            stream.feed(np.zeros((960, 1), np.float32))
        assert opened.zeros_s == pytest.approx(3.0)
        one = np.zeros((960, 1), np.float32)
        one[5] = 1e-6
        stream.feed(one)
        assert opened.zeros_s == 0.0
        opened.close()

    def test_an_overflow_is_as_long_as_the_devices_clock_says(self, module: FakePortAudio, notes: Notes) -> None:
        opened = Microphone(device(), notes)
        stream = module.streams[0]
        stream.feed(BLOCK, adc_s=7.0, overflow=True)  # there was nothing before it
        stream.feed(BLOCK, adc_s=7.06)
        stream.feed(BLOCK, adc_s=7.06 + 0.06 + 0.25, overflow=True)
        stream.feed(BLOCK, adc_s=7.43, overflow=True)
        assert notes.told == ["hear 960", "hear 960", "lost 4000", "hear 960", "lost 1", "hear 960"]
        opened.close()

    def test_what_the_listener_raises_is_kept(self, module: FakePortAudio, notes: Notes) -> None:
        error = RuntimeError("boom")

        def fail(samples: object) -> None:
            raise error

        notes.hear = fail  # type: ignore[method-assign]
        opened = Microphone(device(), notes)
        module.streams[0].feed(BLOCK)
        module.streams[0].feed(BLOCK)
        assert opened.failure is error
        assert opened.blocks == 1
        opened.close()


class TestClose:
    def test_closes_once_and_hears_nothing_more(self, module: FakePortAudio, notes: Notes) -> None:
        opened = Microphone(device(), notes)
        assert opened.is_active
        opened.close()
        opened.close()
        assert not opened.is_active
        assert module.streams[0].is_closed
        module.streams[0].feed(BLOCK)
        assert notes.told == []

    def test_keeps_the_list_of_devices_until_then(self, module: FakePortAudio, notes: Notes) -> None:
        opened = Microphone(device(), notes)
        assert not portaudio.renew_devices()
        opened.close()
        assert portaudio.renew_devices()

    def test_a_stream_that_hangs_is_left_to_itself(
        self, module: FakePortAudio, notes: Notes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers, abandoned = threading.Event(), []
        monkeypatch.setattr(module, "hang", lambda: answers.wait(10))
        monkeypatch.setattr(microphone, "_CLOSE_TIMEOUT_S", 0.01)
        monkeypatch.setattr(portaudio, "abandon", lambda: abandoned.append(True))
        opened = Microphone(device(), notes)
        opened.close()
        assert abandoned == [True]
        assert not portaudio.renew_devices()  # that would wait for it
        answers.set()
        closer = next(thread for thread in threading.enumerate() if thread.name == "microphone-close")
        closer.join(10)
        assert portaudio.renew_devices()
