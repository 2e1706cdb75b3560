from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from asrd.convert.checkpoint import Checkpoint
from asrd.convert.decoder_gguf import Arch, write_decoder
from asrd.convert.gguf_types import DecoderType, decoder_type, type_of
from asrd.convert.random_checkpoint import make_random
from asrd.convert.tokenizer import read_vocabulary
from asrd.errors import ConfigError, ExportError
from tests.convert.variants import Tensors, changed, read_tensors

LAYER = {
    "attn_norm": [64],
    "attn_q": [64, 128],
    "attn_k": [64, 64],
    "attn_v": [64, 64],
    "attn_output": [128, 64],
    "attn_q_norm": [32],
    "attn_k_norm": [32],
    "ffn_norm": [64],
    "ffn_gate": [64, 128],
    "ffn_up": [64, 128],
    "ffn_down": [128, 64],
}
KINDS = {
    "f32": {"F32"},
    "f16": {"F32", "F16"},
    "q8_0": {"F32", "Q8_0"},
    "q4_0": {"F32", "Q4_0", "Q6_K"},
    "q4_k": {"F32", "Q4_K", "Q6_K"},
    "q5_k": {"F32", "Q5_K", "Q6_K"},
    "q6_k": {"F32", "Q6_K"},
}
# rms(difference) / rms(weights) of one matrix
LOSS = {"f32": 0.0, "f16": 1e-5, "q8_0": 0.01, "q4_0": 0.12, "q4_k": 0.09, "q5_k": 0.05, "q6_k": 0.03}


@pytest.fixture(scope="module")
def small_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint") / "small"
    make_random(folder, "small")
    return folder


def written(folder: Path, path: Path, kind: DecoderType, arch: Arch = "qwen3vl") -> gguf.GGUFReader:
    with Checkpoint(folder) as checkpoint:
        write_decoder(checkpoint, path, kind, arch=arch, name="test")
    return gguf.GGUFReader(path)


def values(reader: gguf.GGUFReader) -> dict[str, Any]:
    return {name: field.contents() for name, field in reader.fields.items()}


def test_parameters(tiny_checkpoint: Path, tmp_path: Path) -> None:
    found = values(written(tiny_checkpoint, tmp_path / "a.gguf", "f32"))
    expected = {
        "general.architecture": "qwen3vl",
        "general.name": "test",
        "general.license": "apache-2.0",
        "general.file_type": 0,
        "qwen3vl.block_count": 3,
        "qwen3vl.context_length": 65536,
        "qwen3vl.embedding_length": 64,
        "qwen3vl.feed_forward_length": 128,
        "qwen3vl.attention.head_count": 4,
        "qwen3vl.attention.head_count_kv": 2,
        "qwen3vl.attention.key_length": 32,
        "qwen3vl.attention.value_length": 32,
        "qwen3vl.rope.freq_base": 1e6,
        "qwen3vl.rope.dimension_sections": [6, 5, 5, 0],
        "qwen3vl.n_deepstack_layers": 0,
    }
    assert {name: found[name] for name in expected} == expected
    assert found["qwen3vl.attention.layer_norm_rms_epsilon"] == pytest.approx(1e-6)


def test_vocabulary(tiny_checkpoint: Path, tmp_path: Path) -> None:
    found = values(written(tiny_checkpoint, tmp_path / "a.gguf", "f32"))
    expected = read_vocabulary(tiny_checkpoint, len(found["tokenizer.ggml.tokens"]))
    assert (found["tokenizer.ggml.model"], found["tokenizer.ggml.pre"]) == ("gpt2", "qwen2")
    assert tuple(found["tokenizer.ggml.tokens"]) == expected.tokens
    assert tuple(found["tokenizer.ggml.token_type"]) == expected.types
    assert tuple(found["tokenizer.ggml.merges"]) == expected.merges
    assert found["tokenizer.ggml.tokens"][found["tokenizer.ggml.eos_token_id"]] == "<|im_end|>"
    assert found["tokenizer.ggml.tokens"][found["tokenizer.ggml.padding_token_id"]] == "<|endoftext|>"
    assert found["tokenizer.ggml.add_bos_token"] is False


