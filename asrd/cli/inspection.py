"""The plain pass, stage by stage, with what there is to know about each stage's output."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from asrd.geometry import seconds_of
from asrd.mel.spectrum import plain_log_mel
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.output import read_output
from asrd.recognizer.plain import encode_plain
from asrd.recognizer.protocols import DecodeRequest, Encoder, FloatArray, Segment, TokenSegment
from asrd.stop import StopSignal
from asrd.text.loops import token_limit
from asrd.values import UtteranceOptions

_T = TypeVar("_T")


@dataclass(frozen=True)
class Stage:
    """An array that a stage made, and the time that it took; `note` says what else there is to say."""

    stage: str
    shape: tuple[int, ...]
    dtype: str
    minimum: float
    mean: float
    maximum: float
    elapsed_s: float
    note: str = ""


@dataclass(frozen=True)
class Tokens:
    """Token ids and the text of each."""

    stage: str
    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class PieceReport:
    """What became of one piece of audio, from `start` to `end` in samples at 16 kHz."""

    start: int
    end: int
    stages: tuple[Stage, ...]
    prompt: tuple[Tokens, Tokens]
    tokens: Tokens
    stop: str
    language: str
    text: str

    @property
    def elapsed_s(self) -> float:
        """All stages together."""
        return sum(stage.elapsed_s for stage in self.stages) + self.tokens.elapsed_s


def stage_of(name: str, array: npt.NDArray[Any], elapsed_s: float, note: str = "") -> Stage:
    """Describe an array of at least one value."""
    low, mean, high = float(array.min()), float(array.mean(dtype=np.float64)), float(array.max())
    return Stage(name, array.shape, str(array.dtype), low, mean, high, elapsed_s, note)


def inspect_piece(
    recognizer: Recognizer, samples: FloatArray, options: UtteranceOptions, start: int, end: int
) -> PieceReport:
    """Take samples `start` to `end` of (n,) float32 through the stages of the plain pass.

    Raises:
        AsrdError: as `Recognizer.transcribe`.
    """
    options, prompt = recognizer.prepare(options)
    decoder = recognizer.decoder
    mel, mel_s = _timed(lambda: plain_log_mel(samples[start:end]))
    encoder = _WatchedEncoder(recognizer.encoder)
    windows = encode_plain(encoder, mel)
    segments: list[Segment] = [TokenSegment(prompt.head), *windows, TokenSegment(prompt.suffix)]
    decoder.reset()
    try:
        request = DecodeRequest(segments, token_limit(end - start))
        decoded, decode_s = _timed(lambda: decoder.decode(request, StopSignal()))
    finally:
        decoder.reset()
    transcript = read_output(decoded.tokens, decoder.piece, options.language).transcript

    def tokens(stage: str, ids: tuple[int, ...], elapsed_s: float = 0.0) -> Tokens:
        return Tokens(
            stage, ids, tuple(recognizer.model.piece(token).decode(errors="replace") for token in ids), elapsed_s
        )

    return PieceReport(
        start=start,
        end=end,
        stages=(stage_of("mel", mel, mel_s), *encoder.stages),
        prompt=(tokens("head", prompt.head), tokens("suffix", prompt.suffix)),
        tokens=tokens("tokens", decoded.tokens, decode_s),
        stop=decoded.stop.value,
        language=transcript.language,
        text=transcript.text,
    )


@dataclass
class _WatchedEncoder:
    """An encoder that describes what it makes, window by window."""

    encoder: Encoder
    stages: list[Stage] = field(default_factory=list)
    _chunks: int = 0
    _front_s: float = 0.0

    @property
    def width(self) -> int:
        return self.encoder.width

    def front(self, chunk: FloatArray) -> FloatArray:
        hidden, elapsed_s = _timed(lambda: self.encoder.front(chunk))
        self._chunks += 1
        self._front_s += elapsed_s
        return hidden

    def back(self, hidden: FloatArray) -> FloatArray:
        rows, elapsed_s = _timed(lambda: self.encoder.back(hidden))
        window = f"window {len(self.stages) // 2 + 1}"
        chunks = f"{self._chunks} chunk{'s' if self._chunks > 1 else ''}"
        self.stages.append(stage_of("hidden", hidden, self._front_s, f"{window}, {chunks}"))
        self.stages.append(stage_of("rows", rows, elapsed_s, window))
        self._chunks, self._front_s = 0, 0.0
        return rows


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    started_s = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started_s


def place_of(report: PieceReport) -> str:
    """Where a piece lies in its file."""
    return f"{seconds_of(report.start):.2f} to {seconds_of(report.end):.2f} s"
