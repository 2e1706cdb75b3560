"""Embedding rows of audio that is still growing.

A full chunk whose frames are frozen goes through the front end once, a full window of such chunks through the back end
once. Only a rise of the loudest value, hence of the clamp level, can change them later: a chunk is then computed again
if one of its values lies below the old or the new level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asrd.geometry import CHUNK_FRAMES, CONVOLUTION_STRIDE, MEL_BINS, WINDOW_CHUNKS
from asrd.mel.growing import MelView
from asrd.mel.spectrum import normalise
from asrd.recognizer.protocols import Encoder, FloatArray, RowSegment
from asrd.values import Work

_UNCLAMPED = np.float32(-np.inf)


@dataclass(frozen=True)
class _Chunk:
    quietest: np.float32
    clamp: np.float32  # the level that shaped its content; minus infinity if none of its values lie below the level
    hidden: FloatArray


def front_rows(encoder: Encoder, log_mel: FloatArray, level: np.float32) -> FloatArray:
    """Hidden rows (ceil(r / 8), D) of r <= 100 frames (r, 128) of unclamped log-mel: padded with 0.0, then trimmed."""
    chunk = np.zeros((CHUNK_FRAMES, MEL_BINS), np.float32)
    chunk[: len(log_mel)] = normalise(log_mel, level)
    return encoder.front(chunk)[: -(-len(log_mel) // CONVOLUTION_STRIDE)]


class WindowCache:
    """The rows of one piece of audio."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._chunks: list[_Chunk] = []
        self._windows: list[tuple[tuple[np.float32, ...], RowSegment]] = []

    def segments(self, view: MelView) -> tuple[list[RowSegment], Work]:
        """The rows of all windows, the open one last; finished windows are the same objects as before."""
        full = view.frozen_frames // CHUNK_FRAMES
        computed = [self._update_chunk(index, view) for index in range(full)]
        rest = view.log_mel[full * CHUNK_FRAMES :]
        hidden = [chunk.hidden for chunk in self._chunks[full - full % WINDOW_CHUNKS : full]]
        if len(rest):
            hidden.append(front_rows(self._encoder, rest, view.level))
        windows, rows = self._finished_windows(full // WINDOW_CHUNKS)
        if hidden:
            windows.append(RowSegment(self._encoder.back(np.concatenate(hidden))))
            rows += len(windows[-1])
        return windows, Work(front_chunks=sum(computed) + bool(len(rest)), back_rows=rows)

    def truncate(self, frozen_frames: int) -> None:
        """Forget what lies beyond the first so many frames: the audio was cut there."""
        full = frozen_frames // CHUNK_FRAMES
        del self._chunks[full:]
        del self._windows[full // WINDOW_CHUNKS :]

    def _update_chunk(self, index: int, view: MelView) -> bool:
        log_mel = view.log_mel[index * CHUNK_FRAMES : (index + 1) * CHUNK_FRAMES]
        known = self._chunks[index] if index < len(self._chunks) else None
        quietest = known.quietest if known else log_mel.min()
        clamp = view.level if quietest < view.level else _UNCLAMPED
        if known is not None and known.clamp == clamp:
            return False
        chunk = _Chunk(quietest, clamp, front_rows(self._encoder, log_mel, view.level))
        self._chunks[index : index + 1] = [chunk]
        return True

    def _finished_windows(self, count: int) -> tuple[list[RowSegment], int]:
        rows = 0
        for index in range(count):
            chunks = self._chunks[index * WINDOW_CHUNKS : (index + 1) * WINDOW_CHUNKS]
            content = tuple(chunk.clamp for chunk in chunks)
            if index < len(self._windows) and self._windows[index][0] == content:
                continue
            segment = RowSegment(self._encoder.back(np.concatenate([chunk.hidden for chunk in chunks])))
            self._windows[index : index + 1] = [(content, segment)]
            rows += len(segment)
        return [segment for _, segment in self._windows[:count]], rows
