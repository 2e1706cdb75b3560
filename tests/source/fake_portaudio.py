"""A stand-in for the module sounddevice: devices as a test wants them, streams that are fed by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

INVALID_CHANNELS, INVALID_RATE, UNAVAILABLE, HOST_ERROR = -9998, -9997, -9985, -9999


class PortAudioError(Exception):
    """As sounddevice's: (text, code, (host API, code, text))."""


class Stream:
    """Takes what InputStream takes, and remembers it."""

    def __init__(self, module: FakePortAudio, options: dict[str, Any]) -> None:
        self.options = options
        self.active = False
        self.is_closed = False
        self._module = module
        refusal = module.refusal(options)
        if refusal is not None:
            raise refusal

    def start(self) -> None:
        if self._module.start_error is not None:
            raise self._module.start_error
        self.active = True

    def abort(self, *, ignore_errors: bool) -> None:
        assert ignore_errors
        self._module.hang()
        self.active = False

    def close(self, *, ignore_errors: bool) -> None:
        assert ignore_errors
        self.is_closed = True

    def feed(self, block: npt.NDArray[np.float32], *, adc_s: float = 0.0, overflow: bool = False) -> None:
        """Call the callback as PortAudio does: its memory is gone afterwards."""
        memory = block.copy()
        times = SimpleNamespace(inputBufferAdcTime=adc_s)
        self.options["callback"](memory, len(memory), times, SimpleNamespace(input_overflow=overflow))
        memory[:] = np.nan


@dataclass
class FakePortAudio:
    """The module; `devices` are (name, input channels, default rate, host API's number)."""

    devices: list[tuple[str, int, float, int]] = field(default_factory=list)
    default: int = -1
    rates_hz: tuple[int, ...] = (16_000, 44_100, 48_000)
    channels: tuple[int, ...] = (1, 2)
    other_error: Exception | None = None
    start_error: Exception | None = None
    streams: list[Stream] = field(default_factory=list)
    renewals: int = 0
    _initialized: int = 1
    PortAudioError: type[Exception] = PortAudioError

    def __post_init__(self) -> None:
        self._lib = SimpleNamespace(Pa_GetDefaultInputDevice=lambda: self.default)

    def hang(self) -> None:
        """Nothing, unless a test replaces it."""

    def query_hostapis(self) -> list[dict[str, str]]:
        return [{"name": "ALSA"}, {"name": "JACK"}]

    def query_devices(self) -> list[dict[str, Any]]:
        names = ("name", "max_input_channels", "default_samplerate", "hostapi")
        return [dict(zip(names, device, strict=True)) for device in self.devices]

    def refusal(self, options: dict[str, Any]) -> Exception | None:
        if self.other_error is not None:
            return self.other_error
        if options["channels"] not in self.channels:
            return PortAudioError("Invalid number of channels", INVALID_CHANNELS)
        if options["samplerate"] not in self.rates_hz:
            return PortAudioError("Invalid sample rate", INVALID_RATE)
        return None

    def check_input_settings(self, **options: Any) -> None:
        if (refusal := self.refusal(options)) is not None:
            raise refusal

    def InputStream(self, **options: Any) -> Stream:  # noqa: N802 - sounddevice's name
        self.streams.append(Stream(self, options))
        return self.streams[-1]

    def _terminate(self) -> None:
        self._initialized -= 1

    def _initialize(self) -> None:
        self._initialized += 1
        self.renewals += 1
