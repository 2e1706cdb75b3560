"""A whole recording through the recognizer: the plain way piece by piece, or as if it came live."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from asrd.cli.live import LiveText
from asrd.cli.output import StatusLine
from asrd.geometry import MIN_SAMPLES, seconds_of
from asrd.mel.growing import GrowingLogMel
from asrd.mel.loudness import loud_span
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.joining import join_pieces
from asrd.source.file import FloatArray
from asrd.text.subtitles import TimedText, spread, timed_words
from asrd.values import Hypothesis, Timing, UtteranceOptions, Work


@dataclass(frozen=True)
class Spoken:
    """What a recording says.

    Attributes:
        hypothesis: the final text; its timing and work count all passes.
        words: every word with its time: as found while the audio came in, or estimated from the length of the words.
        elapsed_s: time that it took.
    """

    hypothesis: Hypothesis
    words: tuple[TimedText, ...]
    elapsed_s: float

    @property
    def real_time_factor(self) -> float:
        """Time taken per second of audio."""
        return self.elapsed_s / seconds_of(self.hypothesis.samples)


def offline(recognizer: Recognizer, samples: FloatArray, options: UtteranceOptions) -> Spoken:
    """The plain pass over (n,) float32 at 16 kHz, n >= 400: the text of `Recognizer.transcribe`, with progress.

    Raises:
        AsrdError: as `Recognizer.transcribe`.
    """
    started_s = time.perf_counter()
    pieces: list[tuple[int, Hypothesis]] = []
    words: list[TimedText] = []
    with StatusLine() as status:
        status.show(_progress(0, len(samples), 0.0))
        for start, piece in recognizer.pieces(samples, options):
            end = start + piece.samples
            pieces.append((start, piece))
            first, last = _speech(samples[start:end])
            words += spread(piece.text, seconds_of(start + first), seconds_of(start + last))
            status.show(_progress(end, len(samples), time.perf_counter() - started_s))
    hypothesis = join_pieces(pieces, is_final=True)
    return Spoken(hypothesis, tuple(words), time.perf_counter() - started_s)


def streamed(recognizer: Recognizer, samples: FloatArray, options: UtteranceOptions, interval_samples: int) -> Spoken:
    """The same audio as one utterance that grows by `interval_samples` from pass to pass, shown live on a terminal.

    Raises:
        AsrdError: as `Utterance`.
    """
    started_s = time.perf_counter()
    utterance = recognizer.utterance(options)
    timing, work = Timing(), Work()
    with LiveText() as live:
        for start in range(0, len(samples), interval_samples):
            utterance.append(samples[start : start + interval_samples])
            hypothesis = utterance.hypothesis()
            timing, work = timing + hypothesis.timing, work + hypothesis.work
            live.show(hypothesis)
        final = utterance.final()
    hypothesis = replace(final, timing=timing + final.timing, work=work + final.work)
    return Spoken(hypothesis, tuple(timed_words(final.words)), time.perf_counter() - started_s)


def _speech(samples: FloatArray) -> tuple[int, int]:
    """From which sample to which there is speech in a piece, as `Piece` tells it of live audio."""
    if len(samples) < MIN_SAMPLES:
        return 0, len(samples)
    mel = GrowingLogMel()
    mel.append(samples)
    return loud_span(mel.view().log_mel, len(samples))


def _progress(done_samples: int, total_samples: int, elapsed_s: float) -> str:
    done_s, total_s = seconds_of(done_samples), seconds_of(total_samples)
    text = f"{done_s:.0f} of {total_s:.0f} s"
    return f"{text}, real-time factor {elapsed_s / done_s:.2f}" if done_s else text
