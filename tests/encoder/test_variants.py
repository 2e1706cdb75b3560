"""Every kind of model file runs through the same code, and streams what it gives offline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.convert.export import ExportOptions, export
from asrd.encoder.onnx import OnnxEncoder
from asrd.encoder.session import OnnxSession
from asrd.errors import ModelError, NativeError
from asrd.mel.spectrum import plain_log_mel
from asrd.model_folder import read_model_folder
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.plain import encode_plain
from tests.conftest import ONE_THREAD

AUDIO = make_clip(ClipSpec(3, 16_000 * 11))
ROW_TOLERANCE = {"fp32": 1e-5, "fp16": 5e-3, "int8": 0.1, "int4": 0.35}


@pytest.mark.parametrize("with_mask", [False, True], ids=["no mask", "mask"])
@pytest.mark.parametrize("encoder", ["fp32", "fp16", "int8", "int4"])
def test_encoders(
    recognizer: Recognizer, tiny_checkpoint: Path, tmp_path: Path, encoder: str, *, with_mask: bool
) -> None:
    export(tiny_checkpoint, tmp_path / "m", ExportOptions(encoder=encoder, decoder="q8_0", with_mask=with_mask))
    mel = plain_log_mel(AUDIO)
    expected = np.concatenate([window.rows for window in encode_plain(recognizer.encoder, mel)])
    with Recognizer.open(tmp_path / "m", ONE_THREAD) as other:
        assert other.encoder._back.has_mask == with_mask
        assert other.encoder._back.dtype == (np.float16 if encoder == "fp16" else np.float32)
        rows = np.concatenate([window.rows for window in encode_plain(other.encoder, mel)])
        assert rows.dtype == np.float32
        error = np.sqrt(np.mean((rows - expected) ** 2) / np.mean(expected**2))
        assert error < ROW_TOLERANCE[encoder]
        assert_streams(other)


@pytest.mark.parametrize("arch", ["qwen3vl", "qwen3"])
@pytest.mark.parametrize("decoder", ["f32", "f16", "q8_0", "q4_0"])
def test_decoders(recognizer: Recognizer, tiny_checkpoint: Path, tmp_path: Path, decoder: str, arch: str) -> None:
    export(tiny_checkpoint, tmp_path / "m", ExportOptions(encoder="fp32", decoder=decoder, arch=arch))
    with Recognizer.open(tmp_path / "m", ONE_THREAD) as other:
        assert other.model.position_planes == (4 if arch == "qwen3vl" else 1)
        if decoder in ("f32", "f16"):  # the two architectures are the same computation for audio
            first = recognizer.transcribe(AUDIO).tokens[:10]
            assert other.transcribe(AUDIO).tokens[:10] == first
        assert_streams(other)


def assert_streams(recognizer: Recognizer) -> None:
    utterance = recognizer.utterance()
    for start in range(0, len(AUDIO), 12_345):
        utterance.append(AUDIO[start : start + 12_345])
        utterance.hypothesis()
    assert utterance.final().tokens == recognizer.transcribe(AUDIO).tokens


def graph(path: Path, inputs: dict[str, tuple[int | str, ...]], output: tuple[int | str, ...], kind: int) -> Path:
    """A graph that copies a slice of nothing: only its signature is looked at."""
    nodes = [helper.make_node("ConstantOfShape", ["shape"], ["out"])]
    shape = helper.make_tensor(
        "shape", TensorProto.INT64, [len(output)], [d if isinstance(d, int) else 1 for d in output]
    )
    if kind != TensorProto.FLOAT:
        nodes[0] = helper.make_node("ConstantOfShape", ["shape"], ["plain"])
        nodes.append(helper.make_node("Cast", ["plain"], ["out"], to=kind))
    made = helper.make_graph(
        nodes,
        "wrong",
        [helper.make_tensor_value_info(name, kind, dims) for name, dims in inputs.items()],
        [helper.make_tensor_value_info("out", kind, output)],
        [shape],
    )
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_front_and_back_end_of_different_models(tiny_model: Path, tmp_path: Path) -> None:
    folder = read_model_folder(tiny_model)
    wrong = graph(tmp_path / "back.onnx", {"hidden": (1, "rows", 48)}, (1, "rows", 64), TensorProto.FLOAT)
    with pytest.raises(ModelError, match=r"gives rows of 64 values but .*back\.onnx takes 48: .* different size"):
        OnnxEncoder(folder.frontend.path, wrong, threads=1)


@pytest.mark.parametrize(
    ("inputs", "output", "sentence"),
    [
        ({"mel": (1, 80, 100)}, (1, 13, 64), r"takes \(1, 80, 100\); expected \(1, 128, 100\)"),
        ({"mel": (1, "bins", "frames")}, (1, 25, 64), r"gives \(1, 25, 64\); expected \(1, 13, width\)"),
        ({"mel": (1, 128, 100)}, (1, 13), r"gives \(1, 13\); expected \(1, 13, width\)"),
        ({"mel": (1, 128, 100), "other": (1, 2, 3)}, (1, 13, 64), "expected one of float32 or float16"),
    ],
)
def test_front_ends_with_another_signature(
    tiny_model: Path,
    tmp_path: Path,
    inputs: dict[str, tuple[int | str, ...]],
    output: tuple[int | str, ...],
    sentence: str,
) -> None:
    wrong = graph(tmp_path / "front.onnx", inputs, output, TensorProto.FLOAT)
    with pytest.raises(ModelError, match=sentence):
        OnnxEncoder(wrong, read_model_folder(tiny_model).backend.path, threads=1)


def test_integers_are_refused(tmp_path: Path) -> None:
    wrong = graph(tmp_path / "front.onnx", {"mel": (1, 128, 100)}, (1, 13, 64), TensorProto.INT32)
    with pytest.raises(ModelError, match="expected one of float32 or float16"):
        OnnxSession(wrong, threads=1)


def test_numbers_that_are_not_finite_are_refused(tiny_model: Path) -> None:
    folder = read_model_folder(tiny_model)
    with OnnxEncoder(folder.frontend.path, folder.backend.path, threads=1) as encoder:
        with pytest.raises(NativeError, match="not finite; use a file of higher precision"):
            encoder.front(np.full((100, 128), np.nan, np.float32))
        encoder.close()
        with pytest.raises(NativeError, match="was closed"):
            encoder.front(np.zeros((100, 128), np.float32))


def test_an_input_of_the_wrong_shape_is_explained(tiny_model: Path) -> None:
    folder = read_model_folder(tiny_model)
    with (
        OnnxEncoder(folder.frontend.path, folder.backend.path, threads=1) as encoder,
        pytest.raises(NativeError, match=r"failed on an input of shape \(1, 64, 99\)"),
    ):
        encoder.front(np.zeros((99, 64), np.float32))


def test_a_weight_of_a_shape_that_overflows_is_told_once(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """ONNX Runtime also writes to standard error while it loads, past the session's own settings."""
    model = onnx.load(read_model_folder(tiny_model).frontend.path)
    model.graph.initializer[0].dims[:] = [(1 << 63) - 1]
    onnx.save(model, tmp_path / "front.onnx")
    with pytest.raises(ModelError, match=r"front\.onnx cannot be loaded"):
        OnnxSession(tmp_path / "front.onnx", threads=1)
    assert capfd.readouterr().err == ""


def test_a_name_that_is_no_utf_8_is_told_once(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The package of ONNX Runtime would print it, try again, and fail again."""
    source = read_model_folder(tiny_model).frontend.path
    name = onnx.load(source).graph.initializer[0].name.encode()
    broken = tmp_path / "front.onnx"
    broken.write_bytes(source.read_bytes().replace(name, b"\xe3" + name[1:], 1))
    with pytest.raises(ModelError, match=r"front\.onnx cannot be loaded"):
        OnnxSession(broken, threads=1)
    assert capfd.readouterr() == ("", "")
