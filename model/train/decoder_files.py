"""Writes the decoder as GGUF and its row code as `.npz`; the two belong together."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from asrd.convert.checkpoint import Checkpoint
from asrd.convert.decoder_gguf import write_decoder
from asrd.convert.gguf_types import DecoderType
from asrd.text.prompt import TEXT_TAG
from model.train.decoder import Decoder
from model.train.parts import RowCode
from model.train.vocabulary import CONTROL, NanoVocabulary

DECODER_FILE: Final = "decoder.gguf"
EXACT_DECODER_FILE: Final = "decoder-f32.gguf"
ROW_CODE_FILE: Final = "rowcode.npz"
NAME: Final = "asrd-nano"


@dataclass(frozen=True)
class _Weights:
    """What `write_decoder` reads of a checkpoint, from a decoder in memory."""

    decoder: Decoder
    folder: Path
    config: SimpleNamespace

    def tensor(self, name: str, *_shape: int) -> NDArray[np.float32]:
        """A weight by the canonical name of `asrd.convert.checkpoint`."""
        return np.ascontiguousarray(self.decoder.tensors[name.removeprefix("text.")], np.float32)


def write_gguf(decoder: Decoder, path: Path, decoder_type: DecoderType = "q8_0") -> None:
    """Write `path`: architecture qwen3, tied embedding, the vocabulary of nano.

    Raises:
        ExportError: the file cannot be written.
    """
    config = SimpleNamespace(decoder=decoder.shape.config())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tokenizer.json").write_text(_tokenizer_json(decoder.codes.vocabulary), encoding="utf-8")
        weights = cast("Checkpoint", _Weights(decoder, Path(folder), config))
        write_decoder(weights, path, decoder_type, arch="qwen3", name=NAME)


def _tokenizer_json(vocabulary: NanoVocabulary) -> str:
    added = [
        {"id": vocabulary.ids[text], "content": text, "special": text != TEXT_TAG} for text in (*CONTROL, TEXT_TAG)
    ]
    pieces = {piece: index for index, piece in enumerate(vocabulary.pieces)}
    model = {"type": "BPE", "vocab": pieces, "merges": list(vocabulary.merges)}
    return json.dumps({"model": model, "added_tokens": added}, ensure_ascii=False)


def save_row_code(code: RowCode, path: Path) -> None:
    """Write `path`: the arrays of `code`, by their names."""
    np.savez(path, **vars(code))


def load_row_code(path: Path) -> RowCode:
    """Read what `save_row_code` wrote."""
    with np.load(path) as file:
        tokens, index, blank, none = (file[name] for name in ("tokens", "index", "blank", "none"))
        return RowCode(tokens, index, blank, none, int(file["window_id"]))


def write_pair(decoder: Decoder, folder: Path) -> None:
    """Write decoder.gguf (q8_0), decoder-f32.gguf and rowcode.npz into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_gguf(decoder, folder / DECODER_FILE, "q8_0")
    write_gguf(decoder, folder / EXACT_DECODER_FILE, "f32")
    save_row_code(decoder.codes.row_code(), folder / ROW_CODE_FILE)
