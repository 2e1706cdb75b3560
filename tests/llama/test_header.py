from __future__ import annotations

from pathlib import Path

import pytest

from asrd.convert.export import ExportOptions, export
from asrd.llama.header import read_file_type


@pytest.mark.parametrize(("decoder", "file_type"), [("f32", 0), ("f16", 1), ("q8_0", 7), ("q4_0", 2)])
def test_the_file_type_is_found(tiny_checkpoint: Path, tmp_path: Path, decoder: str, file_type: int) -> None:
    export(tiny_checkpoint, tmp_path / "m", ExportOptions(decoder=decoder))
    assert read_file_type(next((tmp_path / "m").glob("*.gguf"))) == file_type


@pytest.mark.parametrize("content", [b"", b"GGUF", b"RIFF1234", b"GGUF" + b"\xff" * 64, b"GGUF" + b"\0" * 20])
def test_what_is_no_gguf_has_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    assert read_file_type(path) is None
    assert read_file_type(tmp_path / "missing.gguf") is None
