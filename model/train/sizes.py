"""Compares widths of the written decoder, and keeps what trained ones reached: `sizes.json` in the build folder.

Trained decoders were dropped when the written one turned out to be exact. `notices/trained_decoders.json` holds what
was measured of them, at the commit that it names.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from asrd.geometry import WINDOW_ROWS
from asrd.llama.context import Context
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.recognizer.decoding import LlamaDecoder
from asrd.recognizer.protocols import DecodeRequest, RowSegment, Segment, TokenSegment
from asrd.stop import StopSignal
from asrd.text.prompt import build_prompt
from model.train.decoder import HIDDEN, Decoder
from model.train.decoder_files import write_gguf
from model.train.merging import expected_tokens
from model.train.progress import say
from model.train.speech import BUILD, SMOKE
from model.train.vocabulary import NanoVocabulary

WIDTHS: Final = (112, 128, 160, HIDDEN)
TRAINED: Final = Path(__file__).parent / "notices" / "trained_decoders.json"
_FILE: Final = "sizes.json"
_UTTERANCES: Final = 60
_TOKENS: Final = 70  # of a full window, at most: four times as fast as people speak
_POSITIONS: Final = 2048


@dataclass(frozen=True)
class Size:
    """One written decoder: bytes of its file, tokens to write, wrong ones, and milliseconds for each."""

    width: int
    megabytes: float
    tokens: int
    wrong: int
    unended: int
    ms_per_token: float


def utterances(vocabulary: NanoVocabulary, count: int) -> Iterator[list[tuple[list[int], int]]]:
    """One to three windows (ids, rows) of any pieces; some of few different ones, so that much repeats."""
    draw = np.random.default_rng(3)
    for _ in range(count):
        windows = []
        for place in range(draw.integers(1, 4), 0, -1):
            rows = WINDOW_ROWS if place > 1 else int(draw.integers(8, WINDOW_ROWS + 1))
            size = int(draw.integers(1, min(_TOKENS, rows)))
            kinds = len(vocabulary.pieces) if draw.random() < 0.7 else 5
            windows.append((draw.integers(len(vocabulary.pieces), size=kinds)[draw.integers(kinds, size=size)], rows))
        yield [(ids.tolist(), rows) for ids, rows in windows]


def measure(vocabulary: NanoVocabulary, width: int, count: int) -> Size:
    """Write a decoder and let llama.cpp copy with it."""
    decoder = Decoder(vocabulary, width)
    code = decoder.codes.row_code()
    tokens = wrong = unended = 0
    spent_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decoder.gguf"
        write_gguf(decoder, path)
        size = path.stat().st_size / 1e6
        with (
            Model(load_library(), path) as model,
            Context(model, positions=_POSITIONS, batch=128, outputs=32, threads=1) as context,
        ):
            llama = LlamaDecoder(model, context)
            prompt = build_prompt(llama)
            for windows in utterances(vocabulary, count):
                expected = expected_tokens(vocabulary, [ids for ids, _ in windows])
                rows = [RowSegment(code.rows(ids, rows)) for ids, rows in windows]
                segments: list[Segment] = [TokenSegment(prompt.head), *rows, TokenSegment(prompt.suffix)]
                told = llama.decode(DecodeRequest(segments, len(expected) + 20), StopSignal())
                spent_s += told.timing.decode_s
                tokens += len(expected)
                pairs = zip(expected, (*told.tokens, *[-1] * len(expected)), strict=False)
                wrong += sum(one != other for one, other in pairs)
                unended += told.stop.value != "end"
    return Size(width, round(size, 2), tokens, wrong, unended, round(1000 * spent_s / tokens, 2))


def run(*, smoke: bool) -> None:
    """The stage: a table of the widths."""
    from model.train.assemble import vocabulary
    from model.train.vocabulary_smoke import smoke_vocabulary

    words = smoke_vocabulary(SMOKE / "tokenizers")[0] if smoke else vocabulary()
    found = []
    for width in WIDTHS[-1:] if smoke else WIDTHS:
        found.append(asdict(measure(words, width, 2 if smoke else _UTTERANCES)))
        say(f"sizes: {found[-1]}")
    path = (SMOKE if smoke else BUILD) / _FILE
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if smoke and any(size["wrong"] for size in found):
        raise ValueError("the decoder does not copy exactly")


def sizes() -> list[dict[str, Any]]:
    """What the stage has kept."""
    path = BUILD / _FILE
    told: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return told


def trained() -> dict[str, Any]:
    """What was measured of trained decoders."""
    told: dict[str, Any] = json.loads(TRAINED.read_text(encoding="utf-8"))
    return told
