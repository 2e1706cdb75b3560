"""The voice detector of WebRTC (package webrtcvad-wheels): Gaussian mixtures over six bands, in fixed point."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from asrd.errors import ConfigError, NativeError
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.installing import reinstall_command

FloatArray = npt.NDArray[np.float32]

FRAME_MS: Final = 20
_FRAMES_MS: Final = (10, 20, 30)  # what the library takes
_MODES: Final = range(4)
_INT16: Final = np.iinfo(np.int16)
_FULL_SCALE: Final = 32_768


class WebRtcDetector:
    """One stream's detector; see `VoiceDetector`."""

    def __init__(self, aggressiveness: int, frame_ms: int = FRAME_MS) -> None:
        """`aggressiveness` from 0 (hears most) to 3 (rejects most); frames of 10, 20 or 30 ms.

        Raises:
            ConfigError: another value.
            NativeError: the package is missing.
        """
        if aggressiveness not in _MODES or frame_ms not in _FRAMES_MS:
            raise ConfigError(
                f"the WebRTC detector has no aggressiveness {aggressiveness} with frames of {frame_ms} ms: "
                "take 0 to 3, and 10, 20 or 30 ms"
            )
        self._mode = aggressiveness
        self._vad: Any = None
        self.frame_samples = frame_ms * SAMPLE_RATE_HZ // 1000
        self.lag_samples = 0  # from -160 to 1400 ms, whatever the mode: no one number would be true
        self.reset()

    def is_speech(self, frame: FloatArray) -> bool:
        """Whether the next frame, (frame_samples,) float32, is voiced.

        Raises:
            NativeError: the frame has another length, or the detector was closed.
        """
        if self._vad is None:
            raise NativeError("the WebRTC detector was closed")
        if frame.shape != (self.frame_samples,):
            raise NativeError(f"the WebRTC detector takes frames of {self.frame_samples} samples, not {frame.shape}")
        return bool(self._vad.is_speech(pcm16(frame), SAMPLE_RATE_HZ))

    def reset(self) -> None:
        """Forget what was heard.

        Raises:
            NativeError: the package is missing.
        """
        try:
            import webrtcvad
        except ImportError as error:
            raise NativeError(
                f"the package webrtcvad-wheels cannot be imported ({error}): "
                f"{reinstall_command('webrtcvad-wheels')}, or set [segment] vad to silero"
            ) from None
        self._vad = webrtcvad.Vad(self._mode)

    def close(self) -> None:
        """Free the detector. May be called again."""
        self._vad = None


def pcm16(samples: FloatArray) -> bytes:
    """Float32 of full scale 1.0 as 16-bit PCM in the machine's byte order: exactly what a division by 32768 came from.

    What lies outside of full scale is clipped, and what is no number is silence.
    """
    scaled = np.clip(samples, -1.0, np.float32(_INT16.max / _FULL_SCALE)) * np.float32(_FULL_SCALE)
    rounded: npt.NDArray[np.int16] = np.nan_to_num(np.rint(scaled), copy=False, nan=0.0).astype(np.int16)
    return rounded.tobytes()
