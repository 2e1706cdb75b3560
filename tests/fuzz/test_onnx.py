"""Encoder files: they work, or a sentence says which cannot be used; ONNX Runtime never takes the process with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.budget import fuzz
from tests.fuzz.child import Child
from tests.fuzz.damage import damaged
from tests.fuzz.models import looked_at, undescribed
from tests.fuzz.onnx_parts import lying


@pytest.fixture(scope="module")
def folder(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory, model_child: Child) -> Path:
    made = undescribed(tiny_model, tmp_path_factory.mktemp("onnx") / "model")
    (made / "loop").symlink_to("loop")
    (made.parent / "out.bin").write_bytes(bytes(1 << 20))
    assert model_child.read(made).error == ""
    return made


@pytest.mark.parametrize("stage", ["frontend", "backend"])
@pytest.mark.parametrize("how", ["damaged", "lying"])
def test_encoders(stage: str, how: str, model_child: Child, folder: Path) -> None:
    file = next(folder.glob(f"*{stage}*.onnx"))
    valid = file.read_bytes()

    def check(content: bytes) -> None:
        looked_at(model_child, folder, file, content)

    try:
        fuzz(f"{how} {stage}", check, damaged(valid) if how == "damaged" else lying(valid), examples=15)
    finally:
        file.write_bytes(valid)
