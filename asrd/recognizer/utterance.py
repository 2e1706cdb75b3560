"""An utterance that is still growing: samples in, a hypothesis on request, then the final."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from asrd.errors import AudioError
from asrd.recognizer.joining import join_pieces
from asrd.recognizer.piece import Piece
from asrd.recognizer.protocols import FloatArray
from asrd.segment.quietest import quietest_cut
from asrd.stop import StopSignal
from asrd.values import Hypothesis, Timing, Work


def checked_samples(samples: npt.ArrayLike) -> FloatArray:
    """`samples` as a float32 array (n,).

    Raises:
        AudioError: it has another shape, or holds a number that is not finite.
    """
    given = np.asarray(samples)
    if given.dtype.kind != "f" and given.size:
        raise AudioError(
            f"samples must be floating-point numbers with full scale 1.0, not {given.dtype}: scale them first"
        )
    array = given.astype(np.float32, copy=False)
    if array.ndim != 1:
        raise AudioError(f"audio must be mono samples of shape (n,), not {array.shape}: mix the channels first")
    finite = np.isfinite(array)
    if not finite.all():
        raise AudioError(
            f"sample {int(np.argmin(finite))} of {len(array)} is not a finite number: the audio is damaged"
        )
    return array


class Utterance:
    """Made by `Recognizer.utterance`. Not thread-safe, like the recognizer it uses.

    Audio longer than the limit is cut at its quietest place; each piece is recognised alone and the texts are joined.
    """

    def __init__(self, new_piece: Callable[[], Piece], limit_samples: int, close: Callable[[], None]) -> None:
        """`new_piece` starts a piece, `close` is called once after the final."""
        self._new_piece = new_piece
        self._limit = limit_samples
        self._close = close
        self._done: Hypothesis | None = None  # all complete pieces together
        self._done_samples = 0
        self._cut: list[Piece] = []  # pieces whose audio is complete and whose final pass is still to come
        self._piece = new_piece()
        self._audio: list[FloatArray] = []  # of the growing piece: a cut needs it
        self._final: Hypothesis | None = None
        self._is_abandoned = False

    @property
    def samples(self) -> int:
        """How much audio was heard."""
        return self._done_samples + sum(piece.samples for piece in (*self._cut, self._piece))

    def append(self, samples: npt.ArrayLike) -> None:
        """Hear more audio: (n,) float32 at 16 kHz, full scale 1.0.

        Raises:
            AudioError: the samples cannot be used; the utterance stays as it was.
        """
        if self._final is not None:
            raise AudioError("this utterance is final: begin another one for more audio")
        fresh = checked_samples(samples).copy()  # a cut needs it later, when the caller may have reused the buffer
        while self._piece.samples + len(fresh) > self._limit:
            room = self._limit - self._piece.samples
            self._hear(fresh[:room])
            fresh = fresh[room:]
            self._hear(self._cut_piece())
        self._hear(fresh)

    def hypothesis(self, stop: StopSignal | None = None) -> Hypothesis:
        """Recognise what was heard so far.

        Raises:
            Cancelled: `stop` was set; the utterance can be used on.
            NativeError: a native library reported an error.
        """
        if self._final is not None:
            return self._final
        stop = stop or StopSignal()
        self._finish_cut_pieces(stop)
        return self._reported(self._piece.recognise(stop))

    def final(self, stop: StopSignal | None = None) -> Hypothesis:
        """Recognise the complete utterance, and end it; asked again it gives the same.

        Raises:
            Cancelled: `stop` was set; the utterance can be used on.
            NativeError: a native library reported an error.
        """
        if self._final is None:
            stop = stop or StopSignal()
            self._finish_cut_pieces(stop)
            self._final = self._reported(self._piece.finish(stop))
            self._audio = []
            self._close()
        return self._final

    def truncate(self, samples: int) -> None:
        """Take the first `samples` samples for the whole: the caller cuts there and goes on with another utterance.

        What was computed of the part before the cut stays computed.

        Raises:
            AudioError: the cut lies beyond the audio, or in a piece that was complete before.
        """
        begin = self.samples - self._piece.samples
        if not begin < samples <= self.samples or self._final is not None:
            raise AudioError(
                f"an utterance of {self.samples} samples whose last piece began at {begin} cannot be cut at {samples}"
            )
        if samples < self.samples:
            audio = np.concatenate(self._audio)[: samples - begin]
            self._piece.replace_audio(audio)
            self._audio = [audio]

    def abandon(self) -> None:
        """End the utterance without a final: nothing of it stays behind. May be called again, and after the final."""
        if self._final is None and not self._is_abandoned:
            self._is_abandoned, self._audio = True, []
            self._close()

    def _hear(self, samples: FloatArray) -> None:
        self._piece.append(samples)
        self._audio.append(samples)

    def _cut_piece(self) -> FloatArray:
        """End the growing piece at its quietest place and begin the next one; returns the audio after the cut.

        That is at most half of the limit, so the next piece has room for it.
        """
        audio = np.concatenate(self._audio)
        cut = quietest_cut(audio, self._limit)
        self._piece.replace_audio(audio[:cut])
        self._cut.append(self._piece)
        self._piece, self._audio = self._new_piece(), []
        return audio[cut:]

    def _finish_cut_pieces(self, stop: StopSignal) -> None:
        while self._cut:
            self._done = self._joined(self._cut[0].finish(stop), is_final=False)
            self._done_samples += self._cut.pop(0).samples

    def _joined(self, last: Hypothesis, *, is_final: bool) -> Hypothesis:
        """Complete pieces and the last one; they were joined once, so that a pass stays cheap in a long utterance."""
        done = [] if self._done is None else [(0, self._done)]
        return join_pieces([*done, (self._done_samples, last)], is_final=is_final)

    def _reported(self, last: Hypothesis) -> Hypothesis:
        joined = self._joined(last, is_final=last.is_final)
        if self._done is not None:  # what complete pieces have cost is told once
            self._done = replace(self._done, timing=Timing(), work=Work())
        return joined
