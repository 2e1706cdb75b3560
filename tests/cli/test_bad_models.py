"""Every unusable model is one sentence that names the file and what to do."""

from __future__ import annotations

import ctypes.util
import json
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from asrd.convert.export import ExportOptions, export
from asrd.convert.random_checkpoint import make_random
from asrd.model_folder import read_model_folder
from tests.cli.commands import Cli, Ran, assert_one_line, run_process

CONFIG_ERROR, MODEL_ERROR, NATIVE_ERROR = 2, 3, 4
ROLES = ("frontend", "backend", "decoder")


def file_of(folder: Path, role: str) -> Path:
    return {file.role: file.path for file in read_model_folder(folder).files}[role]


def refused(cli: Cli, clip: Path, model: Path) -> Ran:
    ran = cli.transcribe(clip, "--model", model)
    assert cli("model", "verify", model).code == MODEL_ERROR
    return ran


class TestFolder:
    def test_missing(self, cli: Cli, clip: Path, tmp_path: Path) -> None:
        assert_one_line(refused(cli, clip, tmp_path / "no"), MODEL_ERROR, "there is no model folder", str(tmp_path))

    def test_a_file(self, cli: Cli, clip: Path) -> None:
        assert_one_line(refused(cli, clip, clip), MODEL_ERROR, "there is no model folder")

    def test_empty(self, cli: Cli, clip: Path, tmp_path: Path) -> None:
        assert_one_line(refused(cli, clip, tmp_path), MODEL_ERROR, "has no frontend file")

    @pytest.mark.parametrize("role", ROLES)
    def test_without_a_file(self, role: str, cli: Cli, clip: Path, model_copy: Path) -> None:
        path = file_of(model_copy, role)
        path.unlink()
        assert_one_line(refused(cli, clip, model_copy), MODEL_ERROR, str(path), "is missing")

    @pytest.mark.parametrize("role", ROLES)
    def test_without_a_file_and_description(self, role: str, cli: Cli, clip: Path, undescribed: Path) -> None:
        file_of(undescribed, role).unlink()
        assert_one_line(refused(cli, clip, undescribed), MODEL_ERROR, f"has no {role} file")

    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("keep", [0, 1000, -1])
    def test_truncated(self, role: str, keep: int, cli: Cli, clip: Path, model_copy: Path) -> None:
        path = file_of(model_copy, role)
        size = path.stat().st_size
        path.write_bytes(path.read_bytes()[:keep])
        ran = refused(cli, clip, model_copy)
        assert_one_line(ran, MODEL_ERROR, f"{path} has {path.stat().st_size} bytes instead of {size}")

    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("keep", [0, 10, 0.5, 0.9])
    def test_truncated_without_description(
        self, role: str, keep: float, cli: Cli, clip: Path, undescribed: Path
    ) -> None:
        path = file_of(undescribed, role)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(keep * len(whole)) if keep < 1 else int(keep)])
        assert_one_line(refused(cli, clip, undescribed), MODEL_ERROR, str(path))

    @pytest.mark.parametrize("role", ROLES)
    def test_changed(self, role: str, cli: Cli, clip: Path, model_copy: Path) -> None:
        path = file_of(model_copy, role)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        assert_one_line(refused(cli, clip, model_copy), MODEL_ERROR, f"{path} has the checksum", "damaged")

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "files": {}}'])
    def test_bad_description(self, content: str, cli: Cli, clip: Path, model_copy: Path) -> None:
        (model_copy / "asrd.json").write_text(content, encoding="utf-8")
        assert_one_line(refused(cli, clip, model_copy), MODEL_ERROR, "asrd.json")

    def test_a_file_outside(self, cli: Cli, clip: Path, model_copy: Path) -> None:
        where = model_copy / "asrd.json"
        description = json.loads(where.read_text(encoding="utf-8"))
        description["files"]["decoder"]["path"] = "../elsewhere.gguf"
        where.write_text(json.dumps(description), encoding="utf-8")
        assert_one_line(refused(cli, clip, model_copy), MODEL_ERROR, "elsewhere.gguf")

    def test_none_given(self, cli: Cli, clip: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("asrd.__file__", str(tmp_path / "asrd" / "__init__.py"))
        assert_one_line(cli.transcribe(clip), MODEL_ERROR, "asrd model random DIR", "asrd model export")

    def test_none_given_and_one_came_with_asrd(
        self, cli: Cli, clip: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("asrd.__file__", str(tmp_path / "asrd" / "__init__.py"))
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "nano").symlink_to(tiny_model)
        assert cli.transcribe(clip).code == 0

    def test_named_by_the_variable(
        self, cli: Cli, clip: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASRD_MODEL", str(tiny_model))
        assert cli.transcribe(clip).code == 0
        monkeypatch.setenv("ASRD_MODEL", "/nowhere/model")
        assert_one_line(cli.transcribe(clip), MODEL_ERROR, "/nowhere/model", "ASRD_MODEL")


def back_end(path: Path, hidden: int, width: int) -> None:
    """A graph that takes rows of `hidden` values and gives rows of `width`."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, (hidden, width), [0.01] * (hidden * width))
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["hidden_states", "w"], ["rows"])],
        "g",
        [helper.make_tensor_value_info("hidden_states", TensorProto.FLOAT, (1, "t", hidden))],
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, (1, "t", width))],
        [weight],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@pytest.fixture(scope="session")
def wider_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose decoder takes 256 values a row; the tiny one takes 64."""
    folder = tmp_path_factory.mktemp("wider")
    make_random(folder / "checkpoint", "small")
    export(folder / "checkpoint", folder / "model", ExportOptions(encoder="fp32", decoder="f16"))
    return folder / "model"


class TestParts:
    def test_front_and_back_end_of_different_width(self, cli: Cli, clip: Path, undescribed: Path) -> None:
        back_end(file_of(undescribed, "backend"), hidden=96, width=64)
        ran = refused(cli, clip, undescribed)
        assert_one_line(ran, MODEL_ERROR, "gives rows of 64 values", "takes 96", "different size")

    def test_encoder_and_decoder_of_different_width(
        self, cli: Cli, clip: Path, undescribed: Path, wider_model: Path
    ) -> None:
        file_of(undescribed, "decoder").write_bytes(file_of(wider_model, "decoder").read_bytes())
        ran = refused(cli, clip, undescribed)
        assert_one_line(ran, MODEL_ERROR, "gives rows of 64 values", "takes 256", "different size")

    def test_front_and_back_end_swapped(self, cli: Cli, clip: Path, undescribed: Path) -> None:
        front, back = file_of(undescribed, "frontend"), file_of(undescribed, "backend")
        spare = front.read_bytes()
        front.write_bytes(back.read_bytes())
        back.write_bytes(spare)
        assert_one_line(refused(cli, clip, undescribed), MODEL_ERROR, str(front), "expected (1, 128, 100)")

    def test_a_decoder_that_is_text(self, cli: Cli, clip: Path, undescribed: Path) -> None:
        path = file_of(undescribed, "decoder")
        path.write_text("GGUF, almost", encoding="utf-8")
        assert_one_line(refused(cli, clip, undescribed), MODEL_ERROR, f"{path} cannot be loaded as a decoder")


class TestLibrary:
    def test_a_text_file(
        self, cli: Cli, clip: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "libllama.so"
        path.write_text("not a library", encoding="utf-8")
        monkeypatch.setenv("ASRD_LLAMA_LIB", str(path))
        assert_one_line(cli.transcribe(clip, "--model", tiny_model), NATIVE_ERROR, str(path), "cannot open")

    def test_missing(self, cli: Cli, clip: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_LLAMA_LIB", "/nowhere/libllama.so")
        assert_one_line(cli.transcribe(clip, "--model", tiny_model), NATIVE_ERROR, "/nowhere/libllama.so")

    def test_a_foreign_library(self, clip: Path, tiny_model: Path) -> None:
        library = ctypes.util.find_library("c") or "libc.so.6"
        ran = run_process("transcribe", clip, "--model", tiny_model, ASRD_LLAMA_LIB=library)
        assert_one_line(ran, NATIVE_ERROR, library, "has no function llama_")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--threads", "-1"), ("--threads", "'-1'", "from 0 to 512")),
        (("--threads", "100000"), ("--threads", "'100000'")),
        (("--threads", "two"), ("--threads", "'two'")),
        (("--gpu-layers", "-2"), ("--gpu-layers", "'-2'")),
        (("--max-utterance", "0"), ("--max-utterance", "'0'", "from 2 to 1200")),
        (("--max-utterance", "nan"), ("--max-utterance", "'nan'")),
        (("--language", "Klingon"), ("'Klingon'", "English")),
        (("--interval", "1"), ("--interval", "--stream")),
        (("--final", "best"), ("--final", "--stream")),
        (("--stream", "--interval", "0"), ("--interval",)),
        (("--stream", "--final", "good"), ("--final", "'good'")),
        (("--format", "doc"), ("--format", "'doc'")),
        (("--json", "--format", "srt"), ("not allowed with",)),
        (("--colour",), ("--colour",)),
        (("--context", "very " * 20_000), ("context",)),
        (("-o", "/nowhere/out.txt"), ("/nowhere/out.txt", "cannot be written")),
        (("-o", "/"), ("is a folder",)),
    ],
    ids=lambda value: " ".join(value)[:30],
)
def test_wrong_flags(flags: tuple[str, ...], words: tuple[str, ...], cli: Cli, clip: Path, tiny_model: Path) -> None:
    assert_one_line(cli.transcribe(clip, "--model", tiny_model, *flags), CONFIG_ERROR, *words)
