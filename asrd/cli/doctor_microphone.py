"""`asrd doctor`: what the microphone gives."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.cli.doctor_finding import Finding
from asrd.geometry import samples_of
from asrd.options import Config
from asrd.source.devices import InputDevice, choose_device, input_devices, no_microphone
from asrd.source.levels import peak_db, rms_db
from asrd.source.microphone import Microphone

FloatArray = npt.NDArray[np.float32]
LISTEN_S: Final = 2.0
_PATIENCE_S: Final = 8.0  # sound servers and Bluetooth headsets need seconds for their first block
_QUIET_RMS_DB: Final = -65.0  # a room where nobody speaks, recorded at a useful level, is above
_CLIPPED_DB: Final = -0.1


def microphone(config: Config) -> Sequence[Finding]:
    """Record for two seconds and judge the level."""
    devices = input_devices()
    if not devices:
        return [Finding("FAIL", "microphone", no_microphone())]
    device = choose_device(devices, config.audio.device)
    return [judge(device, _record(device))]


def judge(device: InputDevice, samples: FloatArray) -> Finding:
    """What (n,) float32 at 16 kHz, full scale 1.0, say about the microphone."""
    if len(samples) == 0:
        return Finding(
            "FAIL",
            "microphone",
            f"{_name(device)} opens but gives no audio: connect it again, or choose another with --device",
        )
    if not samples.any():
        return Finding("FAIL", "microphone", f"{_name(device)} gives only zeros: {_zeros_remedy()}")
    rms, peak = rms_db(samples), peak_db(samples)
    measured = f"{_name(device)}: {rms:.0f} dB on average, {peak:.0f} dB at the peak"
    if peak >= _CLIPPED_DB:
        return Finding("warn", "microphone", f"{measured}, which is clipped: lower its input level")
    if rms < _QUIET_RMS_DB:
        return Finding(
            "warn", "microphone", f"{measured}, which is very quiet: if you spoke, raise its input level or unmute it"
        )
    return Finding("ok", "microphone", measured)


def _zeros_remedy() -> str:
    if sys.platform == "darwin":
        return (
            "allow this terminal to use it in System Settings > Privacy & Security > Microphone, then start the "
            "terminal again; or it is muted"
        )
    return "it is muted, or the sound server gives it nothing: unmute it in the system's sound settings"


def _record(device: InputDevice) -> FloatArray:
    """Two seconds, or what came in a longer time."""
    tape = _Tape(samples_of(LISTEN_S))
    microphone = Microphone(device, tape)
    try:
        tape.is_full.wait(LISTEN_S + _PATIENCE_S)
    finally:
        microphone.close()
    return tape.samples()


class _Tape:
    """Keeps what a microphone hears, so many samples of it."""

    def __init__(self, wanted: int) -> None:
        self.is_full = threading.Event()
        self._wanted = wanted
        self._blocks: list[FloatArray] = []
        self._heard = 0

    def hear(self, samples: FloatArray) -> None:
        """See `asrd.source.microphone.Listener`."""
        if not self.is_full.is_set():
            self._blocks.append(samples)
            self._heard += len(samples)
            if self._heard >= self._wanted:
                self.is_full.set()

    def lost(self, samples: int) -> None:
        """See `asrd.source.microphone.Listener`; the level does not depend on it."""

    def samples(self) -> FloatArray:
        """(n,) float32."""
        return np.concatenate([np.zeros(0, np.float32), *self._blocks])


def _name(device: InputDevice) -> str:
    return "".join(character if character.isprintable() else " " for character in device.name)
