"""The voice detector Silero VAD (MIT, `LICENSE.silero`): a small recurrent network on ONNX Runtime.

The graph, `silero_vad_16k_sequence.onnx` of silero-vad 6.2.3, takes rows (n, 576) of 64 samples of context and 512 new
ones, and the state of its LSTM, h and c (1, 1, 128) each; it gives n probabilities and the state after them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from asrd.errors import ModelError, NativeError
from asrd.onnx_runtime import ort

FloatArray = npt.NDArray[np.float32]

SILERO_FILE: Final = Path(__file__).with_name("silero_vad.onnx")
FRAME_SAMPLES: Final = 512
# Median of the measured end error, 53 ms, and half a frame, since a frame is judged when it is complete (docs/VAD.md).
LAG_SAMPLES: Final = 1024
# Below -66 dB of full scale not even a whisper across the room is left; a second of that, and the graph rests.
QUIET_PEAK: Final = 2.0**-11
REST_FRAMES: Final = 31
_CONTEXT_SAMPLES: Final = 64
_STATE_SHAPE: Final = (1, 1, 128)
_INPUTS: Final = {"input", "h", "c"}
_OUTPUTS: Final = ["speech_probs", "hn", "cn"]
_FATAL_ONLY: Final = 4


class SileroDetector:
    """One stream's detector; see `VoiceDetector`.

    Attributes:
        threshold: probability from which a frame is voiced.
        frame_samples: 512.
        lag_samples: 1024.
    """

    def __init__(self, threshold: float, path: Path = SILERO_FILE) -> None:
        """Load the graph.

        Raises:
            ModelError: the file is missing, damaged, or another graph.
        """
        self.threshold = threshold
        self.frame_samples = FRAME_SAMPLES
        self.lag_samples = LAG_SAMPLES
        self._path = path
        self._session: Any = _load(path)
        self._quiet_frames = 0
        self._row: FloatArray
        self._h: FloatArray
        self._c: FloatArray
        self.reset()

    def is_speech(self, frame: FloatArray) -> bool:
        """Whether the next frame, (512,) float32, is voiced.

        After a second of near silence the graph is not asked, and begins afresh with the next louder frame: an idle
        daemon in a quiet room should not compute.

        Raises:
            NativeError: the frame has another length, the detector was closed, or ONNX Runtime reported an error.
        """
        is_quiet = frame.shape == (FRAME_SAMPLES,) and bool(np.abs(frame).max() < QUIET_PEAK)
        self._quiet_frames = self._quiet_frames + 1 if is_quiet else 0
        if self._quiet_frames <= REST_FRAMES or self._session is None:
            return self.probability(frame) >= self.threshold
        if self._quiet_frames == REST_FRAMES + 1:
            self._forget()
        return False

    def probability(self, frame: FloatArray) -> float:
        """How likely the next frame, (512,) float32, is speech; raises as `is_speech`."""
        if self._session is None:
            raise NativeError(f"{self._path} was closed")
        if frame.shape != (FRAME_SAMPLES,):
            raise NativeError(f"{self._path} takes frames of {FRAME_SAMPLES} samples, not {frame.shape}")
        self._row[0, :_CONTEXT_SAMPLES] = self._row[0, FRAME_SAMPLES:]
        self._row[0, _CONTEXT_SAMPLES:] = frame
        feeds = {"input": self._row, "h": self._h, "c": self._c}
        try:
            probabilities, self._h, self._c = self._session.run(_OUTPUTS, feeds)
        except Exception as error:  # noqa: BLE001 - ONNX Runtime's exceptions share no narrower base
            raise NativeError(f"{self._path} failed on a frame ({_first_line(error)})") from None
        if not np.isfinite(probabilities[0]):  # a sample was no number; the state must not keep it
            self.reset()
            return 0.0
        return float(probabilities[0])

    def reset(self) -> None:
        """Forget what was heard."""
        self._quiet_frames = 0
        self._forget()

    def _forget(self) -> None:
        self._row = np.zeros((1, _CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)
        self._h = np.zeros(_STATE_SHAPE, np.float32)
        self._c = np.zeros(_STATE_SHAPE, np.float32)

    def close(self) -> None:
        """Free the session. May be called again."""
        self._session = None


def _load(path: Path) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - ONNX Runtime's exceptions share no narrower base
        raise ModelError(
            f"{path} cannot be loaded ({_first_line(error)}): install asrd again, or set [segment] vad to webrtc"
        ) from None
    names = {node.name for node in session.get_inputs()}, {node.name for node in session.get_outputs()}
    if names != (_INPUTS, set(_OUTPUTS)):
        raise ModelError(
            f"{path} has the inputs and outputs {sorted(names[0])}, {sorted(names[1])} where {sorted(_INPUTS)}, "
            f"{sorted(_OUTPUTS)} were expected: install asrd again, or set [segment] vad to webrtc"
        )
    return session


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0][:300] or type(error).__name__
