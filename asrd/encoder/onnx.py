"""The encoder's two ONNX files: front end per chunk, back end per window."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from asrd.encoder.session import OnnxSession
from asrd.errors import ModelError
from asrd.geometry import CHUNK_FRAMES, CHUNK_ROWS, MEL_BINS

FloatArray = npt.NDArray[np.float32]


class OnnxEncoder:
    """Owns both sessions.

    Attributes:
        hidden_width: D, between front and back end.
        width: E, of the rows that the decoder takes.
    """

    def __init__(self, frontend: Path, backend: Path, *, threads: int) -> None:
        """Load both files.

        Raises:
            ModelError: a file cannot be loaded, or the two do not fit each other.
            NativeMemoryError: there is not enough memory.
        """
        self._front = OnnxSession(frontend, threads=threads)
        self._back = OnnxSession(backend, threads=threads)
        expected_input = (1, MEL_BINS, CHUNK_FRAMES)
        if not _fits(self._front.input_shape, expected_input):
            raise ModelError(f"{frontend} takes {self._front.input_shape}; expected {expected_input}")
        if not _fits(self._front.output_shape[:2], (1, CHUNK_ROWS)):
            raise ModelError(f"{frontend} gives {self._front.output_shape}; expected (1, {CHUNK_ROWS}, width)")
        self.hidden_width = _width(frontend, self._front.output_shape)
        taken = _width(backend, self._back.input_shape)
        if taken != self.hidden_width:
            raise ModelError(
                f"{frontend} gives rows of {self.hidden_width} values but {backend} takes {taken}: "
                "the two files belong to models of different size"
            )
        self.width = _width(backend, self._back.output_shape)

    def front(self, chunk: FloatArray) -> FloatArray:
        """Hidden rows (13, D) float32 of one normalised mel chunk (100, 128) float32, zero-padded if it is open."""
        rows: FloatArray = self._front.run(np.ascontiguousarray(chunk.T)[None])[0]
        return rows

    def back(self, hidden: FloatArray) -> FloatArray:
        """Embedding rows (T', E) float32 of one window's hidden rows (T', D) float32, T' <= 104."""
        rows: FloatArray = self._back.run(hidden[None])[0]
        return rows

    def close(self) -> None:
        """Free both sessions. May be called again."""
        self._front.close()
        self._back.close()

    def __enter__(self) -> OnnxEncoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _fits(shape: tuple[int | str | None, ...], expected: tuple[int, ...]) -> bool:
    return len(shape) == len(expected) and all(
        not isinstance(found, int) or found == wanted for found, wanted in zip(shape, expected, strict=True)
    )


def _width(path: Path, shape: tuple[int | str | None, ...]) -> int:
    if len(shape) != 3 or not isinstance(shape[2], int):
        raise ModelError(f"{path} has the shape {shape} where (1, rows, width) with a fixed width is expected")
    return shape[2]
