"""Which microphones there are, and which of them is meant."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asrd.errors import AudioError
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.source import portaudio

COMMON_RATES_HZ: Final = (SAMPLE_RATE_HZ, 44_100, 48_000)
_CARDS: Final = Path("/dev/snd")  # Linux


@dataclass(frozen=True)
class InputDevice:
    """A device that can record.

    Attributes:
        index: PortAudio's number of it; may change whenever the list is renewed.
        name: as the system calls it.
        host_api: the system's sound interface, such as "ALSA" or "Core Audio".
        channels: how many it has at most; a sound server's device offers dozens.
        default_rate_hz: what it runs at unless asked otherwise.
        is_default: whether the system records from it unless told otherwise.
        rates_hz: those of `COMMON_RATES_HZ` that it takes; empty if that was not asked.
    """

    index: int
    name: str
    host_api: str
    channels: int
    default_rate_hz: int
    is_default: bool
    rates_hz: tuple[int, ...] = ()


def input_devices(*, with_rates: bool = False, renewed: bool = False) -> list[InputDevice]:
    """All devices that can record, by index.

    Args:
        with_rates: ask each for `rates_hz`; that opens every one of them for a moment.
        renewed: first read the system's list anew, if no stream of this process is open.

    Raises:
        NativeError: PortAudio is missing or does not work.
    """
    if renewed:
        portaudio.renew_devices()
    module = portaudio.library()
    host_apis = module.query_hostapis()
    default = _default_index(module)
    found = []
    for index, device in enumerate(module.query_devices()):
        if device["max_input_channels"] > 0:
            found.append(
                InputDevice(
                    index,
                    str(device["name"]),
                    str(host_apis[device["hostapi"]]["name"]),
                    int(device["max_input_channels"]),
                    round(device["default_samplerate"]),
                    index == default,
                    _rates(module, index) if with_rates else (),
                )
            )
    return found


def choose_device(devices: list[InputDevice], wanted: str = "") -> InputDevice:
    """The device that is meant by an index, a name, or part of a name in any case; "" means the system's default.

    Raises:
        AudioError: there is none, or several are meant.
    """
    if not devices:
        raise AudioError(no_microphone())
    if not wanted:
        return next((device for device in devices if device.is_default), devices[0])
    matches = _matches(devices, wanted)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise AudioError(f"{wanted!r} could be {_listed(matches)}: give the whole name, or the number")
    raise AudioError(f"there is no microphone {wanted!r}; there are {_listed(devices)}")


def no_microphone() -> str:
    """The sentence where no device can record: what to do about it."""
    if _CARDS.is_dir() and not any(os.access(card, os.R_OK | os.W_OK) for card in _CARDS.glob("pcm*c")):
        remedy = "connect one; if it is connected, this user may not use it: add them to the group audio"
    else:
        remedy = "connect one, or start the system's sound service"
    return f"there is no microphone: {remedy}"


def _matches(devices: list[InputDevice], wanted: str) -> list[InputDevice]:
    if wanted.isascii() and wanted.isdigit():
        return [device for device in devices if device.index == int(wanted)]
    exact = [device for device in devices if device.name == wanted]
    key = wanted.casefold()
    found = exact or [device for device in devices if key in device.name.casefold()]
    # A device may be there once in each host API; the default's API is the one that the system prefers.
    preferred = {device.host_api for device in devices if device.is_default}
    return [device for device in found if device.host_api in preferred] or found


def _listed(devices: list[InputDevice]) -> str:
    return ", ".join(f"{device.index} {device.name!r}" for device in devices)


def _default_index(module: Any) -> int:
    """PortAudio's default as it is now: `sounddevice.default.device` may have been set by somebody."""
    return int(module._lib.Pa_GetDefaultInputDevice())  # -1 if there is none


def _rates(module: Any, index: int) -> tuple[int, ...]:
    return tuple(rate for rate in COMMON_RATES_HZ if _takes(module, index, rate))


def _takes(module: Any, index: int, rate_hz: int) -> bool:
    try:
        module.check_input_settings(device=index, channels=1, dtype="float32", samplerate=rate_hz)
    except module.PortAudioError:
        return False
    return True
