from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asrd.convert.checkpoint import Checkpoint, canonical_name
from asrd.convert.config import rope_sections
from asrd.errors import ExportError
from tests.convert.variants import Tensors, changed, published, read_tensors, sharded

Q_PROJ = "model.language_model.layers.1.self_attn.q_proj.weight"


def all_tensors(folder: Path) -> dict[str, tuple[tuple[int, ...], bytes]]:
    names = {canonical_name(name): tensor.shape for name, tensor in read_tensors(folder).items()}
    with Checkpoint(folder) as checkpoint:
        return {
            name: (shape, checkpoint.tensor(name, *shape).tobytes())
            for name, shape in names.items()
            if name is not None and name != "text.lm_head.weight"
        }


def test_both_namings_are_the_same_checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> None:
    other = published(tmp_path / "published", tiny_checkpoint)
    assert all_tensors(other) == all_tensors(tiny_checkpoint)
    with Checkpoint(other) as left, Checkpoint(tiny_checkpoint) as right:
        assert left.config == right.config


def test_several_files_are_read_like_one(tiny_checkpoint: Path, tmp_path: Path) -> None:
    tensor = read_tensors(tiny_checkpoint)[Q_PROJ]
    with Checkpoint(sharded(tmp_path / "sharded", tiny_checkpoint)) as checkpoint:
        loaded = checkpoint.tensor("text.layers.1.self_attn.q_proj.weight", *tensor.shape)
    assert loaded.dtype == np.float32
    assert np.array_equal(loaded, tensor.astype(np.float32))


def test_dimensions_missing_in_the_config_come_from_the_weights(tiny_checkpoint: Path, tmp_path: Path) -> None:
    def forget(tensors: Tensors, config: dict[str, Any]) -> None:
        heads = config["audio_config"]["encoder_attention_heads"]
        config["audio_config"] = {"encoder_attention_heads": heads}
        config["text_config"] = {}

    with Checkpoint(changed(tmp_path / "bare", tiny_checkpoint, forget)) as bare, Checkpoint(tiny_checkpoint) as full:
        assert bare.config == full.config


def test_missing_tensor_is_named(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = changed(tmp_path / "less", tiny_checkpoint, lambda tensors, config: tensors.pop(Q_PROJ))
    with Checkpoint(folder) as checkpoint, pytest.raises(ExportError, match=r"no tensor text\.layers\.1.*\[128, 64\]"):
        checkpoint.tensor("text.layers.1.self_attn.q_proj.weight", 128, 64)


def test_wrong_shape_is_told_with_both_shapes(tiny_checkpoint: Path) -> None:
    with Checkpoint(tiny_checkpoint) as checkpoint, pytest.raises(ExportError, match=r"\[128, 64\].*\[128, 65\]"):
        checkpoint.tensor("text.layers.1.self_attn.q_proj.weight", 128, 65)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", None, "config.json is missing"),
        ("config.json", "{", "cannot be read as JSON"),
        ("config.json", "[]", "list where an object belongs"),
        ("config.json", "{}", "no `audio_config`"),
        ("model.safetensors", None, "neither model.safetensors nor"),
        ("model.safetensors", "short", "not a whole safetensors file"),
    ],
)
def test_unusable_file_is_named(
    tiny_checkpoint: Path, tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    folder = changed(tmp_path / "broken", tiny_checkpoint, lambda tensors, config: None)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(ExportError, match=message):
        Checkpoint(folder)


def test_truncated_weights_are_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = changed(tmp_path / "cut", tiny_checkpoint, lambda tensors, config: None)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ExportError, match="not a whole safetensors file"):
        Checkpoint(folder)


def test_missing_shard_is_named(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = sharded(tmp_path / "sharded", tiny_checkpoint)
    (folder / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(ExportError, match=r"model-00002-of-00003\.safetensors is missing"):
        Checkpoint(folder)


def test_index_cannot_lead_out_of_the_folder(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = sharded(tmp_path / "sharded", tiny_checkpoint)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../model.safetensors"}}))
    with pytest.raises(ExportError, match="not a file beside it"):
        Checkpoint(folder)


def test_another_architecture_is_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    def widen(tensors: Tensors, config: dict[str, Any]) -> None:
        config["audio_config"]["n_window"] = 100

    with pytest.raises(ExportError, match=r"audio_config\.n_window is 100.*with 50"):
        Checkpoint(changed(tmp_path / "other", tiny_checkpoint, widen))


@pytest.mark.parametrize(("head_dim", "expected"), [(128, (24, 20, 20, 0)), (64, (12, 10, 10, 0)), (32, (6, 5, 5, 0))])
def test_rope_sections_cover_half_a_head(head_dim: int, expected: tuple[int, ...]) -> None:
    assert rope_sections(head_dim) == expected
    assert sum(expected) == head_dim // 2
