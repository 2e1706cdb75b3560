"""Puts nano together from what the stages have left in the build folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asrd.convert.graph_builder import Precision
from asrd.geometry import WINDOW_ROWS
from model.train.decoder_files import DECODER_FILE, EXACT_DECODER_FILE, ROW_CODE_FILE, load_row_code
from model.train.export import Parts, read_head
from model.train.graph import build_backend
from model.train.parts import Reading, RowCode, SpeechHead
from model.train.settings import WHISPER_FOLDERS, reading_of
from model.train.speech import BUILD
from model.train.vocabulary import NanoVocabulary, load_vocabulary
from model.train.whisper import Whisper, load_whisper
from model.train.window import WindowReader

Array = NDArray[np.float32]

WHISPER: Final = "tiny.en"
SILENCE_FRAMES: Final = 300
MOST_FRAMES: Final = 1100
TUNED_SHARE: Final = 0.75
HEAD: Final = BUILD / "head.npz"
TUNED: Final = BUILD / "tuned"
DECODER: Final = BUILD / "decoder-written"


@dataclass(frozen=True)
class Choice:
    """Which of the things in the build folder to use; the defaults are what is shipped."""

    whisper: str = WHISPER
    checkpoint: Path | None = TUNED / "checkpoint.pt"  # of the fine-tuning; left out where there is none
    tuned_share: float = TUNED_SHARE
    head: Path | None = HEAD
    decoder: Path = DECODER
    silence_frames: int = SILENCE_FRAMES
    least_frames: int = 0
    most_frames: int = MOST_FRAMES
    only_own_pieces: bool = False  # Whisper may write nothing that is not a piece of nano, too


def vocabulary() -> NanoVocabulary:
    """nano's vocabulary."""
    return load_vocabulary(BUILD / "vocabulary.json")


def whisper_of(choice: Choice) -> Whisper:
    """Whisper's weights, fine-tuned ones where there are any."""
    whisper = load_whisper(WHISPER_FOLDERS[choice.whisper])
    if choice.checkpoint is None or not choice.checkpoint.is_file():
        return whisper
    from model.train.finetune import tuned

    return tuned(whisper, choice.checkpoint, choice.tuned_share)


def how_to_read(choice: Choice, whisper: Whisper, words: NanoVocabulary) -> Reading:
    """How the Whisper of `choice` is asked."""
    return reading_of(
        choice.whisper,
        whisper,
        words,
        silence_frames=choice.silence_frames,
        least_frames=choice.least_frames,
        most_frames=choice.most_frames,
        only_own_pieces=choice.only_own_pieces,
    )


def parts_of(choice: Choice, precision: Precision = "int8") -> Parts:
    """All that an export needs; the decoder as q8_0 beside int8, as f32 otherwise.

    Raises:
        FileNotFoundError: the decoder's stage has not been run.
    """
    whisper, words = whisper_of(choice), vocabulary()
    decoder = choice.decoder / (DECODER_FILE if precision == "int8" else EXACT_DECODER_FILE)
    if not decoder.is_file():
        raise FileNotFoundError(f"{decoder} is missing: run the stage `decoder` first")
    head = read_head(choice.head) if choice.head is not None else None
    rows = load_row_code(choice.decoder / ROW_CODE_FILE)
    return Parts(whisper, how_to_read(choice, whisper, words), head, rows, decoder)


def blind_rows(ids: int) -> RowCode:
    """A row code of width 1 for runs in which only the tokens count."""
    nothing = np.zeros(1, np.float32)
    return RowCode(np.zeros((ids, 1), np.float32), np.zeros((WINDOW_ROWS, 1), np.float32), nothing, nothing, 0)


def encoder_only(whisper: Whisper) -> SpeechHead:
    """A speech head that hears nothing, so that no text is decoded."""
    return SpeechHead(np.zeros(2 * whisper.sizes.width, np.float32), -1e9)


def window_reader(
    choice: Choice, *, precision: Precision = "int8", with_text: bool = True, threads: int = 1
) -> WindowReader:
    """A back end that tells its tokens; without text it only encodes."""
    whisper, words = whisper_of(choice), vocabulary()
    head = read_head(choice.head) if choice.head is not None and choice.head.is_file() else None
    head = head if with_text else encoder_only(whisper)
    reading = how_to_read(choice, whisper, words)
    return WindowReader(build_backend(whisper, reading, head, blind_rows(len(words)), precision), threads)
