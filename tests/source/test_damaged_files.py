"""Audio files whose headers lie: what the fuzzing of tests/fuzz found, one by one."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import soundfile

from asrd.errors import AudioError
from asrd.source import container
from asrd.source.container import holds_mpeg, read_announcement
from asrd.source.file import open_audio, read_audio

PCM = (8000 * np.sin(np.arange(8000) / 10)).astype("<i2").tobytes()


def wav(path: Path, data: bytes, *, tag: int = 1, rate_hz: int = 16_000, channels: int = 1) -> Path:
    form = struct.pack("<HHIIHH", tag, channels, rate_hz, 2 * rate_hz & 0xFFFF_FFFF, 2 * channels, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


@pytest.mark.parametrize("rate_hz", [1, 999, 768_001, 0x7FFF_FFFF])
def test_a_rate_that_no_recorder_writes(rate_hz: int, tmp_path: Path) -> None:
    """At 1 Hz each sample of the file would become 16 000."""
    path = wav(tmp_path / "a.wav", PCM, rate_hz=rate_hz)
    with pytest.raises(AudioError, match=f"a.wav says that it has {rate_hz} samples a second, and 1000 to 768000 can"):
        read_audio(path)


@pytest.mark.parametrize("rate_hz", [1000, 768_000])
def test_the_slowest_and_the_fastest_rate(rate_hz: int, tmp_path: Path) -> None:
    audio = read_audio(wav(tmp_path / "a.wav", PCM * 10, rate_hz=rate_hz))
    assert len(audio.samples) == pytest.approx(len(PCM) * 10 // 2 * 16_000 / rate_hz, abs=1)


@pytest.mark.parametrize("channels", [1, 2, 1024])
def test_many_channels_take_no_more_memory_than_few(
    channels: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libsndfile fills what it was asked for, however little there is: 62 bytes took 234 MB."""
    asked = []
    read = soundfile.SoundFile.read

    def reading(self: object, frames: int, **options: object) -> object:
        asked.append(frames)
        return read(self, frames, **options)

    monkeypatch.setattr(soundfile.SoundFile, "read", reading)
    frames = 500
    with open_audio(wav(tmp_path / "a.wav", (PCM * 64)[: 2 * channels * frames], channels=channels)) as stream:
        assert sum(map(len, stream)) == frames
    assert 0 < max(asked) * channels <= 1 << 18


def test_au_whose_audio_begins_behind_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.au"
    path.write_bytes(b".snd" + struct.pack(">IIIII", 1 << 30, 16_000, 3, 16_000, 1) + PCM)
    with pytest.raises(AudioError, match="promises 16000 bytes of audio and 0 are there"):
        read_audio(path)


@pytest.mark.parametrize("tag", [0x50, 0x55])
def test_broken_mpeg_in_a_wav_is_quiet(tag: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The decoder inside libsndfile writes notes on standard error."""
    path = wav(tmp_path / "a.wav", bytes(800), tag=tag)
    with pytest.raises(AudioError):
        read_audio(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("order", "magic"), [("<", b"RIFF"), (">", b"RIFX")])
@pytest.mark.parametrize(("tag", "expected"), [(1, False), (0x50, True), (0x55, True), (3, False)])
def test_what_holds_mpeg(order: str, magic: bytes, tag: int, expected: bool) -> None:
    head = magic + bytes(4) + b"WAVEfmt " + struct.pack(f"{order}IHHI", 16, tag, 1, 16_000)
    assert holds_mpeg(head) == expected
    assert not holds_mpeg(head[:12])


class Counting:
    """A file that counts how often it is asked."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.reads = 0
        self.seek, self.fileno = file.seek, file.fileno

    def read(self, count: int) -> bytes:
        self.reads += 1
        return self._file.read(count)


@pytest.mark.parametrize("magic", [b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF", b"caff\0\1\0\0", container._W64_RIFF])
def test_a_file_of_zeros_is_not_gone_through_chunk_by_chunk(magic: bytes, tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    path.write_bytes(magic)
    os.truncate(path, 1 << 30)  # a hole: nothing is written
    with path.open("rb") as file:
        counting = Counting(file)
        assert read_announcement(counting) is None  # type: ignore[arg-type] # as much of a file as is needed
        assert counting.reads <= container._MOST_CHUNKS + 2
