"""What the system says about its microphones at this moment, asked without touching PortAudio, in microseconds.

macOS: CoreAudio/AudioHardware.h and AudioHardwareBase.h.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

_SYSTEM_OBJECT: Final = 1  # kAudioObjectSystemObject
_FRAMEWORK: Final = "/System/Library/Frameworks/CoreAudio.framework/CoreAudio"
_MAX_DEVICES: Final = 256
_SOUND_DEVICES: Final = Path("/dev/snd")
_SERVER_SOCKETS: Final = ("pulse/native", "pipewire-0")  # in XDG_RUNTIME_DIR


class _PropertyAddress(ctypes.Structure):
    """AudioObjectPropertyAddress { UInt32 mSelector; UInt32 mScope; UInt32 mElement; }."""

    _fields_ = (("selector", ctypes.c_uint32), ("scope", ctypes.c_uint32), ("element", ctypes.c_uint32))


def default_input() -> object:
    """What is the default microphone: another value when another becomes it; None where nobody needs to watch that.

    PulseAudio and PipeWire move a recording to a new default by themselves, and plain ALSA's default is a line in a
    file. On macOS a recording stays with the device that it was opened on.
    """
    return _core_audio_property(b"dIn ") if sys.platform == "darwin" else None


def connected_devices() -> object:
    """Another value when a sound device was connected or removed, or the sound service has begun or ended."""
    if sys.platform == "darwin":
        return _core_audio_property(b"dev#")
    try:
        cards = tuple(sorted(path.name for path in _SOUND_DEVICES.iterdir()))
    except OSError:
        cards = ()
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"))
    return cards, tuple(_made(runtime / name) for name in _SERVER_SOCKETS)


def _made(path: Path) -> tuple[int, int] | None:
    """Which file that is; a new one has another answer."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns


def _core_audio_property(selector: bytes) -> bytes | None:
    """A global property of the system: kAudioHardwarePropertyDefaultInputDevice, kAudioHardwarePropertyDevices."""
    address = _PropertyAddress(
        int.from_bytes(selector, "big"),
        int.from_bytes(b"glob", "big"),  # kAudioObjectPropertyScopeGlobal
        0,  # kAudioObjectPropertyElementMain
    )
    devices = (ctypes.c_uint32 * _MAX_DEVICES)()
    size = ctypes.c_uint32(ctypes.sizeof(devices))
    # OSStatus AudioObjectGetPropertyData(AudioObjectID, const AudioObjectPropertyAddress *, UInt32 qualifierSize,
    #                                     const void *qualifier, UInt32 *ioDataSize, void *outData)
    status = _core_audio().AudioObjectGetPropertyData(
        ctypes.c_uint32(_SYSTEM_OBJECT),
        ctypes.byref(address),
        ctypes.c_uint32(0),
        None,
        ctypes.byref(size),
        ctypes.byref(devices),
    )
    return bytes(devices)[: size.value] if status == 0 else None


@cache
def _core_audio() -> ctypes.CDLL:
    return ctypes.CDLL(_FRAMEWORK)
