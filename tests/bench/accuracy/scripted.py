"""A recognizer that knows by heart what is said: a word each half second, and its last word is wrong at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.errors import AudioError
from asrd.geometry import SAMPLE_RATE_HZ, samples_of
from asrd.values import EngineOptions, Hypothesis, UtteranceOptions

FloatArray = npt.NDArray[np.float32]
WORDS = ("Good", "morning,", "make", "me", "a", "coffee", "with", "milk.")
WORD_S = 0.5
_LEAST = 400


def clip(words: int, seed: int = 1) -> FloatArray:
    return make_clip(ClipSpec(seed, samples_of(words * WORD_S)))


def write_set(folder: Path, name: str, rows: Sequence[tuple[int, str]]) -> Path:
    """A table of clips, each of so many words, with its reference."""
    lines = []
    for number, (words, reference) in enumerate(rows):
        soundfile.write(folder / f"{name}-{number}.wav", clip(words, seed=number + 1), SAMPLE_RATE_HZ)
        lines.append(f"{name}-{number}.wav\t{reference}\n")
    table = folder / f"{name}.tsv"
    table.write_text("".join(lines), encoding="utf-8")
    return table


def text_of(samples: int) -> str:
    return " ".join(WORDS[: round(samples / SAMPLE_RATE_HZ / WORD_S)])


def _tokens(text: str) -> tuple[int, ...]:
    return tuple(text.encode())


@dataclass
class ScriptedUtterance:
    owner: ScriptedRecognizer
    options: UtteranceOptions
    samples: int = 0
    is_closed: bool = False

    def append(self, samples: FloatArray) -> None:
        self.samples += len(samples)

    def hypothesis(self) -> Hypothesis:
        self.owner.passes.append(self.samples)
        text = text_of(self.samples)
        if self.owner.mishears(self.samples):
            text = " ".join([*text.split()[:-1], "what"])
        return self._said(text, is_final=False)

    def final(self) -> Hypothesis:
        self.is_closed = True
        if self.options.final == "consistent":
            self.owner.consistent.append(self.options.unstable_margin_s)
            return self._said("what was committed", is_final=True)
        return self._said(text_of(self.samples) + self.owner.added, is_final=True)

    def truncate(self, samples: int) -> None:
        self.samples = samples

    def abandon(self) -> None:
        self.is_closed = True
        self.owner.abandoned += 1

    def _said(self, text: str, *, is_final: bool) -> Hypothesis:
        return Hypothesis(text, "", text, "", is_final, self.samples, _tokens(text))


@dataclass
class ScriptedRecognizer:
    """`added` goes to finals of streams alone; `misheard_s`: how long the newest word is wrong."""

    added: str = ""
    misheard_s: float = 0.2
    options: EngineOptions = field(default_factory=EngineOptions)
    passes: list[int] = field(default_factory=list)
    consistent: list[float] = field(default_factory=list)
    offline: list[int] = field(default_factory=list)
    utterances: list[ScriptedUtterance] = field(default_factory=list)
    abandoned: int = 0
    decoder: Any = field(default_factory=lambda: SimpleNamespace(piece=lambda token: bytes([token])))

    def __enter__(self) -> ScriptedRecognizer:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def mishears(self, samples: int) -> bool:
        since_s = (samples / SAMPLE_RATE_HZ + WORD_S / 2) % WORD_S
        return since_s < self.misheard_s

    def transcribe(self, samples: FloatArray, _options: UtteranceOptions) -> Hypothesis:
        if len(samples) < _LEAST:
            raise AudioError(f"{len(samples)} samples are too few")
        self.offline.append(len(samples))
        text = text_of(len(samples))
        return Hypothesis(text, "", text, "", True, len(samples), _tokens(text))

    def utterance(self, options: UtteranceOptions) -> ScriptedUtterance:
        self.utterances.append(ScriptedUtterance(self, options))
        return self.utterances[-1]

    def prepare(self, options: UtteranceOptions) -> tuple[UtteranceOptions, None]:
        return replace(options), None
