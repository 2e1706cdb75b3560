"""An utterance that is still growing: samples in, a hypothesis on request, then the final."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np
import numpy.typing as npt

from asrd.errors import AudioError
from asrd.recognizer.piece import Piece, PieceText
from asrd.recognizer.protocols import FloatArray
from asrd.segment.quietest import quietest_cut
from asrd.stop import StopSignal
from asrd.text.units import join_texts
from asrd.values import Hypothesis, Timing, Word, Work


def checked_samples(samples: npt.ArrayLike) -> FloatArray:
    """`samples` as a float32 array (n,).

    Raises:
        AudioError: it has another shape, or holds a number that is not finite.
    """
    array = np.asarray(samples, np.float32)
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
        self._done: list[tuple[int, PieceText]] = []  # complete pieces: where they began, what they say
        self._done_samples = 0
        self._cut: list[Piece] = []  # pieces whose audio is complete and whose final pass is still to come
        self._piece = new_piece()
        self._audio: list[FloatArray] = []  # of the growing piece: a cut needs it
        self._final: Hypothesis | None = None

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
        fresh = checked_samples(samples)
        while self._piece.samples + len(fresh) > self._limit:
            room = self._limit - self._piece.samples
            self._hear(fresh[:room])
            fresh = np.concatenate([self._cut_piece(), fresh[room:]])
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
        done = len(self._done)
        self._finish_cut_pieces(stop)
        return self._joined(self._piece.recognise(stop), since=done, is_final=False)

    def final(self, stop: StopSignal | None = None) -> Hypothesis:
        """Recognise the complete utterance, and end it; asked again it gives the same.

        Raises:
            Cancelled: `stop` was set; the utterance can be used on.
            NativeError: a native library reported an error.
        """
        if self._final is None:
            stop = stop or StopSignal()
            done = len(self._done)
            self._finish_cut_pieces(stop)
            self._final = self._joined(self._piece.finish(stop), since=done, is_final=True)
            self._audio = []
            self._close()
        return self._final

    def _hear(self, samples: FloatArray) -> None:
        self._piece.append(samples)
        self._audio.append(samples)

    def _cut_piece(self) -> FloatArray:
        """End the growing piece at its quietest place and begin the next one; returns the audio after the cut."""
        audio = np.concatenate(self._audio)
        cut = quietest_cut(audio, self._limit)
        self._piece.replace_audio(audio[:cut])
        self._cut.append(self._piece)
        self._piece, self._audio = self._new_piece(), []
        return audio[cut:]

    def _finish_cut_pieces(self, stop: StopSignal) -> None:
        while self._cut:
            self._done.append((self._done_samples, self._cut[0].finish(stop)))
            self._done_samples += self._cut.pop(0).samples

    def _joined(self, last: PieceText, *, since: int, is_final: bool) -> Hypothesis:
        """All pieces together; cost counts from piece `since` on."""
        placed = [*self._done, (self._done_samples, last)]
        pieces = [piece for _, piece in placed]
        text = reduce(join_texts, (piece.text for piece in pieces))
        committed = reduce(join_texts, (piece.committed for piece in pieces))
        tail = last.tail if last.committed else join_texts(committed, last.tail)[len(committed) :]
        return Hypothesis(
            text=text,
            language=",".join(dict.fromkeys(piece.language for piece in pieces if piece.language)),
            committed=text if is_final else committed,
            tail="" if is_final else tail,
            is_final=is_final,
            samples=self.samples,
            tokens=tuple(token for piece in pieces for token in piece.tokens),
            stop=last.stop,
            words=tuple(
                Word(word.text, word.start + start, word.end + start) for start, piece in placed for word in piece.words
            ),
            timing=sum((piece.timing for piece in pieces[since:]), Timing()),
            work=sum((piece.work for piece in pieces[since:]), Work()),
        )
