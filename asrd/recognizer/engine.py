"""The recognizer: owns the encoder's sessions, the decoder's model and its context."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, get_args

import numpy.typing as npt

from asrd.encoder.onnx import OnnxEncoder
from asrd.errors import AudioError, ConfigError, ModelError
from asrd.geometry import MIN_SAMPLES, SAMPLE_RATE_HZ, frames_of, rows_of, samples_of
from asrd.llama.context import Context
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.model_folder import ModelFolder, read_model_folder
from asrd.recognizer.decoding import LlamaDecoder
from asrd.recognizer.greedy import BATCH_OUTPUTS, BATCH_POSITIONS
from asrd.recognizer.joining import join_pieces
from asrd.recognizer.output import read_output
from asrd.recognizer.piece import Piece, PieceLimits
from asrd.recognizer.plain import recognise_plain
from asrd.recognizer.protocols import Decoded
from asrd.recognizer.utterance import Utterance, checked_samples
from asrd.segment.quietest import cut_points, earliest_cut
from asrd.shipped import shipped_model
from asrd.stop import StopSignal
from asrd.text.languages import language_name
from asrd.text.loops import token_limit
from asrd.text.prompt import MAX_CONTEXT_TOKENS, Prompt, build_prompt
from asrd.values import EngineOptions, FinalMode, Hypothesis, StopReason, Timing, UtteranceOptions, Work

_RANGES: Final = {
    "max_utterance_s": (2.0, 1200.0),  # the reference's limit for one call
    "threads": (0, 512),  # llama.cpp's limit
    "gpu_layers": (-1, 10_000),
    "context_tokens": (0, MAX_CONTEXT_TOKENS),
}
_PROMPT_TOKENS = 48  # head and suffix with a forced language, generously
_POSITION_STEP = 256  # llama.cpp rounds the KV memory up to this
_MAX_THREADS = 8


class Recognizer:
    """Turns audio into text with one model. Not thread-safe: one thread at a time may use it and its utterances.

    Attributes:
        folder: the model's description.
        options: what it was opened with.
        encoder: the audio encoder.
        model: the decoder's weights and vocabulary.
        decoder: the decoder with its memory.
    """

    def __init__(self, folder: ModelFolder, options: EngineOptions | None = None) -> None:
        """Load the model of `folder`; `open` also finds the folder.

        Raises:
            ModelError: a file cannot be loaded, or two do not fit each other.
            NativeError: a native library failed, or has not enough memory.
            ConfigError: an option is out of its range.
        """
        self.folder = folder
        self.options = options = options or EngineOptions()
        for name, (least, most) in _RANGES.items():
            check_range(name, getattr(options, name), least, most)
        self._limit_samples = samples_of(options.max_utterance_s)
        threads = options.threads or min(_MAX_THREADS, os.cpu_count() or 1)
        with ExitStack() as opened:
            library = load_library(options.library)
            self.encoder = opened.enter_context(OnnxEncoder(folder.frontend.path, folder.backend.path, threads=threads))
            self.model = opened.enter_context(Model(library, folder.decoder.path, gpu_layers=options.gpu_layers))
            if self.encoder.width != self.model.width:
                raise ModelError(
                    f"{folder.backend.path} gives rows of {self.encoder.width} values but {folder.decoder.path} takes "
                    f"{self.model.width}: the files belong to models of different size"
                )
            context = opened.enter_context(
                Context(
                    self.model,
                    positions=self._positions(),
                    batch=BATCH_POSITIONS,
                    outputs=BATCH_OUTPUTS,
                    threads=threads,
                )
            )
            self.decoder = LlamaDecoder(self.model, context)
            if options.verify_drafts:
                self.decoder.measure_noise()
            self._resources = opened.pop_all()

    @classmethod
    def open(cls, path: str | Path | None = None, options: EngineOptions | None = None) -> Recognizer:
        """Load the model in the folder `path`, after checking its files against their checksums.

        Without a path that is nano, the model that comes with asrd; `asrd.find_model` knows the folders of others.

        Raises:
            ModelError: the folder is missing, incomplete or damaged; and as the constructor.
        """
        folder = read_model_folder(shipped_model() if path is None else Path(path))
        for file in folder.files:
            file.check_sum()
        return cls(folder, options)

    def transcribe(
        self, samples: npt.ArrayLike, options: UtteranceOptions | None = None, stop: StopSignal | None = None
    ) -> Hypothesis:
        """The text of whole audio, by the plain offline pass: (n,) float32 at 16 kHz, full scale 1.0.

        Raises:
            AudioError: the samples cannot be used, or are fewer than one analysis window (400).
            ConfigError: an option is out of its range.
            Cancelled: `stop` was set.
            NativeError: a native library reported an error.
        """
        return join_pieces(list(self.pieces(samples, options, stop)), is_final=True)

    def pieces(
        self, samples: npt.ArrayLike, options: UtteranceOptions | None = None, stop: StopSignal | None = None
    ) -> Iterator[tuple[int, Hypothesis]]:
        """The same, piece by piece: the sample at which a piece begins, and its text. Raises as `transcribe`."""
        audio = checked_samples(samples)
        if len(audio) < MIN_SAMPLES:
            raise AudioError(
                f"{len(audio)} samples ({len(audio) / SAMPLE_RATE_HZ * 1000:.1f} ms) of audio are too few: "
                f"at least {MIN_SAMPLES} ({MIN_SAMPLES / SAMPLE_RATE_HZ * 1000:g} ms at 16 kHz) are needed"
            )
        options, prompt = self.prepare(options)
        edges = [0, *cut_points(audio, self._limit_samples), len(audio)]
        for start, end in pairwise(edges):
            decoded = Decoded((), StopReason.END, Work(), Timing())
            if end - start >= MIN_SAMPLES:
                piece = audio[start:end]
                decoded = recognise_plain(self.encoder, self.decoder, prompt, piece, stop or StopSignal())
            transcript = read_output(decoded.tokens, self.decoder.piece, options.language).transcript
            yield (
                start,
                Hypothesis(
                    text=transcript.text,
                    language=transcript.language,
                    committed=transcript.text,
                    tail="",
                    is_final=True,
                    samples=end - start,
                    tokens=decoded.tokens,
                    stop=decoded.stop,
                    timing=decoded.timing,
                    work=decoded.work,
                ),
            )

    def utterance(self, options: UtteranceOptions | None = None) -> Utterance:
        """Begin an utterance that takes audio as it comes. Several may be open; they share the decoder's memory.

        Raises:
            ConfigError: an option is out of its range.
        """
        options, prompt = self.prepare(options)

        own = self.options
        limits = PieceLimits(own.verify_drafts, own.reuse_windows, earliest_cut(self._limit_samples))

        def new_piece() -> Piece:
            return Piece(self.encoder, self.decoder, prompt, options, limits)

        return Utterance(new_piece, self._limit_samples, self.decoder.end_utterance)

    def prepare(self, options: UtteranceOptions | None) -> tuple[UtteranceOptions, Prompt]:
        """The options with the language's full name, and the prompt for them.

        Raises:
            ConfigError: an option is out of its range, or the context is too long.
        """
        options = options or UtteranceOptions()
        check_range("unstable_margin_s", options.unstable_margin_s, 0.0, 60.0)
        if options.final not in get_args(FinalMode):
            raise ConfigError(f"final is {options.final!r}; it must be one of {', '.join(get_args(FinalMode))}")
        if any("\ud800" <= letter <= "\udfff" for letter in options.context):
            raise ConfigError("the context holds bytes that are not UTF-8: give it as text")
        if options.language is not None:
            options = replace(options, language=language_name(options.language))
        prompt = build_prompt(self.decoder, context=options.context, language=options.language)
        room = _PROMPT_TOKENS + self.options.context_tokens
        if len(prompt.head) + len(prompt.suffix) > room:
            raise ConfigError(
                f"the context makes the prompt {len(prompt.head) + len(prompt.suffix)} tokens long and there is room "
                f"for {room}: shorten it or raise context_tokens"
            )
        return options, prompt

    def close(self) -> None:
        """Free everything, children first. May be called again."""
        self._resources.close()

    def __enter__(self) -> Recognizer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _positions(self) -> int:
        """Positions that the longest utterance can need."""
        rows = rows_of(frames_of(self._limit_samples))
        needed = _PROMPT_TOKENS + self.options.context_tokens + rows + token_limit(self._limit_samples)
        return -(-needed // _POSITION_STEP) * _POSITION_STEP


def check_range(name: str, value: float, least: float, most: float) -> None:
    """Refuse an option that is out of its range.

    Raises:
        ConfigError: with the range.
    """
    if not least <= value <= most:
        raise ConfigError(f"{name} is {value}; it must lie between {least:g} and {most:g}")
