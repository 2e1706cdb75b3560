"""Audio files: any format that libsndfile reads, any rate, any number of channels, as mono at 16 kHz."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from asrd.errors import AudioError
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.source.checks import SignalChecks
from asrd.source.container import OpenEndedFile, count_mpeg_samples, holds_mpeg, looks_like_mpeg, read_announcement
from asrd.source.quiet import native_stderr_silenced
from asrd.source.resample import MAX_RATE_HZ, MIN_RATE_HZ

FloatArray = npt.NDArray[np.float32]

_HEAD_BYTES: Final = 4096
_BLOCK_FRAMES: Final = 1 << 16
_BLOCK_VALUES: Final = 1 << 18  # of all channels: a header of 62 bytes may speak of 1024
_UNKNOWN_FRAMES_FROM: Final = 1 << 62  # libsndfile's SF_COUNT_MAX, for a FLAC stream without a length
_MPEG_FRAME_SAMPLES: Final = 1152  # decoders disagree by the encoder's padding
_OPUS_PACKETS_HZ: Final = 50  # of 20 ms; libsndfile may lose a part of the last one where the stream ends inside it
_UNKNOWN_FORMAT: Final = 1  # SF_ERR_UNRECOGNISED_FORMAT
_BAD_FILE: Final = 7  # SFE_BAD_FILE: MPEG audio without a single frame; its text speaks of pipes
_8_BIT: Final = ("PCM_S8", "PCM_U8", "DPCM_8")
_AGAIN: Final = "copy or record it again"


@dataclass(frozen=True, eq=False)
class AudioFile:
    """A whole file.

    Attributes:
        samples: (n,) float32, mono at 16 kHz, full scale 1.0.
        sample_rate_hz: of the file.
        channels: of the file.
        duration_s: of the file.
    """

    samples: FloatArray
    sample_rate_hz: int
    channels: int
    duration_s: float


class AudioStream:
    """An open file whose 16 kHz mono blocks, (n,) float32, can be iterated once; made by `open_audio`.

    The iteration raises AudioError where the file turns out to be unusable; for what concerns the whole (cut off,
    too short, silent, clipped) after its last block.

    Attributes:
        sample_rate_hz: of the file.
        channels: of the file.
        total_samples: how many samples at 16 kHz will come if the header is right; None if it does not say.
        frames_read: samples per channel read so far, at the file's rate.
    """

    def __init__(self, name: str, file: soundfile.SoundFile, *, promised_frames: int | None, is_mpeg: bool) -> None:
        """`promised_frames` as the header says, at the file's rate."""
        self._name = name
        self._file = file
        self._promised_frames = promised_frames
        self._is_mpeg = is_mpeg
        self._is_chatty = file.subtype.startswith("MPEG")  # also inside another container
        self.sample_rate_hz: int = file.samplerate
        self.channels: int = file.channels
        self.total_samples = None if promised_frames is None else self._at_16_khz(promised_frames)
        self.frames_read = 0
        self._block_frames = min(_BLOCK_FRAMES, _BLOCK_VALUES // self.channels)

    def __iter__(self) -> Iterator[FloatArray]:
        checks = SignalChecks(self._name, self.sample_rate_hz, is_8_bit=self._file.subtype in _8_BIT)
        samples = 0
        for block in self._resampled(checks):
            samples += len(block)
            yield block
        self._check_complete()
        checks.finish(samples)

    def _resampled(self, checks: SignalChecks) -> Iterator[FloatArray]:
        resampler = None
        if self.sample_rate_hz != SAMPLE_RATE_HZ:
            resampler = soxr.ResampleStream(self.sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")
        while len(block := self._read()):
            # In float64, so that equal channels mix to exactly what each of them is.
            mixed = block[:, 0] if self.channels == 1 else block.mean(axis=1, dtype=np.float64).astype(np.float32)
            checks.look(block, mixed)
            yield mixed if resampler is None else _resample(resampler, mixed, last=False)
        if resampler is not None and self.frames_read:
            yield _resample(resampler, np.empty(0, np.float32), last=True)

    def _read(self) -> FloatArray:
        """The next (n, channels) float32 at the file's rate; n = 0 at the end."""
        try:
            with native_stderr_silenced(self._is_chatty):
                block = self._file.read(self._block_frames, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            at_s = self.frames_read / self.sample_rate_hz
            raise AudioError(
                f"{self._name} cannot be decoded somewhere after {at_s:.1f} s ({_reason(error)}): it is damaged or cut "
                f"off; {_AGAIN}"
            ) from None
        self.frames_read += len(block)
        return cast(FloatArray, block)

    def _tolerance(self) -> int:
        """How many of the promised frames may be missing."""
        if self._file.subtype == "OPUS":
            return self.sample_rate_hz // _OPUS_PACKETS_HZ
        return _MPEG_FRAME_SAMPLES if self._is_mpeg else 0

    def _check_complete(self) -> None:
        if self._promised_frames is None or self.frames_read >= self._promised_frames - self._tolerance():
            return
        promised_s, read_s = (n / self.sample_rate_hz for n in (self._promised_frames, self.frames_read))
        raise AudioError(
            f"{self._name} is cut off or damaged: it should hold {promised_s:.2f} s of audio and {read_s:.2f} s "
            f"can be read; {_AGAIN}, or convert it to WAV to use what is there"
        )

    def _at_16_khz(self, frames: int) -> int:
        return -(-frames * SAMPLE_RATE_HZ // self.sample_rate_hz)


@contextmanager
def open_audio(path: str | os.PathLike[str]) -> Iterator[AudioStream]:
    """Open the file `path`; a pipe, such as /dev/stdin, is first copied to a temporary file.

    Raises:
        AudioError: it is missing, a folder, empty, not audio, cut off, or of a sample rate that no recorder writes.
    """
    name = os.fspath(path)
    with ExitStack() as opened:
        file = opened.enter_context(_open(Path(path), name))
        head = file.read(_HEAD_BYTES)
        is_mpeg = looks_like_mpeg(head)
        counted_frames = count_mpeg_samples(file) if is_mpeg else None
        source = _checked(file, name)
        with native_stderr_silenced(is_mpeg or holds_mpeg(head)):
            try:
                sound = opened.enter_context(_ForwardFile(source, closefd=False))
            except soundfile.LibsndfileError as error:
                raise _unreadable(name, error) from None
        _check_rate(sound.samplerate, name)
        promised = counted_frames or (sound.frames if sound.frames < _UNKNOWN_FRAMES_FROM else None)
        yield AudioStream(name, sound, promised_frames=promised, is_mpeg=is_mpeg)


_TRUSTED_SAMPLES: Final = 3600 * SAMPLE_RATE_HZ


def read_audio(path: str | os.PathLike[str]) -> AudioFile:
    """Read the whole file `path`.

    Raises:
        AudioError: it is missing, a folder, empty, not audio, cut off, too short, silent, clipped, or holds numbers
            that are not finite.
    """
    with open_audio(path) as stream:
        # A damaged header may promise anything; the array grows with what really comes.
        expected = min(stream.total_samples or _BLOCK_FRAMES, _TRUSTED_SAMPLES)
        samples, count = np.empty(expected + 1, np.float32), 0
        for block in stream:
            if count + len(block) > len(samples):
                grown = np.empty(2 * (count + len(block)), np.float32)
                grown[:count] = samples[:count]
                samples = grown
            samples[count : count + len(block)] = block
            count += len(block)
        duration_s = stream.frames_read / stream.sample_rate_hz
        return AudioFile(samples[:count], stream.sample_rate_hz, stream.channels, duration_s)


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]
    """Reads on from where it is: soundfile seeks after each block, which FLAC and MP3 decoders take badly."""

    def seekable(self) -> bool:
        return False


def _open(path: Path, name: str) -> BinaryIO:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise AudioError(f"there is no file {name}: check the name and the folder") from None
    except IsADirectoryError:
        raise AudioError(f"{name} is a folder: name the audio files in it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AudioError(f"{name} cannot be opened ({reason}): check its permissions and the path") from None
    mode = os.fstat(file.fileno()).st_mode
    if stat.S_ISREG(mode):
        return file
    with file:
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            raise AudioError(f"{name} is neither a file nor a pipe: name an audio file")
        copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the caller closes it
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        return copy


def _checked(file: BinaryIO, name: str) -> Any:
    """What libsndfile is to read: a descriptor, so that it judges by content and not by name.

    Raises:
        AudioError: the file is empty or cut off.
    """
    if os.fstat(file.fileno()).st_size == 0:
        raise AudioError(f"{name} is empty (0 bytes): {_AGAIN}")
    announced = read_announcement(file)
    if announced is not None and announced.is_cut_off:
        raise AudioError(
            f"{name} is cut off: its {announced.source} promises {announced.promised_bytes} bytes of audio "
            f"and {announced.present_bytes} are there; {_AGAIN}"
        )
    if announced is not None and announced.size_field is not None:
        file.seek(0)
        return OpenEndedFile(file, announced.size_field)
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # `file.seek` moves its buffer alone where it can
    return file.fileno()


def _check_rate(rate_hz: int, name: str) -> None:
    """Refuse what no recorder writes: a header of 1 Hz makes 16 000 samples of each of the file's."""
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise AudioError(
            f"{name} says that it has {rate_hz} samples a second, and {MIN_RATE_HZ} to {MAX_RATE_HZ} can be used: its "
            "header is damaged; copy or export it again"
        )


def _unreadable(name: str, error: soundfile.LibsndfileError) -> AudioError:
    if error.code == _UNKNOWN_FORMAT:
        return AudioError(
            f"{name} is not audio in a format that can be read (WAV, FLAC, Ogg, Opus, MP3, AIFF and others): "
            "convert it to one of them, for example with ffmpeg"
        )
    return AudioError(f"{name} is damaged or cut off (libsndfile: {_reason(error)}): {_AGAIN}")


def _reason(error: soundfile.LibsndfileError) -> str:
    if error.code == _BAD_FILE:
        return "no frame found"
    return str(error.error_string).removeprefix("Error : ").strip().rstrip(".") or f"libsndfile error {error.code}"


def _resample(resampler: soxr.ResampleStream, samples: FloatArray, *, last: bool) -> FloatArray:
    return cast(FloatArray, resampler.resample_chunk(samples, last=last))
