"""Which microphone is the system's default at this moment, asked without touching PortAudio.

PulseAudio and PipeWire move a recording to a new default by themselves, and plain ALSA's default is a line in a file.
On macOS a recording stays with the device that it was opened on, and PortAudio goes by its list of devices; there the
system is asked, which costs microseconds. Source: CoreAudio/AudioHardware.h and AudioHardwareBase.h.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Final

_SYSTEM_OBJECT: Final = 1  # kAudioObjectSystemObject
_FRAMEWORK: Final = "/System/Library/Frameworks/CoreAudio.framework/CoreAudio"


class _PropertyAddress(ctypes.Structure):
    """AudioObjectPropertyAddress { UInt32 mSelector; UInt32 mScope; UInt32 mElement; }."""

    _fields_ = (("selector", ctypes.c_uint32), ("scope", ctypes.c_uint32), ("element", ctypes.c_uint32))


_DEFAULT_INPUT: Final = _PropertyAddress(
    int.from_bytes(b"dIn ", "big"),  # kAudioHardwarePropertyDefaultInputDevice
    int.from_bytes(b"glob", "big"),  # kAudioObjectPropertyScopeGlobal
    0,  # kAudioObjectPropertyElementMain
)


def default_input() -> int | None:
    """The default microphone's number, which changes when another becomes the default; None where that is moot."""
    if sys.platform != "darwin":
        return None
    device = ctypes.c_uint32(0)
    size = ctypes.c_uint32(ctypes.sizeof(device))
    # OSStatus AudioObjectGetPropertyData(AudioObjectID, const AudioObjectPropertyAddress *, UInt32 qualifierSize,
    #                                     const void *qualifier, UInt32 *ioDataSize, void *outData)
    status = _core_audio().AudioObjectGetPropertyData(
        ctypes.c_uint32(_SYSTEM_OBJECT),
        ctypes.byref(_DEFAULT_INPUT),
        ctypes.c_uint32(0),
        None,
        ctypes.byref(size),
        ctypes.byref(device),
    )
    return device.value if status == 0 else None


@cache
def _core_audio() -> ctypes.CDLL:
    return ctypes.CDLL(_FRAMEWORK)
