from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.wire.pcm import AudioFormat, Encoding, PcmReader

FloatArray = npt.NDArray[np.float32]
STEREO = AudioFormat(48_000, 2)
FLOATS = AudioFormat(16_000, 1, Encoding.F32LE)


def test_s16_full_scale() -> None:
    samples = PcmReader(AudioFormat()).push(np.array([0, 16_384, -32_768, 32_767], "<i2").tobytes())
    assert samples.dtype == np.float32
    assert samples.tolist() == [0.0, 0.5, -1.0, 32_767 / 32_768]


def test_channels_are_averaged() -> None:
    samples = PcmReader(STEREO).push(np.array([16_384, 0, -32_768, -32_768], "<i2").tobytes())
    assert samples.tolist() == [0.25, -1.0]


def test_floats_stay_within_full_scale_and_are_numbers() -> None:
    raw = np.array([0.25, -2.0, 3.0, np.nan, np.inf, -np.inf, 1e38], "<f4")
    assert PcmReader(FLOATS).push(raw.tobytes()).tolist() == [0.25, -1.0, 1.0, 0.0, 0.0, 0.0, 1.0]


def test_nothing_gives_nothing() -> None:
    assert PcmReader(AudioFormat()).push(b"").shape == (0,)


def test_half_a_frame_waits_for_the_rest() -> None:
    reader = PcmReader(STEREO)
    data = np.array([16_384, 0], "<i2").tobytes()
    assert reader.push(data[:3]).shape == (0,)
    assert reader.rest == 3
    assert reader.push(data[3:]).tolist() == [0.25]
    assert reader.rest == 0


@settings(deadline=None)
@given(
    st.binary(max_size=200),
    st.lists(st.integers(0, 40), max_size=10),
    st.sampled_from((AudioFormat(), STEREO, FLOATS, AudioFormat(8000, 3))),
)
def test_how_the_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int], audio_format: AudioFormat) -> None:
    whole = PcmReader(audio_format).push(data)
    reader = PcmReader(audio_format)
    pieces: list[FloatArray] = []
    rest = data
    for cut in cuts:
        pieces.append(reader.push(rest[:cut]))
        rest = rest[cut:]
    pieces.append(reader.push(rest))
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert np.isfinite(whole).all()
    assert len(whole) == len(data) // audio_format.frame_bytes


@pytest.mark.parametrize(("seconds", "expected"), [(0.25, 48_000), (0.0, 4), (1 / 48_000, 4)])
def test_bytes_of_a_stretch(seconds: float, expected: int) -> None:
    assert STEREO.bytes_of(seconds) == expected
