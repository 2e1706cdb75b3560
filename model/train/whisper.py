"""Whisper's weights: read from CTranslate2's file, named as in transformers.

Format of `model.bin`: CTranslate2 (MIT), `python/ctranslate2/specs/model_spec.py`, version 6, little-endian: version
uint32, name of the architecture, revision uint32, number of variables uint32; each variable: name, rank uint8, rank
dimensions uint32, type uint8, bytes uint32, data; then the number of aliases uint32 and pairs of names. A name is its
length uint16 and so many bytes, the last of them NUL.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_VERSION: Final = 6
_TYPES: Final[Mapping[int, str]] = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}
HEAD_WIDTH: Final = 64  # of an attention head, in every Whisper


@dataclass(frozen=True)
class WhisperSizes:
    """The sizes of a Whisper, all read off its weights."""

    mel_bins: int
    width: int
    encoder_layers: int
    decoder_layers: int
    heads: int
    ffn_width: int
    positions: int  # of the encoder: 50 a second
    text_positions: int
    vocabulary: int


@dataclass(frozen=True, eq=False)
class Whisper:
    """Weights by transformers' names without the prefix `model.`, float32; the linear ones are (out, in)."""

    sizes: WhisperSizes
    tensors: Mapping[str, Array]

    def tensor(self, name: str) -> Array:
        """One tensor; raises `KeyError` with its name."""
        return self.tensors[name]


