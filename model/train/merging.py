"""Long utterances: whether asrd's recognizer writes exactly the texts of the windows, one after the other.

Clips of the train sets strung together, a third each to one, two and three windows, with pauses, and with clips that
come twice, so that phrases repeat within a window and across them. Their error rates tell how the two texts compare and
nothing of the recognizer itself, which was trained on such clips.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asrd.geometry import SAMPLE_RATE_HZ
from asrd.mel.spectrum import plain_log_mel
from asrd.model_folder import ModelFolder
from asrd.recognizer.engine import Recognizer
from asrd.source.file import read_audio
from asrd.text.prompt import TEXT_TAG
from asrd.values import StopReason
from model.train.addresses import WINDOWS, addressed
from model.train.normalise import word_error_rate, word_errors
from model.train.places import ENGLISH, SILENT
from model.train.progress import Progress
from model.train.speech import Clip, read_set
from model.train.vocabulary import WINDOW, NanoVocabulary
from model.train.window import FrontEnd, WindowReader, concatenated

Array = NDArray[np.float32]

SETS: Final = ("train-accented", "train-read-us", "train-read-pseudo")
UTTERANCES: Final = 60  # of each set
_LENGTHS_S: Final = (7.9, 15.8, 18.0)  # at most: one, two, three windows
_TRIES: Final = 12  # clips that do not fit are left out
_PAUSES_S: Final = (0.05, 0.7)
_LONGEST_LEAD_S: Final = 1.0
_REPEATED: Final = 0.35  # of the clips come twice in a row
_ROOM_NOISE: Final = 2e-4  # of full scale
_SEED: Final = 11


@dataclass(frozen=True)
class Merged:
    """One utterance: how many windows, what was said, the windows' texts joined, and the recognizer's text."""

    windows: int
    reference: str
    joined: str
    merged: str
    same_tokens: bool
    ended: bool


def string_together(clips: Sequence[Clip], index: int, seed: int = _SEED) -> tuple[Array, str]:
    """Audio (n,) float32 of utterance `index` and what is said in it."""
    draw = np.random.default_rng((seed, index))
    most = round(_LENGTHS_S[index % len(_LENGTHS_S)] * SAMPLE_RATE_HZ)
    parts = [np.zeros(round(draw.uniform(0, _LONGEST_LEAD_S) * SAMPLE_RATE_HZ), np.float32)]
    said: list[str] = []
    for _ in range(_TRIES):
        clip = clips[int(draw.integers(len(clips)))]
        pause = np.zeros(round(draw.uniform(*_PAUSES_S) * SAMPLE_RATE_HZ), np.float32)
        copies = 2 if draw.random() < _REPEATED else 1
        more = copies * [read_audio(clip.path).samples, pause]
        if sum(map(len, parts + more)) <= most:
            parts += more
            said += copies * [clip.reference]
    audio = np.concatenate(parts)
    return (audio + _ROOM_NOISE * draw.standard_normal(len(audio))).astype(np.float32), " ".join(said)


def expected_tokens(vocabulary: NanoVocabulary, windows: Sequence[Sequence[int]]) -> list[int]:
    """What the decoder is to write for windows of these ids; an empty one has no speech."""
    ids, tokens = vocabulary.ids, vocabulary.tokens
    written = [*vocabulary.tokenize(ENGLISH if any(windows[:WINDOWS]) else SILENT), ids[TEXT_TAG]]
    for number, window in enumerate(windows[:WINDOWS]):
        if window:
            written += [ids[name] for name in addressed(number, [*(tokens[index] for index in window), WINDOW])]
    return written


def measure(folder: ModelFolder, recognizer: Recognizer, vocabulary: NanoVocabulary, cache: Path) -> list[Merged]:
    """Recognise all utterances; kept in `cache`, where an interrupted run goes on."""
    known = [Merged(**entry) for entry in json.loads(cache.read_text(encoding="utf-8"))] if cache.is_file() else []
    progress = Progress("long utterances", len(SETS) * UTTERANCES, len(known))
    reader, front = WindowReader(folder.backend.path), FrontEnd()
    for audio, said in _utterances(len(known)):
        windows = [reader.read(hidden).tokens for hidden in front.windows(plain_log_mel(audio))]
        told = recognizer.transcribe(audio)
        joined = concatenated([vocabulary.text(window) for window in windows])
        same = list(told.tokens) == expected_tokens(vocabulary, windows)
        known.append(Merged(len(windows), said, joined, told.text, same, told.stop is StopReason.END))
        if len(known) % 20 == 0:
            cache.write_text(json.dumps([asdict(one) for one in known], indent=0), encoding="utf-8")
            progress.tell(len(known))
    return known


def _utterances(done: int) -> Iterator[tuple[Array, str]]:
    for index in range(done, len(SETS) * UTTERANCES):
        name, number = SETS[index // UTTERANCES], index % UTTERANCES
        yield string_together(read_set(name), number, _SEED + index // UTTERANCES)


def figures(found: Sequence[Merged]) -> list[dict[str, Any]]:
    """For each number of windows: utterances, both error rates, texts and tokens that are the same, and loops."""
    rows = []
    for count in sorted({one.windows for one in found}):
        part = [one for one in found if one.windows == count]
        joined, merged = (
            word_error_rate([word_errors(one.reference, text) for one, text in zip(part, texts, strict=True)])
            for texts in ([one.joined for one in part], [one.merged for one in part])
        )
        rows.append(
            {
                "windows": count,
                "utterances": len(part),
                "joined": asdict(joined),
                "merged": asdict(merged),
                "same_text": sum(one.joined == one.merged for one in part),
                "same_tokens": sum(one.same_tokens for one in part),
                "unended": sum(not one.ended for one in part),
            }
        )
    return rows
