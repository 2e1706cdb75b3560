from __future__ import annotations

import os
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.errors import AudioError
from asrd.source.file import AudioStream, open_audio, read_audio

RATE_HZ = 16_000
CLIP = make_clip(ClipSpec(5, 3 * RATE_HZ))

# Extension -> libsndfile's format and subtype.
FORMATS = {
    "8.wav": ("WAV", "PCM_U8"),
    "16.wav": ("WAV", "PCM_16"),
    "24.wav": ("WAV", "PCM_24"),
    "32.wav": ("WAV", "PCM_32"),
    "float.wav": ("WAV", "FLOAT"),
    "double.wav": ("WAV", "DOUBLE"),
    "extensible.wav": ("WAVEX", "PCM_16"),
    "rf64": ("RF64", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "aiff": ("AIFF", "PCM_16"),
    "au": ("AU", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
}
LOSSY = {"ogg", "opus", "mp3"}
EXACT = [name for name in FORMATS if name not in LOSSY and name != "8.wav"]


def write(path: Path, samples: NDArray[Any], rate_hz: int = RATE_HZ, name: str = "16.wav") -> Path:
    kind, subtype = FORMATS[name]
    soundfile.write(path, samples, rate_hz, format=kind, subtype=subtype)
    return path


def correlation(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(np.corrcoef(a, b)[0, 1])


class TestFormats:
    @pytest.mark.parametrize("name", EXACT)
    def test_16_khz_mono_comes_through_unchanged(self, name: str, tmp_path: Path) -> None:
        audio = read_audio(write(tmp_path / name, CLIP, name=name))
        assert audio.samples.dtype == np.float32
        assert np.array_equal(audio.samples, CLIP)
        assert (audio.sample_rate_hz, audio.channels, audio.duration_s) == (RATE_HZ, 1, 3.0)

    @pytest.mark.parametrize("kind", ["WAV", "AIFF", "AU"])
    @pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
    def test_both_byte_orders(self, kind: str, endian: str, tmp_path: Path) -> None:
        path = tmp_path / "a"
        soundfile.write(path, CLIP, RATE_HZ, format=kind, subtype="PCM_16", endian=endian)
        assert np.array_equal(read_audio(path).samples, CLIP)
        path.write_bytes(path.read_bytes()[:-1000])
        with pytest.raises(AudioError, match="cut off"):
            read_audio(path)

    def test_8_bit_is_as_close_as_8_bits_are(self, tmp_path: Path) -> None:
        audio = read_audio(write(tmp_path / "a.wav", CLIP, name="8.wav"))
        assert np.abs(audio.samples - CLIP).max() <= 1 / 128

    @pytest.mark.parametrize("name", sorted(LOSSY))
    def test_lossy_formats_are_close(self, name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        audio = read_audio(write(tmp_path / f"a.{name}", CLIP, name=name))
        assert len(audio.samples) == len(CLIP)
        assert correlation(audio.samples, CLIP) > 0.9
        capfd.readouterr()

    def test_the_name_does_not_matter(self, tmp_path: Path) -> None:
        assert np.array_equal(read_audio(write(tmp_path / "speech.raw", CLIP, name="flac")).samples, CLIP)

    @pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
    def test_other_rates_are_resampled(self, rate_hz: int, tmp_path: Path) -> None:
        def tones(rate_hz: int) -> NDArray[np.float64]:
            time_s = np.arange(2 * rate_hz) / rate_hz
            phases = 2 * np.pi * np.outer([150.0, 440.0, 2500.0], time_s)
            return np.asarray(0.2 * np.sin(phases).sum(axis=0))

        audio = read_audio(write(tmp_path / "a.wav", tones(rate_hz), rate_hz, "float.wav"))
        assert len(audio.samples) == 2 * RATE_HZ
        assert (audio.sample_rate_hz, audio.duration_s) == (rate_hz, 2.0)
        inner = slice(1000, -1000)  # a resampler sees silence before and after
        assert np.abs(audio.samples[inner] - tones(RATE_HZ)[inner]).max() < 1e-3

    @pytest.mark.parametrize("channels", [2, 3, 6])
    def test_equal_channels_mix_to_what_each_is(self, channels: int, tmp_path: Path) -> None:
        audio = read_audio(write(tmp_path / "a.wav", np.stack([CLIP] * channels, axis=1)))
        assert np.array_equal(audio.samples, CLIP)
        assert audio.channels == channels

    def test_channels_mix_to_their_mean(self, tmp_path: Path) -> None:
        audio = read_audio(write(tmp_path / "a.wav", np.stack([CLIP, np.zeros_like(CLIP)], axis=1), name="float.wav"))
        assert np.array_equal(audio.samples, CLIP / 2)

    def test_loud_and_partly_clipped_speech_passes(self, tmp_path: Path) -> None:
        loud = np.clip(CLIP * 20, -1.0, 1.0)
        assert 0.2 < np.mean(np.abs(loud) >= 0.999) < 0.95
        assert len(read_audio(write(tmp_path / "a.wav", loud)).samples) == len(CLIP)

    def test_a_file_longer_than_its_blocks(self, tmp_path: Path) -> None:
        long = np.tile(CLIP, 6)
        with open_audio(write(tmp_path / "a.flac", long, name="flac")) as stream:
            assert stream.total_samples == len(long)
            blocks = list(stream)
        assert len(blocks) > 3
        assert np.array_equal(np.concatenate(blocks), long)

    def test_a_pipe_is_read(self, tmp_path: Path) -> None:
        data = write(tmp_path / "a.wav", CLIP).read_bytes()
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(data,))
        writer.start()
        assert np.array_equal(read_audio(pipe).samples, CLIP)
        writer.join()


class TestCutOff:
    @pytest.mark.parametrize("name", [name for name in FORMATS if name not in LOSSY])
    @pytest.mark.parametrize("share", [0.001, 0.4, 0.99])
    def test_lossless(self, name: str, share: float, tmp_path: Path) -> None:
        path = write(tmp_path / name, np.tile(CLIP, 2), name=name)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(AudioError, match=r"cut off|is not audio"):
            read_audio(path)

    @pytest.mark.parametrize("name", sorted(LOSSY))
    @pytest.mark.parametrize("share", [0.01, 0.4, 0.9])
    def test_lossy(self, name: str, share: float, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        path = write(tmp_path / name, np.tile(CLIP, 4), name=name)
        whole = path.read_bytes()
        capfd.readouterr()
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(AudioError, match=r"cut off|is not audio"):
            read_audio(path)
        assert capfd.readouterr().err == ""  # libmpg123 keeps still

    def test_one_sample_is_missing(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", CLIP)
        path.write_bytes(path.read_bytes()[:-2])
        with pytest.raises(AudioError, match="promises 96000 bytes of audio and 95998 are there"):
            read_audio(path)

    def test_mp3_of_variable_rate_without_a_length_is_refused_rather_than_cut(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mp3"
        samples = 0.2 * np.random.default_rng(0).standard_normal(5 * RATE_HZ)
        soundfile.write(path, samples, RATE_HZ, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5)
        whole = path.read_bytes()
        assert whole[13:17] == b"Xing"
        path.write_bytes(whole[whole.index(whole[:2], 2) :])  # without the first frame, which holds the length
        with pytest.raises(AudioError, match=r"should hold 5\.\d\d s of audio and [12]\."):
            read_audio(path)


@pytest.mark.parametrize(("missing", "complete"), [(320, True), (321, False)])
def test_of_opus_libsndfile_may_lose_a_part_of_the_last_packet(tmp_path: Path, missing: int, complete: bool) -> None:
    path = tmp_path / "a.opus"
    soundfile.write(path, make_clip(ClipSpec(1, 16_000)), 16_000, format="OGG", subtype="OPUS")
    with soundfile.SoundFile(path) as file:
        stream = AudioStream("a.opus", file, promised_frames=file.frames + missing, is_mpeg=False)
        if complete:
            assert sum(map(len, stream)) == 16_000
        else:
            with pytest.raises(AudioError, match="cut off"):
                list(stream)


def wav(data: bytes, data_size: int, riff_size: int, before: bytes = b"", after: bytes = b"") -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE")
        + form
        + before
        + struct.pack("<4sI", b"data", data_size)
        + data
        + after
    )


class TestUnknownLength:
    DATA = (CLIP * 32768).astype("<i2").tobytes()

    @pytest.mark.parametrize(
        ("data_size", "riff_size"),
        [
            (0, 0),
            (0, 36),  # a recorder that was killed
            (0, 0xFFFF_FFFF),
            (0xFFFF_FFFF, 0xFFFF_FFFF),  # ffmpeg
            (0x7FFF_F000, 0x7FFF_F024),  # SoX
            (0x8000_0000, 0x8000_0024),
        ],
    )
    def test_what_is_there_is_read(self, data_size: int, riff_size: int, tmp_path: Path) -> None:
        path = tmp_path / "a.wav"
        path.write_bytes(wav(self.DATA, data_size, riff_size, before=struct.pack("<4sI3sx", b"LIST", 3, b"abc")))
        assert np.array_equal(read_audio(path).samples, CLIP)

    def test_an_empty_recording_that_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "a.wav"
        after = struct.pack("<4sI2000s", b"LIST", 2000, b"")
        path.write_bytes(wav(b"", 0, 36 + len(after), after=after))
        with pytest.raises(AudioError, match="holds no samples"):
            read_audio(path)

    def test_flac_without_a_length(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.flac", CLIP, name="flac")
        data = bytearray(path.read_bytes())
        data[21] &= 0xF0  # STREAMINFO: 36 bits of sample count
        data[22:26] = bytes(4)
        path.write_bytes(data)
        with open_audio(path) as stream:
            assert stream.total_samples is None
            assert np.array_equal(np.concatenate(list(stream)), CLIP)

    def test_chunks_after_the_audio_do_not_count(self, tmp_path: Path) -> None:
        path = tmp_path / "a.wav"
        after = struct.pack("<4sI4s", b"LIST", 4, b"abcd")
        path.write_bytes(wav(self.DATA, len(self.DATA), 36 + len(self.DATA) + len(after), after=after))
        assert np.array_equal(read_audio(path).samples, CLIP)


class TestSignal:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_a_number_that_is_not_finite_is_placed(self, value: float, tmp_path: Path) -> None:
        samples = np.tile(CLIP, 3).reshape(-1, 1).repeat(2, axis=1)
        samples[100_000, 1] = value
        with pytest.raises(AudioError, match=r"not a finite number at 6\.250 s"):
            read_audio(write(tmp_path / "a.wav", samples, name="float.wav"))

    @pytest.mark.parametrize("count", [1, 159, 160, 399])
    def test_less_than_a_window(self, count: int, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match=rf"\({count} samples at 16 kHz\) and at least 25 ms"):
            read_audio(write(tmp_path / "a.wav", CLIP[20_000 : 20_000 + count]))

    def test_a_window_is_enough(self, tmp_path: Path) -> None:
        assert len(read_audio(write(tmp_path / "a.wav", CLIP[20_000:20_400])).samples) == 400

    def test_no_samples(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match="holds no samples"):
            read_audio(write(tmp_path / "a.wav", CLIP[:0]))

    def test_bit_exact_silence(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match=r"every sample is zero.*microphone is not muted"):
            read_audio(write(tmp_path / "a.wav", np.zeros(RATE_HZ)))

    def test_nearly_silent_passes(self, tmp_path: Path) -> None:
        samples = np.zeros(RATE_HZ)
        samples[500] = 1 / 32768
        assert read_audio(write(tmp_path / "a.wav", samples)).duration_s == 1.0

    def test_channels_that_cancel_each_other(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match="channels cancel each other"):
            read_audio(write(tmp_path / "a.wav", np.stack([CLIP, -CLIP], axis=1), name="float.wav"))

    @pytest.mark.parametrize("name", ["8.wav", "16.wav", "float.wav", "flac"])
    @pytest.mark.parametrize("rate_hz", [RATE_HZ, 44_100])
    def test_a_square_wave_at_full_scale(self, name: str, rate_hz: int, tmp_path: Path) -> None:
        square = np.where(np.arange(rate_hz) // 50 % 2, 1.0, -1.0)
        with pytest.raises(AudioError, match="clipped beyond use, 100 %"):
            read_audio(write(tmp_path / "a.wav", square, rate_hz, name))


class TestPath:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match=r"there is no file .*nope\.wav"):
            read_audio(tmp_path / "nope.wav")

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match="is a folder"):
            read_audio(tmp_path)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_no_permission(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", CLIP)
        path.chmod(0)
        with pytest.raises(AudioError, match=r"cannot be opened \(Permission denied\)"):
            read_audio(path)

    def test_no_permission_as_told_by_the_system(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(AudioError, match=r"cannot be opened \(Permission denied\): check its permissions"):
            read_audio(tmp_path / "a.wav")

    def test_device(self) -> None:
        with pytest.raises(AudioError, match="neither a file nor a pipe"):
            read_audio("/dev/null")

    def test_empty(self, tmp_path: Path) -> None:
        path = tmp_path / "a.wav"
        path.touch()
        with pytest.raises(AudioError, match=r"is empty \(0 bytes\)"):
            read_audio(path)

    @pytest.mark.parametrize(
        "content", [b"hello world\n" * 99, bytes(5000), b"\xff\xd8\xff\xe0" * 999, b"RIFF", b"ID3"]
    )
    @pytest.mark.parametrize("name", ["a.wav", "a.raw", "a.mp3"])
    def test_not_audio(self, content: bytes, name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(AudioError, match=r"is not audio|damaged or cut off"):
            read_audio(path)
        assert capfd.readouterr().err == ""