def test_tensors_are_the_checkpoint_s(tiny_checkpoint: Path, tmp_path: Path) -> None:
    reader = written(tiny_checkpoint, tmp_path / "a.gguf", "f32")
    shapes = {tensor.name: [int(size) for size in tensor.shape] for tensor in reader.tensors}
    rows = shapes.pop("token_embd.weight")[1]
    assert shapes.pop("output_norm.weight") == [64]
    assert shapes == {f"blk.{index}.{name}.weight": shape for index in range(3) for name, shape in LAYER.items()}
    stored = read_tensors(tiny_checkpoint)
    data = {tensor.name: tensor.data for tensor in reader.tensors}
    assert np.array_equal(data["token_embd.weight"], stored["model.language_model.embed_tokens.weight"])
    assert len(data["token_embd.weight"]) == rows
    down = stored["model.language_model.layers.2.mlp.down_proj.weight"]
    assert np.array_equal(data["blk.2.ffn_down.weight"], down)


def test_qwen3_has_no_keys_of_qwen3vl(tiny_checkpoint: Path, tmp_path: Path) -> None:
    found = values(written(tiny_checkpoint, tmp_path / "a.gguf", "f32", "qwen3"))
    assert found["general.architecture"] == "qwen3"
    assert found["qwen3.rope.freq_base"] == 1e6
    assert not [name for name in found if "qwen3vl" in name or "sections" in name or "deepstack" in name]


def test_untied_embeddings_have_an_output_matrix(tiny_checkpoint: Path, tmp_path: Path) -> None:
    def untie(tensors: Tensors, config: dict[str, Any]) -> None:
        tensors["lm_head.weight"] = np.ascontiguousarray(tensors["model.language_model.embed_tokens.weight"][::-1])
        config["text_config"]["tie_word_embeddings"] = False

    folder = changed(tmp_path / "untied", tiny_checkpoint, untie)
    data = {tensor.name: tensor.data for tensor in written(folder, tmp_path / "a.gguf", "f32").tensors}
    assert np.array_equal(data["output.weight"], data["token_embd.weight"][::-1])


@pytest.mark.parametrize("kind", list(KINDS))
def test_types(small_checkpoint: Path, tmp_path: Path, kind: str) -> None:
    reader = written(small_checkpoint, tmp_path / "a.gguf", decoder_type(kind))
    types = {tensor.name: tensor.tensor_type for tensor in reader.tensors}
    assert {found.name for found in types.values()} == KINDS[kind]
    assert {types[name].name for name in types if "norm" in name} == {"F32"}
    tensor = next(tensor for tensor in reader.tensors if tensor.name == "blk.0.ffn_up.weight")
    restored = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
    weights = read_tensors(small_checkpoint)["model.language_model.layers.0.mlp.up_proj.weight"].astype(np.float64)
    assert np.sqrt(np.mean((restored - weights) ** 2) / np.mean(weights**2)) <= LOSS[kind]


@pytest.mark.parametrize("kind", ["q4_0", "q4_k"])
def test_rows_that_no_block_divides_fall_back(tiny_checkpoint: Path, tmp_path: Path, kind: str) -> None:
    reader = written(tiny_checkpoint, tmp_path / "a.gguf", decoder_type(kind))
    types = {tensor.name: tensor.tensor_type.name for tensor in reader.tensors}
    assert types["token_embd.weight"] == "Q8_0"
    assert type_of("blk.0.ffn_up.weight", (8, 40), "q8_0", 3, tied=True).name == "F16"


def test_mix_of_28_layers_is_llama_cpp_s() -> None:
    kinds = [type_of(f"blk.{i}.ffn_down.weight", (256, 256), "q4_k", 28, tied=True).name for i in range(28)]
    assert [i for i, kind in enumerate(kinds) if kind == "Q6_K"] == [0, 1, 2, 5, 8, 11, 14, 17, 20, 23, 24, 25, 26, 27]
    assert type_of("token_embd.weight", (256, 256), "q4_k", 28, tied=False).name == "Q4_K"
    assert type_of("output.weight", (256, 256), "q4_k", 28, tied=False).name == "Q6_K"


def test_equal_weights_give_equal_bytes(small_checkpoint: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(small_checkpoint, tmp_path / f"{name}.gguf", "q4_k")
    assert (tmp_path / "a.gguf").read_bytes() == (tmp_path / "b.gguf").read_bytes()


def test_k_quants_without_their_package(
    small_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "libgguf", None)
    with pytest.raises(ExportError, match=r"the extra `kquants`.*or choose q8_0"):
        written(small_checkpoint, tmp_path / "a.gguf", "q4_k")


def test_unknown_type() -> None:
    with pytest.raises(ConfigError, match="'q3' is not a decoder type; choose one of f32, f16"):
        decoder_type("q3")
