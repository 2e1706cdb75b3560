"""Whisper's weights from CTranslate2's file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.train.tiny import SIZES, random_whisper
from model.train.whisper import from_ctranslate2, read_ctranslate2

Array = NDArray[np.float32]


def name_of(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def written(variables: dict[str, NDArray[np.generic]], aliases: dict[str, str], version: int = 6) -> bytes:
    kinds = {"float32": 0, "int8": 1, "float16": 4}
    data = struct.pack("<I", version) + name_of("WhisperSpec") + struct.pack("<II", 3, len(variables))
    for name, value in variables.items():
        data += name_of(name) + struct.pack("<B", value.ndim) + struct.pack(f"<{value.ndim}I", *value.shape)
        data += struct.pack("<BI", kinds[value.dtype.name], value.nbytes) + value.tobytes()
    data += struct.pack("<I", len(aliases))
    for alias, name in aliases.items():
        data += name_of(alias) + name_of(name)
    return data


def test_variables_and_aliases_are_read(tmp_path: Path) -> None:
    half = np.arange(6, dtype=np.float16).reshape(2, 3)
    path = tmp_path / "model.bin"
    path.write_bytes(written({"a": half, "b": np.array(7, np.int8)}, {"c": "a"}))
    read = read_ctranslate2(path)
    np.testing.assert_array_equal(read["a"], half)
    np.testing.assert_array_equal(read["c"], half)
    assert int(read["b"]) == 7


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(written({}, {}, version=5))
    with pytest.raises(ValueError, match="version 5"):
        read_ctranslate2(path)


def packed(tensors: dict[str, Array], name: str, parts: tuple[str, ...], field: str) -> Array:
    zeros = np.zeros(SIZES.width, np.float32)
    return np.concatenate([tensors.get(f"{name}.{part}.{field}", zeros) for part in parts])


def as_ctranslate2(tensors: dict[str, Array]) -> dict[str, Array]:
    """The same weights under CTranslate2's names."""
    given = {
        "encoder/position_encodings/encodings": tensors["encoder.embed_positions.weight"],
        "decoder/position_encodings/encodings": tensors["decoder.embed_positions.weight"],
        "decoder/embeddings/weight": tensors["decoder.embed_tokens.weight"],
    }
    for index in (1, 2):
        for field in ("weight", "bias"):
            given[f"encoder/conv{index}/{field}"] = tensors[f"encoder.conv{index}.{field}"]

    def norm(source: str, target: str) -> None:
        given[f"{target}/gamma"], given[f"{target}/beta"] = tensors[f"{source}.weight"], tensors[f"{source}.bias"]

    for side, layers in (("encoder", SIZES.encoder_layers), ("decoder", SIZES.decoder_layers)):
        norm(f"{side}.layer_norm", f"{side}/layer_norm")
        for layer in range(layers):
            source, target = f"{side}.layers.{layer}", f"{side}/layer_{layer}"
            for field in ("weight", "bias"):
                own = packed(tensors, f"{source}.self_attn", ("q_proj", "k_proj", "v_proj"), field)
                given[f"{target}/self_attention/linear_0/{field}"] = own
                given[f"{target}/self_attention/linear_1/{field}"] = tensors[f"{source}.self_attn.out_proj.{field}"]
                for number, part in enumerate(("fc1", "fc2")):
                    given[f"{target}/ffn/linear_{number}/{field}"] = tensors[f"{source}.{part}.{field}"]
                if side == "decoder":
                    other = f"{source}.encoder_attn"
                    given[f"{target}/attention/linear_0/{field}"] = tensors[f"{other}.q_proj.{field}"]
                    given[f"{target}/attention/linear_1/{field}"] = packed(tensors, other, ("k_proj", "v_proj"), field)
                    given[f"{target}/attention/linear_2/{field}"] = tensors[f"{other}.out_proj.{field}"]
            norm(f"{source}.self_attn_layer_norm", f"{target}/self_attention/layer_norm")
            norm(f"{source}.final_layer_norm", f"{target}/ffn/layer_norm")
            if side == "decoder":
                norm(f"{source}.encoder_attn_layer_norm", f"{target}/attention/layer_norm")
    return given


def test_names_and_sizes_are_those_of_transformers() -> None:
    whisper = random_whisper()
    found = from_ctranslate2(as_ctranslate2(dict(whisper.tensors)))
    assert found.sizes == SIZES
    assert found.tensors.keys() == whisper.tensors.keys()
    for name, tensor in whisper.tensors.items():
        np.testing.assert_array_equal(found.tensor(name), tensor)
