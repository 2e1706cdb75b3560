from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import soxr

from asrd.errors import AudioError
from asrd.source.resample import Resampler

FloatArray = npt.NDArray[np.float32]


def noise(rate_hz: int, channels: int = 1, seconds: float = 1.0) -> FloatArray:
    shape = (round(rate_hz * seconds), channels)
    return np.random.default_rng(5).normal(0, 0.1, shape).astype(np.float32)


def run(resampler: Resampler, audio: npt.NDArray[np.float32], sizes: npt.NDArray[np.int64]) -> FloatArray:
    out = [resampler.push(block) for block in np.split(audio, np.cumsum(sizes))]
    return np.concatenate([*out, resampler.flush()])


class TestAnyBlocks:
    @pytest.mark.parametrize("channels", [1, 2, 5])
    @pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
    def test_equal_soxr_in_one_go_exactly(self, rate_hz: int, channels: int) -> None:
        audio = noise(rate_hz, channels)
        mixed = audio.mean(axis=1, dtype=np.float64).astype(np.float32)
        expected = soxr.resample(mixed, rate_hz, 16_000, quality="HQ")
        for seed in range(3):
            sizes = np.random.default_rng(seed).integers(0, 3000, 8)
            assert np.array_equal(run(Resampler(rate_hz, channels), audio, sizes), expected)

    def test_one_sample_at_a_time(self) -> None:
        audio = noise(44_100, seconds=0.05)
        expected = soxr.resample(audio[:, 0], 44_100, 16_000, quality="HQ")
        assert np.array_equal(run(Resampler(44_100), audio, np.ones(len(audio) - 1, np.int64)), expected)

    def test_a_flush_begins_a_new_stream(self) -> None:
        audio = noise(48_000)
        resampler = Resampler(48_000)
        first = run(resampler, audio, np.array([700]))
        assert np.array_equal(run(resampler, audio, np.array([5000])), first)

    def test_a_flush_without_audio_gives_nothing(self) -> None:
        assert len(Resampler(48_000).flush()) == 0


class TestSamples:
    def test_16_khz_mono_passes_through_exactly_and_at_once(self) -> None:
        audio = noise(16_000)
        resampler = Resampler(16_000)
        for block in (audio, audio[:, 0]):
            assert np.array_equal(resampler.push(block), audio[:, 0])
        assert len(resampler.flush()) == 0

    def test_integers_are_scaled_to_full_scale_1(self) -> None:
        block = np.array([-32_768, -1, 0, 1, 32_767], np.int16)
        out = Resampler(16_000).push(block)
        assert out.dtype == np.float32
        assert np.array_equal(out, block / np.float32(32_768))

    def test_integer_channels_are_mixed_without_overflow(self) -> None:
        block = np.full((3, 2), 32_767, np.int16)
        assert np.array_equal(Resampler(16_000, 2).push(block), np.full(3, 32_767 / 32_768, np.float32))

    def test_equal_channels_mix_to_what_each_is(self) -> None:
        audio = noise(16_000)
        assert np.array_equal(Resampler(16_000, 3).push(np.repeat(audio, 3, axis=1)), audio[:, 0])

    def test_channels_are_mixed_by_their_mean(self) -> None:
        assert Resampler(16_000, 2).push(np.array([[1.0, 0.5]], np.float32)).tolist() == [0.75]

    @pytest.mark.parametrize(("rate_hz", "limit_s"), [(16_000, 0.0), (8_000, 0.12), (44_100, 0.04), (48_000, 0.04)])
    def test_holds_back_no_more_than_it_says(self, rate_hz: int, limit_s: float) -> None:
        resampler, block, given, made = Resampler(rate_hz), noise(rate_hz, seconds=0.06), 0, 0
        for _ in range(50):
            given += len(block)
            made += len(resampler.push(block))
            assert 0 <= given / rate_hz - made / 16_000 <= limit_s


class TestRefused:
    @pytest.mark.parametrize("rate_hz", [-1, 0, 999, 800_000])
    def test_rates(self, rate_hz: int) -> None:
        with pytest.raises(AudioError, match=f"{rate_hz} Hz"):
            Resampler(rate_hz)

    def test_channel_counts(self) -> None:
        with pytest.raises(AudioError, match="0 channels"):
            Resampler(16_000, 0)

    @pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 3)])
    def test_blocks_of_another_shape(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="2 channels"):
            Resampler(16_000, 2).push(np.zeros(shape, np.float32))
