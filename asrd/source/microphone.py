"""One open microphone. The callback copies its block, brings it to 16 kHz and hands it over; nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from asrd.errors import AudioError
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.source import portaudio
from asrd.source.devices import InputDevice
from asrd.source.quiet import native_stderr_silenced
from asrd.source.resample import Resampler

FloatArray = npt.NDArray[np.float32]

# 60 ms is a whole number of 10, 20 and 30 ms VAD frames. Over PulseAudio an open stream costs 0.8 % of a core with
# blocks of 30 ms, 0.65 % with 40 ms, 0.43 % with 60 ms, nearly all of it in ALSA's plugin.
BLOCK_S: Final = 0.06
# Two blocks more than the one being filled: what the callback may be late by before a device without a sound server
# behind it loses samples. A buffer of four blocks or more makes PortAudio deliver two at a time.
_BUFFER_S: Final = 3 * BLOCK_S
_CLOSE_TIMEOUT_S: Final = 2.0
_COMMON_RATES_HZ: Final = (48_000, 44_100)
# portaudio.h, PaErrorCode
_HOST_ERROR: Final = -9999  # the error carries (host API, code, text) of the system
_INVALID_CHANNELS: Final = -9998
_INVALID_RATE: Final = -9997
_DEVICE_UNAVAILABLE: Final = -9985


class Listener(Protocol):
    """Takes what a microphone hears. Both are called from PortAudio's thread and must not wait."""

    def hear(self, samples: FloatArray) -> None:
        """(n,) float32 at 16 kHz mono."""

    def lost(self, samples: int) -> None:
        """About so many samples at 16 kHz were lost before what is heard next: the callback came too late."""


class Microphone:
    """Records from when it is made until `close`.

    Attributes:
        device: that it records from.
        rate_hz: that the device runs at.
        channels: that are recorded, and mixed.
        heard_s: `time.monotonic()` of the last block; of the opening before the first one.
        blocks: how many blocks came.
        zero_samples: how many samples in a row, up to now, were zero to the last bit.
        failure: what the listener raised, if it did; it is not called any more.
    """

    def __init__(self, device: InputDevice, listener: Listener) -> None:
        """Open the device and start recording.

        Raises:
            AudioError: it is in use, gone, or takes no format that can be used.
            NativeError: PortAudio is missing.
        """
        self.device = device
        self.heard_s = time.monotonic()
        self.blocks = self.zero_samples = 0
        self.failure: BaseException | None = None
        self._listener = listener
        self._is_closed = False
        self._adc_s: float | None = None  # when the next block's first sample is due, on the device's clock
        self._module = portaudio.library()
        with portaudio.claimed(self), native_stderr_silenced(True):
            self._stream = self._open()

    def _open(self) -> Any:
        self._refused: Exception | None = None
        for rate_hz, channels in _formats(self.device):
            stream = self._start(rate_hz, channels)
            if stream is not None:
                return stream
            if _code(self._refused) not in (_INVALID_RATE, _INVALID_CHANNELS):
                break
        raise _unopened(self.device, self._refused)

    def _start(self, rate_hz: int, channels: int) -> Any:
        """A recording stream; None where that was `_refused`."""
        self.rate_hz, self.channels = rate_hz, channels
        self._resampler = Resampler(rate_hz, channels)
        stream = None
        try:
            stream = self._module.InputStream(
                samplerate=rate_hz,
                blocksize=round(BLOCK_S * rate_hz),
                device=self.device.index,
                channels=channels,
                dtype="float32",
                latency=_BUFFER_S,
                callback=self._callback,
            )
            stream.start()
        except (self._module.PortAudioError, ValueError) as error:  # ValueError: the index is no recording device's
            self._refused = error
            if stream is not None:
                stream.close(ignore_errors=True)
            return None
        return stream

    @property
    def name(self) -> str:
        """Of the device."""
        return self.device.name

    @property
    def is_active(self) -> bool:
        """Whether PortAudio still expects blocks to come: False once the device or the sound server is gone."""
        try:
            return not self._is_closed and bool(self._stream.active)
        except self._module.PortAudioError:
            return False

    @property
    def zeros_s(self) -> float:
        """For how long every sample has been zero to the last bit, in seconds of audio."""
        return self.zero_samples / self.rate_hz

    def close(self) -> None:
        """Stop recording; the listener is not called any more. Idempotent.

        A stream that does not close within two seconds, as behind a sound server that hangs, is left to itself.
        """
        if self._is_closed:
            return
        self._is_closed = True
        closer = threading.Thread(target=self._close_stream, name="microphone-close", daemon=True)
        closer.start()
        closer.join(_CLOSE_TIMEOUT_S)
        if closer.is_alive():
            portaudio.abandon()

    def _close_stream(self) -> None:
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)
        portaudio.release(self)

    def _callback(self, block: FloatArray, frames: int, times: Any, flags: Any) -> None:
        """PortAudio's thread: (frames, channels) float32 that are valid during the call."""
        if self._is_closed or self.failure is not None:
            return
        try:
            self._count(block, frames, times.inputBufferAdcTime, bool(flags.input_overflow))
            samples = self._resampler.push(block.copy())
            if len(samples):
                self._listener.hear(samples)
        except BaseException as error:  # noqa: BLE001 - it would be printed and forgotten here; the supervisor looks
            self.failure = error

    def _count(self, block: FloatArray, frames: int, adc_s: float, has_overflown: bool) -> None:
        self.heard_s = time.monotonic()
        self.blocks += 1
        self.zero_samples = 0 if block.any() else self.zero_samples + frames
        if has_overflown and self._adc_s is not None:
            self._listener.lost(max(1, round((adc_s - self._adc_s) * SAMPLE_RATE_HZ)))
        self._adc_s = adc_s + frames / self.rate_hz


def _formats(device: InputDevice) -> Iterator[tuple[int, int]]:
    """Rate and channel count in the order in which they are tried."""
    # Drivers and sound servers of many channels mix or choose by themselves; of two, the microphone may be either.
    channels = 2 if device.channels == 2 else 1
    for count in dict.fromkeys((channels, 1, min(device.channels, 2), device.channels)):
        for rate_hz in dict.fromkeys((SAMPLE_RATE_HZ, device.default_rate_hz, *_COMMON_RATES_HZ)):
            yield rate_hz, count


def _code(error: Exception | None) -> int | None:
    """PortAudio's code of an error, if it is one of PortAudio."""
    return error.args[1] if error is not None and len(error.args) > 1 else None


def _unopened(device: InputDevice, error: Exception | None) -> AudioError:
    if _code(error) == _DEVICE_UNAVAILABLE:
        return AudioError(f"the microphone {device.name!r} is in use by another program, or was just unplugged")
    if _code(error) == _INVALID_RATE:
        return AudioError(f"the microphone {device.name!r} takes none of the sample rates that were tried")
    reason = error.args[0] if error is not None and error.args else error
    if _code(error) == _HOST_ERROR and error is not None:
        reason = error.args[2][2] or reason
    return AudioError(f"the microphone {device.name!r} cannot be opened ({reason})")
