"""The choices that make nano: which Whisper, how its windows are padded, and where things lie."""

from __future__ import annotations

from typing import Final

import numpy as np

from model.train.parts import Reading
from model.train.speech import BUILD
from model.train.vocabulary import ENGLISH, MULTILINGUAL, NanoVocabulary, WhisperTokenizer
from model.train.whisper import Whisper, settings_of

WHISPER_FOLDERS: Final = {"base": BUILD / "weights" / "whisper-base", "tiny.en": BUILD / "weights" / "whisper-tiny.en"}
_MULTILINGUAL_SIZE: Final = 51865
_LONGEST_PUNCTUATION: Final = 3
# openai/whisper, tokenizer.py: start of transcript, English, transcribe, no timestamps.
_PROMPTS: Final = {MULTILINGUAL: (50258, 50259, 50359, 50363), ENGLISH: (50257, 50362)}
_ENDS: Final = {MULTILINGUAL: 50257, ENGLISH: 50256}


def kind_of(whisper: Whisper) -> str:
    """Which of the two vocabularies of Whisper a model has."""
    return MULTILINGUAL if whisper.sizes.vocabulary == _MULTILINGUAL_SIZE else ENGLISH


def reading_of(
    name: str,
    whisper: Whisper,
    vocabulary: NanoVocabulary,
    *,
    silence_frames: int,
    least_frames: int,
    most_frames: int,
    only_own_pieces: bool = False,
) -> Reading:
    """How the Whisper `name` is asked, with the tokens that it may write: all English ones, or only nano's own."""
    kind = kind_of(whisper)
    told = settings_of(WHISPER_FOLDERS[name])
    ids = WhisperTokenizer(WHISPER_FOLDERS[name] / "tokenizer.json").ids
    kept = {piece: index for piece, index in ids.items() if index < _ENDS[kind] and _is_english(piece)}
    kept = {piece: index for piece, index in kept.items() if index not in told["suppress_ids"]}
    if only_own_pieces:
        kept = {piece: index for piece, index in kept.items() if piece in vocabulary.ids}
    spellings = [vocabulary.encode_pieces([piece]) for piece in kept]
    table = np.full((len(kept), max(map(len, spellings))), -1, np.int16)
    for row, spelling in zip(table, spellings, strict=True):
        row[: len(spelling)] = spelling
    return Reading(
        prompt=_PROMPTS[kind],
        end=_ENDS[kind],
        writable=np.array(list(kept.values()), np.int64),
        spelling=table,
        begin_suppressed=tuple(told["suppress_ids_begin"]),
        silence_frames=silence_frames,
        least_frames=least_frames,
        most_frames=most_frames,
    )


def _is_english(piece: str) -> bool:
    """Whether a piece (GPT-2's byte alphabet) is one byte, or ASCII text without a run of punctuation."""
    text = piece.replace("Ġ", " ")
    return len(piece) == 1 or (text.isascii() and (any(map(str.isalnum, text)) or len(text) <= _LONGEST_PUNCTUATION))