def read_ctranslate2(path: Path) -> dict[str, NDArray[Any]]:
    """All variables of a CTranslate2 file by name, aliases resolved.

    Raises:
        ValueError: another version, or an unknown type.
    """
    data = path.read_bytes()
    reader = _Reader(data)
    version = reader.number("I")
    if version != _VERSION:
        raise ValueError(f"{path} has version {version} of CTranslate2's format; this reads version {_VERSION}")
    reader.name()  # WhisperSpec
    reader.number("I")
    variables = {}
    for _ in range(reader.number("I")):
        name = reader.name()
        shape = tuple(reader.number("I") for _ in range(reader.number("B")))
        kind = reader.number("B")
        if kind not in _TYPES:
            raise ValueError(f"{path}: {name} has the unknown type {kind}")
        size = reader.number("I")
        variables[name] = np.frombuffer(data, _TYPES[kind], size // np.dtype(_TYPES[kind]).itemsize, reader.at)
        variables[name] = variables[name].reshape(shape)
        reader.at += size
    for _ in range(reader.number("I")):
        alias = reader.name()
        variables[alias] = variables[reader.name()]
    return variables


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(f"<{form}", self._data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return int(value)

    def name(self) -> str:
        length = self.number("H")
        self.at += length
        return self._data[self.at - length : self.at].rstrip(b"\0").decode()


def load_whisper(folder: Path) -> Whisper:
    """The Whisper in `folder`/model.bin."""
    return from_ctranslate2(read_ctranslate2(folder / "model.bin"))


def from_ctranslate2(variables: Mapping[str, NDArray[Any]]) -> Whisper:
    """Rename CTranslate2's variables to transformers' names and take its packed projections apart."""
    given = {name: np.asarray(value, np.float32) for name, value in variables.items()}
    tensors: dict[str, Array] = {
        "encoder.conv1.weight": given["encoder/conv1/weight"],
        "encoder.conv1.bias": given["encoder/conv1/bias"],
        "encoder.conv2.weight": given["encoder/conv2/weight"],
        "encoder.conv2.bias": given["encoder/conv2/bias"],
        "encoder.embed_positions.weight": given["encoder/position_encodings/encodings"],
        "decoder.embed_tokens.weight": given["decoder/embeddings/weight"],
        "decoder.embed_positions.weight": given["decoder/position_encodings/encodings"],
    }
    layers = {}
    for side in ("encoder", "decoder"):
        _norm(tensors, f"{side}.layer_norm", given, f"{side}/layer_norm")
        layers[side] = sum(
            name.startswith(f"{side}/layer_") and name.endswith("/ffn/linear_0/weight") for name in given
        )
        for index in range(layers[side]):
            _layer(tensors, f"{side}.layers.{index}", given, f"{side}/layer_{index}")
    width, mel_bins, _ = tensors["encoder.conv1.weight"].shape
    sizes = WhisperSizes(
        mel_bins=mel_bins,
        width=width,
        encoder_layers=layers["encoder"],
        decoder_layers=layers["decoder"],
        heads=width // HEAD_WIDTH,
        ffn_width=len(tensors["encoder.layers.0.fc1.bias"]),
        positions=len(tensors["encoder.embed_positions.weight"]),
        text_positions=len(tensors["decoder.embed_positions.weight"]),
        vocabulary=len(tensors["decoder.embed_tokens.weight"]),
    )
    return Whisper(sizes, tensors)


def _layer(tensors: dict[str, Array], target: str, given: Mapping[str, Array], source: str) -> None:
    _attention(tensors, f"{target}.self_attn", given, f"{source}/self_attention", packed=("q_proj", "k_proj", "v_proj"))
    _norm(tensors, f"{target}.self_attn_layer_norm", given, f"{source}/self_attention/layer_norm")
    if f"{source}/attention/linear_0/weight" in given:
        _attention(tensors, f"{target}.encoder_attn", given, f"{source}/attention", packed=("k_proj", "v_proj"))
        _norm(tensors, f"{target}.encoder_attn_layer_norm", given, f"{source}/attention/layer_norm")
    for index, name in enumerate(("fc1", "fc2")):
        _linear(tensors, f"{target}.{name}", given, f"{source}/ffn/linear_{index}")
    _norm(tensors, f"{target}.final_layer_norm", given, f"{source}/ffn/layer_norm")


def _attention(
    tensors: dict[str, Array], target: str, given: Mapping[str, Array], source: str, *, packed: tuple[str, ...]
) -> None:
    """The projections; `packed` are those that share one matrix: the last but one of the source's."""
    pack_at = 0 if len(packed) == 3 else 1
    if pack_at:
        _linear(tensors, f"{target}.q_proj", given, f"{source}/linear_0")
    for field in ("weight", "bias"):
        parts = np.split(given[f"{source}/linear_{pack_at}/{field}"], len(packed))
        for name, part in zip(packed, parts, strict=True):
            if (name, field) != ("k_proj", "bias"):  # Whisper's keys have no bias; the file holds zeros
                tensors[f"{target}.{name}.{field}"] = part
    _linear(tensors, f"{target}.out_proj", given, f"{source}/linear_{pack_at + 1}")


def _linear(tensors: dict[str, Array], target: str, given: Mapping[str, Array], source: str) -> None:
    for field in ("weight", "bias"):
        tensors[f"{target}.{field}"] = given[f"{source}/{field}"]


def _norm(tensors: dict[str, Array], target: str, given: Mapping[str, Array], source: str) -> None:
    tensors[f"{target}.weight"] = given[f"{source}/gamma"]
    tensors[f"{target}.bias"] = given[f"{source}/beta"]


def torch_whisper(whisper: Whisper) -> Any:
    """The same weights in transformers' `WhisperForConditionalGeneration`, float32, in evaluation mode."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    sizes = whisper.sizes
    config = WhisperConfig(
        vocab_size=sizes.vocabulary,
        num_mel_bins=sizes.mel_bins,
        d_model=sizes.width,
        encoder_layers=sizes.encoder_layers,
        decoder_layers=sizes.decoder_layers,
        encoder_attention_heads=sizes.heads,
        decoder_attention_heads=sizes.heads,
        encoder_ffn_dim=sizes.ffn_width,
        decoder_ffn_dim=sizes.ffn_width,
        max_source_positions=sizes.positions,
        max_target_positions=sizes.text_positions,
        pad_token_id=sizes.vocabulary - 1,
        bos_token_id=sizes.vocabulary - 1,
        eos_token_id=sizes.vocabulary - 1,
        decoder_start_token_id=sizes.vocabulary - 1,
    )
    model = WhisperForConditionalGeneration(config)
    state = {f"model.{name}": torch.from_numpy(np.array(value)) for name, value in whisper.tensors.items()}
    state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
    model.load_state_dict(state)
    return model.eval()


def settings_of(folder: Path) -> dict[str, Any]:
    """`config.json` of a CTranslate2 Whisper: `suppress_ids`, `suppress_ids_begin` and more."""
    settings: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return settings
