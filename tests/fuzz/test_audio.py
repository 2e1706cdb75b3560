"""Audio files: samples that can be used, or a sentence that names the file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import soundfile
from hypothesis import note
from hypothesis import strategies as st

from asrd.errors import AudioError
from asrd.source.raw import RawDecoder, RawFormat
from tests.fuzz.budget import fuzz
from tests.fuzz.child import MIB, Child
from tests.fuzz.damage import damaged
from tests.fuzz.readers import audio
from tests.fuzz.riff import wav

RATE_HZ: Final = 16_000
NOISE: Final = 0.3 * np.random.default_rng(5).standard_normal(RATE_HZ // 2).clip(-3, 3)
PCM: Final = (NOISE * 32_767).astype("<i2").tobytes()
# The shortest audio has the most samples at the lowest rate: 1 bit at 1000 Hz is 16 samples at 16 kHz.
SAMPLES_A_BYTE: Final = 16 * 32
GROWTH_BYTES: Final = 64 * MIB
FORMATS: Final = {
    "wav": ("WAV", "PCM_16"),
    "wav24": ("WAV", "PCM_24"),
    "wavf": ("WAV", "FLOAT"),
    "wavima": ("WAV", "IMA_ADPCM"),
    "wavms": ("WAV", "MS_ADPCM"),
    "wavulaw": ("WAV", "ULAW"),
    "wavgsm": ("WAV", "GSM610"),
    "rf64": ("RF64", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "alac": ("CAF", "ALAC_16"),
    "au": ("AU", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "vorbis": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(audio) as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audio")


@pytest.fixture(scope="module")
def valid(folder: Path, child: Child) -> dict[str, bytes]:
    """A whole file of every format; the child has read each of them once, so that it is warm."""
    found = {}
    for name, (container, subtype) in FORMATS.items():
        path = folder / f"valid.{name}"
        rate_hz = 48_000 if name == "opus" else RATE_HZ
        soundfile.write(path, NOISE, rate_hz, format=container, subtype=subtype)
        found[name] = path.read_bytes()
        assert child.read(path).error == "", name
    return found


def looked_at(child: Child, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    note(f"it is in {path}")
    outcome = child.read(path)
    assert outcome.grown_bytes < GROWTH_BYTES, f"it takes {outcome.grown_bytes} bytes for {len(content)}"
    if outcome.error:
        assert outcome.error == "AudioError", outcome
        assert str(path) in outcome.message, outcome
        assert "\n" not in outcome.message, outcome
        assert len(outcome.message) < 600, outcome
        assert " -" not in outcome.message.replace(str(path), ""), f"an amount below nothing: {outcome}"
        return
    result = outcome.result
    assert result["dtype"] == "float32", result
    assert result["is_finite"], result
    assert 0 < result["samples"] <= SAMPLES_A_BYTE * len(content), result


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files(name: str, valid: dict[str, bytes], child: Child, folder: Path) -> None:
    def check(content: bytes) -> None:
        looked_at(child, folder / "damaged.audio", content)

    fuzz(f"audio {name}", check, damaged(valid[name]), examples=15)


def test_chunks_that_lie(child: Child, folder: Path, valid: dict[str, bytes]) -> None:
    def check(content: bytes) -> None:
        looked_at(child, folder / "lying.wav", content)

    assert valid
    fuzz("audio chunks", check, wav(PCM), examples=120)


FORMS: Final = st.builds(
    RawFormat,
    st.sampled_from(["s16le", "f32le", "mp3"]),
    st.sampled_from([-1, 0, 999, 1000, 8000, 16_000, 44_100, 768_000, 768_001, 1 << 31]),
    st.sampled_from([-1, 0, 1, 2, 3, 16, 1000]),
)
_FLOATS: Final = st.floats(width=32).map(lambda value: struct.pack("<f", value))


def test_raw_samples_however_they_are_cut() -> None:
    def check(form: RawFormat, pieces: list[bytes]) -> None:
        try:
            decoder = RawDecoder(form, "the pipe")
            blocks = [*map(decoder.push, pieces), decoder.flush()]
        except AudioError as error:
            assert "\n" not in str(error)
            return
        heard = np.concatenate(blocks)
        assert heard.dtype == np.float32
        assert np.isfinite(heard).all()
        assert decoder.rest_bytes < 4 * form.channels
        frames = sum(map(len, pieces)) // ((2 if form.encoding == "s16le" else 4) * form.channels)
        assert abs(len(heard) - frames * RATE_HZ / form.rate_hz) <= 1

    pieces = st.lists(st.binary(max_size=500) | st.lists(_FLOATS, max_size=50).map(b"".join), max_size=6)
    fuzz("raw samples", check, FORMS, pieces, examples=60)
