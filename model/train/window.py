"""Runs a back end on windows of audio and looks at what happens inside: the tokens, and the encoder's output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

from asrd.geometry import CHUNK_FRAMES, MEL_BINS, WINDOW_FRAMES, rows_of
from model.train.graph import build_frontend

Array = NDArray[np.float32]

_INSIDE: Final = {"tokens": onnx.TensorProto.INT64, "encoder.layer_norm": onnx.TensorProto.FLOAT}


@dataclass(frozen=True, eq=False)
class Inside:
    """What one window gave: `rows` (T',E) and `encoded` (positions, d) float32, `tokens` (n,) ids of nano."""

    rows: Array
    tokens: list[int]
    encoded: Array
    heard: int  # the first so many positions hold audio

    def pooled(self) -> Array:
        """Mean and maximum over the positions that hold audio, (2 d,) float32: what the speech head reads."""
        audio = self.encoded[: self.heard]
        return np.concatenate([audio.mean(axis=0), audio.max(axis=0)])


class FrontEnd:
    """nano's front end on whole windows."""

    def __init__(self, threads: int = 1) -> None:
        self._session = session(build_frontend(), threads)

    def windows(self, mel: Array) -> list[Array]:
        """Hidden rows (T', 640) of every window of asrd's normalised mel (T, 128), as the recognizer makes them."""
        return [self._rows(mel[start : start + WINDOW_FRAMES]) for start in range(0, len(mel), WINDOW_FRAMES)]

    def _rows(self, mel: Array) -> Array:
        rows = []
        for start in range(0, len(mel), CHUNK_FRAMES):
            frames = mel[start : start + CHUNK_FRAMES]
            chunk = np.zeros((1, MEL_BINS, CHUNK_FRAMES), np.float32)
            chunk[0, :, : len(frames)] = frames.T
            rows.append(self._session.run(None, {"chunk_mel": chunk})[0][0, : rows_of(len(frames))])
        return np.concatenate(rows)


class WindowReader:
    """A back end whose inner values are outputs, too."""

    def __init__(self, model: onnx.ModelProto | Path, threads: int = 1) -> None:
        opened = onnx.load(model) if isinstance(model, Path) else model
        for name, kind in _INSIDE.items():
            opened.graph.output.append(onnx.helper.make_tensor_value_info(name, kind, None))
        opened.graph.output.append(onnx.helper.make_tensor_value_info("heard_at_least", onnx.TensorProto.INT64, None))
        self._session = session(opened, threads)

    def read(self, hidden: Array) -> Inside:
        """One window's rows (T', 640)."""
        rows, tokens, encoded, heard = self._session.run(None, {"hidden_states": hidden[None]})
        return Inside(rows[0], tokens.tolist(), encoded[0], int(heard[0]))


def session(model: onnx.ModelProto, threads: int) -> Any:
    """An ONNX Runtime session with asrd's own settings."""
    from asrd.onnx_runtime import ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def concatenated(parts: Sequence[str]) -> str:
    """The texts of windows as one."""
    return " ".join(part.strip() for part in parts if part.strip())
