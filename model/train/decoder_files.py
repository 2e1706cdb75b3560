"""Writes a trained decoder as GGUF and its row code as `.npz`; the two belong together."""

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
from asrd.convert.config import DecoderConfig
from asrd.convert.decoder_gguf import write_decoder
from asrd.convert.gguf_types import DecoderType
from model.train.decoder import RMS_EPS, Decoder, DecoderShape, RowCode
from model.train.vocabulary import CONTROL, TEXT_TAG, NanoVocabulary

DECODER_FILE: Final = "decoder.gguf"
EXACT_DECODER_FILE: Final = "decoder-f32.gguf"
ROW_CODE_FILE: Final = "rowcode.npz"
NAME: Final = "asrd-nano"
_CONTEXT_LENGTH: Final = 4096
_MODULES: Final = {"mlp.gate_proj": "gate_proj", "mlp.up_proj": "up_proj", "mlp.down_proj": "down_proj"}


@dataclass(frozen=True)
class _Weights:
    """What `write_decoder` reads of a checkpoint, from a decoder in memory."""

    decoder: Decoder
    folder: Path
    config: SimpleNamespace

    def tensor(self, name: str, *_shape: int) -> NDArray[np.float32]:
        """A weight by the canonical name of `asrd.convert.checkpoint`."""
        name = name.removeprefix("text.")
        for stored, own in _MODULES.items():
            name = name.replace(stored, own)
        weight = self.decoder.get_parameter(name).detach()
        return np.ascontiguousarray(weight.float().numpy())


def write_gguf(decoder: Decoder, vocabulary: NanoVocabulary, path: Path, decoder_type: DecoderType = "q8_0") -> None:
    """Write `path`: architecture qwen3, tied embedding, the vocabulary of nano.

    Raises:
        ExportError: the file cannot be written.
    """
    config = SimpleNamespace(decoder=_config(decoder.shape))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tokenizer.json").write_text(_tokenizer_json(vocabulary), encoding="utf-8")
        weights = cast("Checkpoint", _Weights(decoder, Path(folder), config))
        write_decoder(weights, path, decoder_type, arch="qwen3", name=NAME)


def _config(shape: DecoderShape) -> DecoderConfig:
    return DecoderConfig(
        vocab_size=shape.vocabulary,
        hidden=shape.hidden,
        layers=shape.layers,
        heads=shape.heads,
        kv_heads=shape.heads,
        head_dim=shape.head_dim,
        ffn_dim=shape.ffn,
        rms_eps=RMS_EPS,
        rope_theta=shape.rope_theta,
        context_length=_CONTEXT_LENGTH,
        rope_sections=(0, 0, 0, 0),
        tied=True,
    )


def _tokenizer_json(vocabulary: NanoVocabulary) -> str:
    added = [
        {"id": vocabulary.ids[text], "content": text, "special": text != TEXT_TAG} for text in (*CONTROL, TEXT_TAG)
    ]
    pieces = {piece: index for index, piece in enumerate(vocabulary.pieces)}
    model = {"type": "BPE", "vocab": pieces, "merges": list(vocabulary.merges)}
    return json.dumps({"model": model, "added_tokens": added}, ensure_ascii=False)


def save_row_code(code: RowCode, path: Path) -> None:
    """Write `path`: arrays A, B, P, Q, blank, none (float32) and window_id; see `RowCode`."""
    np.savez(
        path,
        A=code.tokens,
        B=code.previous,
        P=code.index,
        Q=code.rest,
        blank=code.blank,
        none=code.none,
        window_id=np.int64(code.window_id),
    )


def load_row_code(path: Path) -> RowCode:
    """Read what `save_row_code` wrote."""
    with np.load(path) as file:
        tokens, previous, index, rest, blank, none = (file[name] for name in ("A", "B", "P", "Q", "blank", "none"))
        return RowCode(tokens, previous, index, rest, blank, none, int(file["window_id"]))


def write_pair(decoder: Decoder, vocabulary: NanoVocabulary, folder: Path) -> None:
    """Write decoder.gguf (q8_0), decoder-f32.gguf and rowcode.npz into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_gguf(decoder, vocabulary, folder / DECODER_FILE, "q8_0")
    write_gguf(decoder, vocabulary, folder / EXACT_DECODER_FILE, "f32")
    save_row_code(decoder.row_code(), folder / ROW_CODE_FILE)
