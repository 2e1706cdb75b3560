from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asrd.convert.export import ExportOptions, export
from asrd.convert.random_checkpoint import make_random
from asrd.errors import AsrdError, ConfigError, ExportError
from asrd.model_folder import read_model_folder
from tests.convert.variants import Tensors, changed, published, sharded

FAST = ExportOptions(encoder="int8", decoder="q8_0", name="tiny")


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_folder_is_one_that_the_daemon_reads(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (stages, target) = ([], tmp_path / "models" / "tiny")
    export(tiny_checkpoint, target, FAST, progress=lambda stage, fraction: stages.append((stage, fraction)))
    folder = read_model_folder(target)
    for file in folder.files:
        file.check_sum()
    assert (folder.name, folder.version, folder.license, len(folder.languages)) == ("tiny", "1", "Apache-2.0", 30)
    assert sorted(content(target)) == [
        "asrd.json",
        "qwen3_asr_encoder_backend.int8.onnx",
        "qwen3_asr_encoder_frontend.int8.onnx",
        "qwen3_asr_llm.q8_0.gguf",
    ]
    assert [stage for stage, fraction in stages if fraction == 1.0] == ["front end", "back end", "decoder"]


@pytest.mark.parametrize("variant", [published, sharded])
def test_every_layout_gives_the_same_bytes(tiny_checkpoint: Path, tmp_path: Path, variant: Any) -> None:
    export(tiny_checkpoint, tmp_path / "a", FAST)
    export(variant(tmp_path / "checkpoint", tiny_checkpoint), tmp_path / "b", FAST)
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_licence_of_the_checkpoint_goes_along(tiny_checkpoint: Path, tmp_path: Path) -> None:
    source = changed(tmp_path / "checkpoint", tiny_checkpoint, lambda tensors, config: None)
    (source / "LICENSE").write_text("the licence")
    export(source, tmp_path / "a", FAST)
    assert (tmp_path / "a" / "LICENSE").read_text() == "the licence"


def test_existing_folder_is_refused_unless_forced(tiny_checkpoint: Path, tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.mkdir()
    (target / "mine").write_text("kept")
    with pytest.raises(ExportError, match="exists already; choose another folder"):
        export(tiny_checkpoint, target, FAST)
    assert list(content(target)) == ["mine"]
    with pytest.raises(ExportError, match="neither a model folder nor empty, so it is not replaced"):
        export(tiny_checkpoint, target, ExportOptions(force=True))
    assert list(content(target)) == ["mine"]
    (target / "asrd.json").write_text("{}")
    export(tiny_checkpoint, target, ExportOptions(force=True))
    assert "mine" not in content(target)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def missing_tensor(tensors: Tensors, config: dict[str, Any]) -> None:
    del tensors["model.language_model.norm.weight"]


def wrong_shape(tensors: Tensors, config: dict[str, Any]) -> None:
    config["text_config"]["intermediate_size"] = 256


def other_width(tensors: Tensors, config: dict[str, Any]) -> None:
    config["text_config"]["hidden_size"] = 128


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (missing_tensor, "no tensor text.norm.weight"),
        (wrong_shape, r"gate_proj.weight has shape \[128, 64\].*\[256, 64\]"),
        (other_width, "rows of 64 and the decoder takes 128"),
    ],
)
def test_failure_leaves_nothing(tiny_checkpoint: Path, tmp_path: Path, change: Any, message: str) -> None:
    source = changed(tmp_path / "checkpoint", tiny_checkpoint, change)
    out = tmp_path / "out"
    with pytest.raises(ExportError, match=message) as caught:
        export(source, out / "a", FAST)
    assert "\n" not in str(caught.value)
    assert list(out.iterdir()) == []


def test_failure_leaves_what_was_there(tiny_checkpoint: Path, tmp_path: Path) -> None:
    source = changed(tmp_path / "checkpoint", tiny_checkpoint, missing_tensor)
    target = tmp_path / "out" / "a"
    target.mkdir(parents=True)
    (target / "mine").write_text("kept")
    with pytest.raises(ExportError):
        export(source, target, ExportOptions(force=True))
    assert list(content(target)) == ["mine"]
    assert [path.name for path in target.parent.iterdir()] == ["a"]


def test_a_check_that_raises_refuses_the_folder(tiny_checkpoint: Path, tmp_path: Path) -> None:
    def refuse(folder: Path, checkpoint: Path) -> None:
        assert read_model_folder(folder).name == "tiny"
        raise ExportError("not equal")

    with pytest.raises(ExportError, match="not equal"):
        export(tiny_checkpoint, tmp_path / "a", FAST, check=refuse)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options", [ExportOptions(encoder="int3"), ExportOptions(decoder="q3"), ExportOptions(arch="llama")]
)
def test_unknown_option_is_told_with_the_known_ones(tmp_path: Path, options: ExportOptions) -> None:
    with pytest.raises(ConfigError, match="choose one of"):
        export(tmp_path / "none", tmp_path / "a", options)


def test_missing_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(AsrdError, match=r"none/config\.json is missing; give the folder"):
        export(tmp_path / "none", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_random_checkpoints_repeat_and_differ_by_seed(tiny_checkpoint: Path, tmp_path: Path) -> None:
    make_random(tmp_path / "same", "tiny", 0)
    make_random(tmp_path / "other", "tiny", 1)
    assert content(tmp_path / "same") == content(tiny_checkpoint)
    assert content(tmp_path / "other")["model.safetensors"] != content(tiny_checkpoint)["model.safetensors"]


def test_unknown_size(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'7b' is not a size; choose one of tiny, small, 0\.6b, 1\.7b"):
        make_random(tmp_path / "a", "7b")
