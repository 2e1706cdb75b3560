from __future__ import annotations

import struct
from pathlib import Path

import pytest

from asrd.convert.export import ExportOptions, export
from asrd.errors import ModelError
from asrd.llama.header import Header, TensorHead, Value, check_header, read_header


@pytest.mark.parametrize(("decoder", "file_type"), [("f32", 0), ("f16", 1), ("q8_0", 7), ("q4_0", 2)])
def test_the_file_type_is_found(tiny_checkpoint: Path, tmp_path: Path, decoder: str, file_type: int) -> None:
    export(tiny_checkpoint, tmp_path / "m", ExportOptions(decoder=decoder))
    header = read_header(next((tmp_path / "m").glob("*.gguf")))
    assert header is not None
    assert header.file_type == file_type


@pytest.mark.parametrize("content", [b"", b"GGUF", b"RIFF1234", b"GGUF" + b"\xff" * 64, b"GGUF" + b"\0" * 20])
def test_what_is_no_gguf_has_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    header = read_header(path)
    assert header is None or header.file_type is None
    assert read_header(tmp_path / "missing.gguf") is None


def pair(key: bytes, value: bytes) -> bytes:
    return struct.pack("<Q", len(key)) + key + value


@pytest.mark.parametrize(
    "value",
    [
        struct.pack("<IIQ", 9, 10, (1 << 64) - 1),  # an array of more bytes than a file can be long
        struct.pack("<IIQ", 9, 8, (1 << 64) - 1),
        struct.pack("<IIQ", 9, 9, 1),
        struct.pack("<I", 13),
        struct.pack("<IQ", 8, (1 << 64) - 1),
    ],
)
def test_a_damaged_header_is_none(tmp_path: Path, value: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + pair(b"a", value))
    assert read_header(path) is None


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1.5])
def test_a_file_type_that_is_no_whole_number(tmp_path: Path, number: float) -> None:
    path = tmp_path / "x.gguf"
    value = struct.pack("<If", 6, number)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + pair(b"general.file_type", value))
    header = read_header(path)
    assert header is not None
    assert header.file_type is None


SOUND: dict[str, Value] = {
    "general.architecture": "qwen3",
    "general.alignment": 64,
    "qwen3.block_count": 512,
    "qwen3.expert_count": 0,
    "qwen3.attention.layer_norm_rms_epsilon": 1e-6,
    "qwen3.rope.scaling.type": "yarn",
    "qwen3.attention.key_length": 32,
    "qwen3.rope.dimension_sections": (12, 10, 10, 0),
}
NORM = TensorHead("output_norm.weight", (64,), 0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("general.alignment", 0),
        ("general.alignment", 8),
        ("general.alignment", "32"),
        ("qwen3.block_count", 0),
        ("qwen3.block_count", 513),
        ("qwen3.expert_count", 1),
        ("qwen3.attention.layer_norm_rms_epsilon", -1.0),
        ("qwen3.attention.layer_norm_rms_epsilon", float("nan")),
        ("qwen3.attention.layer_norm_rms_epsilon", float("inf")),
        ("qwen3.rope.scaling.type", "llama"),
        ("qwen3.rope.dimension_sections", (12, 10, 11, 0)),
        ("qwen3.rope.dimension_sections", (12, -1, 10, 0)),
        ("qwen3.rope.dimension_sections", (0, 0, 0, 0)),
        ("qwen3.rope.dimension_sections", (1.0, 1.0, 0.0, 0.0)),
        ("qwen3.rope.dimension_sections", 12),
    ],
)
def test_values_at_which_llama_cpp_would_end_the_process(key: str, value: Value) -> None:
    check_header(Header(SOUND, (NORM,)), Path("x.gguf"))
    with pytest.raises(ModelError, match=rf"x\.gguf cannot be loaded as a decoder \(its {key} is '"):
        check_header(Header(SOUND | {key: value}, ()), Path("x.gguf"))


@pytest.mark.parametrize(("shape", "kind"), [((64,), 1), ((64,), 8), ((64, 64), 24), ((64, 64), 28)])
def test_tensors_that_llama_cpp_cannot_compute_with(shape: tuple[int, ...], kind: int) -> None:
    with pytest.raises(ModelError, match=f"its tensor 'output_norm.weight' is of type {kind}"):
        check_header(Header(SOUND, (TensorHead("output_norm.weight", shape, kind),)), Path("x.gguf"))


@pytest.mark.parametrize("kind", [0, 1, 2, 8, 12, 14, 30, 39])
def test_tensors_that_it_can(kind: int) -> None:
    check_header(Header(SOUND, (TensorHead("output.weight", (64, 64), kind),)), Path("x.gguf"))
