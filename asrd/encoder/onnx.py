"""The encoder's two ONNX files: front end per chunk, back end per window."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.encoder.session import OnnxSession
from asrd.errors import ModelError
from asrd.geometry import CHUNK_FRAMES, CHUNK_ROWS, MEL_BINS

FloatArray = npt.NDArray[np.float32]
_RANK: Final = 3  # (batch, rows, width)


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
        # Not every exporter declares the widths, so they are read off the first rows; it warms the sessions up, too.
        hidden = self._front.run(np.zeros(expected_input, np.float32))
        if hidden.shape[:2] != (1, CHUNK_ROWS) or hidden.ndim != _RANK:
            raise ModelError(f"{frontend} gives {hidden.shape}; expected (1, {CHUNK_ROWS}, width)")
        self.hidden_width: int = hidden.shape[2]
        if not _fits(self._back.input_shape, (1, CHUNK_ROWS, self.hidden_width)):
            taken = self._back.input_shape[-1]
            raise ModelError(
                f"{frontend} gives rows of {self.hidden_width} values but {backend} takes {taken}: "
                "the two files belong to models of different size"
            )
        rows = self._back.run(hidden)
        if rows.shape[:2] != (1, CHUNK_ROWS) or rows.ndim != _RANK:
            raise ModelError(f"{backend} gives {rows.shape} for {hidden.shape}; expected (1, {CHUNK_ROWS}, width)")
        self.width: int = rows.shape[2]

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
