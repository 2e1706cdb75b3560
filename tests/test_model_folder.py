"""A description of a model folder that no exporter writes: what the fuzzing of tests/fuzz found, one by one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from asrd.errors import ModelError
from asrd.model_folder import ModelFile, read_model_folder


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def describe(folder: Path, name: Any) -> None:
    path = folder / "asrd.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    description["files"]["decoder"]["path"] = name
    path.write_text(json.dumps(description), encoding="utf-8")


def test_a_description_nested_too_deeply(folder: Path) -> None:
    (folder / "asrd.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(ModelError, match=r"asrd\.json cannot be read as JSON"):
        read_model_folder(folder)


def test_a_link_that_leads_to_itself(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    describe(folder, "loop")
    with pytest.raises(ModelError, match=r"loop is missing|leads out of the folder, or nowhere"):
        read_model_folder(folder)


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000, "\ud800", "."])
def test_a_name_that_no_file_has(folder: Path, name: str) -> None:
    describe(folder, name)
    with pytest.raises(ModelError, match=r"is missing|leads out of the folder, or nowhere"):
        read_model_folder(folder)


def test_a_format_of_a_megabyte_is_not_repeated(folder: Path) -> None:
    (folder / "asrd.json").write_text(json.dumps({"format": "x" * 1_000_000}), encoding="utf-8")
    with pytest.raises(ModelError) as refused:
        read_model_folder(folder)
    assert len(str(refused.value)) < 500


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.gguf").write_bytes(b"x")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ModelError, match=r"a\.gguf cannot be read \(Permission denied\): check its permissions"):
        ModelFile("decoder", tmp_path / "a.gguf", sha256="0" * 64).check_sum()
