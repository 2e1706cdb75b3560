"""Raw samples from standard input, or any other open file: 16-bit integers or 32-bit floats, little-endian."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from asrd.errors import AudioError
from asrd.events import State
from asrd.source.interface import Finished, PatientSink, PublishStatus
from asrd.source.paced import BLOCK_SAMPLES, WhenRoom
from asrd.source.resample import INT16_SCALE, Resampler
from asrd.source.worker import SourceThread

FloatArray = npt.NDArray[np.float32]
Encoding = Literal["s16le", "f32le"]

_DTYPES: Final = {"s16le": "<i2", "f32le": "<f4"}
_READ_BYTES: Final = 1 << 14
STANDARD_INPUT: Final = 0


@dataclass(frozen=True)
class RawFormat:
    """How the samples are written: `encoding` "s16le" or "f32le", their rate, channels interleaved.

    Raises:
        AudioError: (by `RawDecoder`) the rate or the number of channels cannot be used.
    """

    encoding: Encoding = "s16le"
    rate_hz: int = 16_000
    channels: int = 1


class RawDecoder:
    """Bytes, cut anywhere, into samples at 16 kHz."""

    def __init__(self, form: RawFormat, name: str) -> None:
        """`name` of the source, for messages.

        Raises:
            AudioError: the format cannot be used.
        """
        if form.encoding not in _DTYPES:
            raise AudioError(f"raw audio cannot be {form.encoding!r}: {' or '.join(_DTYPES)} can be read")
        self._form = form
        self._name = name
        self._dtype = np.dtype(_DTYPES[form.encoding])
        self._resampler = Resampler(form.rate_hz, form.channels)
        self._frame_bytes = self._dtype.itemsize * form.channels
        self._rest = b""
        self._frames = 0

    @property
    def rest_bytes(self) -> int:
        """How many bytes wait for the rest of their frame."""
        return len(self._rest)

    def push(self, data: bytes) -> FloatArray:
        """The (n,) float32 at 16 kHz that are ready; n may be 0.

        Raises:
            AudioError: a sample is not a finite number.
        """
        data = self._rest + data
        whole = len(data) - len(data) % self._frame_bytes
        self._rest = data[whole:]
        block = np.frombuffer(data[:whole], self._dtype).reshape(-1, self._form.channels).astype(np.float32)
        if self._form.encoding == "s16le":
            block *= INT16_SCALE
        else:
            self._check(block)
        self._frames += len(block)
        return self._resampler.push(block)

    def _check(self, block: FloatArray) -> None:
        is_finite = np.isfinite(block).all(axis=1)
        if not is_finite.all():
            at_s = (self._frames + int(np.argmin(is_finite))) / self._form.rate_hz
            raise AudioError(
                f"{self._name} holds a sample that is not a finite number at {at_s:.3f} s: "
                f"check that it really is {self._form.encoding} without a header"
            )

    def flush(self) -> FloatArray:
        """The (n,) float32 at 16 kHz that the resampler held back; an unfinished frame is dropped."""
        return self._resampler.flush()


class RawSource(SourceThread):
    """Reads as fast as samples come, but no faster than the pipeline takes them; a pause drops what comes meanwhile."""

    def __init__(
        self,
        form: RawFormat,
        sink: PatientSink,
        publish: PublishStatus,
        finished: Finished,
        *,
        descriptor: int = STANDARD_INPUT,
    ) -> None:
        """`descriptor` is read and left open.

        Raises:
            AudioError: the format cannot be used.
        """
        name = "standard input" if descriptor == STANDARD_INPUT else f"descriptor {descriptor}"
        super().__init__(name, sink.name, publish, finished)
        self._descriptor = descriptor
        self._decoder = RawDecoder(form, name)
        self._sink = sink
        self._pace = WhenRoom(sink)
        self._was_paused = False
        self._woken, self._wake = os.pipe()  # so that `close` and `pause` end a wait for input
        os.set_blocking(self._wake, False)
        self._is_pipe_closed = False

    def _work(self) -> None:
        self._tell(State.LISTENING, f"listening to {self._label}")
        for data in self._read():
            self._note_pause()
            self._send(self._decoder.push(data))
        self._send(self._decoder.flush())
        if not self._is_closed:
            self._tell(State.IDLE, self._farewell())

    def close(self) -> None:
        """As `SourceThread` says."""
        super().close()
        if not self._thread.is_alive():
            self._close_pipe()

    def _close_pipe(self) -> None:
        with self._changed:
            if not self._is_pipe_closed:
                self._is_pipe_closed = True
                os.close(self._woken)
                os.close(self._wake)

    def _poke(self) -> None:
        super()._poke()
        with self._changed:
            if not self._is_pipe_closed:
                with suppress(BlockingIOError):  # full: the thread wakes up anyway
                    os.write(self._wake, b"\0")

    def _read(self) -> Iterator[bytes]:
        """Bytes until the end, or until closed; b"" when `pause` or `resume` was called."""
        while not self._is_closed:
            ready, _, _ = select.select([self._descriptor, self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, _READ_BYTES)
                yield b""
                continue
            data = self._read_some()
            if not data:
                return
            yield data

    def _read_some(self) -> bytes:
        try:
            return os.read(self._descriptor, _READ_BYTES)
        except OSError as error:
            raise AudioError(f"{self._label} cannot be read ({error.strerror}): pipe audio into it") from None

    def _send(self, samples: FloatArray) -> None:
        """What comes during a pause is decoded, and dropped here."""
        for start in range(0, len(samples), BLOCK_SAMPLES):
            block = samples[start : start + BLOCK_SAMPLES]
            while not (self._is_paused or self._is_closed):
                delay_s = self._pace.delay_s(len(block))
                if delay_s <= 0:
                    self._sink.hear(block)
                    break
                self._wait(delay_s)

    def _note_pause(self) -> None:
        if self._is_paused == self._was_paused:
            return
        self._was_paused = self._is_paused
        if self._was_paused:
            self._sink.flush()
            self._tell(State.PAUSED, f"{self._label} is paused; what comes meanwhile is dropped")
        else:
            self._tell(State.LISTENING, f"listening to {self._label}")

    def _farewell(self) -> str:
        rest = self._decoder.rest_bytes
        return f"{self._label} has ended" + (
            f"; {rest} of its bytes are no whole frame and were dropped" if rest else ""
        )
