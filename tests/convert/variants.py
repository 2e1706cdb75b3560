"""Makes other checkpoint folders out of one: another naming, several files, tensors missing or of another shape."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401  registers bfloat16 with numpy
import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

Tensors = dict[str, NDArray[Any]]
TOKENIZER_FILES = ("vocab.json", "merges.txt", "tokenizer_config.json")
_PUBLISHED = (
    ("model.audio_tower.", "thinker.audio_tower."),
    ("model.multi_modal_projector.linear_1.", "thinker.audio_tower.proj1."),
    ("model.multi_modal_projector.linear_2.", "thinker.audio_tower.proj2."),
    ("model.language_model.", "thinker.model."),
)


def read_tensors(folder: Path) -> Tensors:
    """All tensors of a folder with one file, by their stored names."""
    with safe_open(str(folder / "model.safetensors"), framework="numpy") as file:
        return {name: file.get_tensor(name) for name in sorted(file.keys())}


def read_config(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return value


def write_checkpoint(folder: Path, source: Path, tensors: Tensors, config: dict[str, Any]) -> Path:
    """A folder with these tensors and config and the tokenizer of `source`."""
    folder.mkdir()
    for name in TOKENIZER_FILES:
        shutil.copyfile(source / name, folder / name)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(tensors, folder / "model.safetensors")
    return folder


def changed(folder: Path, source: Path, change: Callable[[Tensors, dict[str, Any]], object]) -> Path:
    """A copy of `source` in `folder` after `change(tensors, config)`."""
    tensors, config = read_tensors(source), read_config(source)
    change(tensors, config)
    return write_checkpoint(folder, source, tensors, config)


def published(folder: Path, source: Path) -> Path:
    """A copy of `source` in the published naming, its output matrix written out beside the tied embedding."""
    tensors = {}
    for name, tensor in read_tensors(source).items():
        stored, renamed = next(pair for pair in _PUBLISHED if name.startswith(pair[0]))
        tensors[renamed + name[len(stored) :]] = tensor
    tensors["thinker.lm_head.weight"] = tensors["thinker.model.embed_tokens.weight"]
    config = read_config(source)
    thinker = {"audio_config": config["audio_config"], "text_config": config["text_config"]}
    thinker["text_config"]["rope_scaling"] = {"mrope_section": [6, 5, 5], "rope_type": "default"}
    thinker["text_config"]["rope_theta"] = thinker["text_config"].pop("rope_parameters")["rope_theta"]
    return write_checkpoint(folder, source, tensors, {"model_type": "qwen3_asr", "thinker_config": thinker})


def sharded(folder: Path, source: Path, parts: int = 3) -> Path:
    """A copy of `source` in several files with an index."""
    tensors = read_tensors(source)
    write_checkpoint(folder, source, {}, read_config(source))
    (folder / "model.safetensors").unlink()
    weight_map: dict[str, str] = {}
    for part in range(parts):
        file_name = f"model-{part + 1:05d}-of-{parts:05d}.safetensors"
        names = list(tensors)[part::parts]
        save_file({name: np.ascontiguousarray(tensors[name]) for name in names}, folder / file_name)
        weight_map |= dict.fromkeys(names, file_name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}), encoding="utf-8")
    return folder
