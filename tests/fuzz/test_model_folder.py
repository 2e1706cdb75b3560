"""The description of a model folder: a folder whose files are there, or a sentence that names it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from asrd.errors import ModelError
from asrd.model_folder import ROLES, read_model_folder
from tests.fuzz.budget import fuzz
from tests.fuzz.damage import changed, damaged


@pytest.fixture(scope="module")
def folder(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("described") / "model"
    shutil.copytree(tiny_model, made)
    (made / "loop").symlink_to("loop")
    (made / "out.gguf").symlink_to("/etc/hostname")
    (made / "inner").mkdir()
    os.mkfifo(made / "pipe")
    return made


@pytest.fixture(scope="module")
def description(folder: Path) -> Any:
    return json.loads((folder / "asrd.json").read_text(encoding="utf-8"))


def read(folder: Path, content: bytes) -> None:
    (folder / "asrd.json").write_bytes(content)
    try:
        found = read_model_folder(folder)
        for file in found.files:
            file.check_sum()
    except ModelError as refused:
        assert str(folder) in str(refused)
        assert len(str(refused)) < 8000, refused  # of a name that long
        return
    assert [file.role for file in found.files] == list(ROLES)
    for file in found.files:
        assert file.path.resolve().is_relative_to(folder.resolve())
        assert file.path.stat().st_size == file.size_bytes or file.size_bytes is None
    assert all(isinstance(one, str) for one in (found.name, found.version, found.license, *found.languages))


@pytest.mark.parametrize("how", ["values", "bytes", "paths"])
def test_descriptions(how: str, folder: Path, description: Any) -> None:
    def check(value: Any) -> None:
        read(folder, value if isinstance(value, bytes) else json.dumps(value).encode())

    inside = ("loop", "loop/x", "out.gguf", "inner", "pipe", ".", "", "asrd.json", "asrd.json/x")
    outside = ("..", "/etc/hostname", "inner/../../x", "x" * 300, "a/" * 3000, "\ud800", "\n", "~")
    names = st.sampled_from(inside + outside)

    def with_path(role: str, name: str) -> Any:
        files = description["files"]
        return description | {"files": files | {role: files[role] | {"path": name}}}

    valid = {
        "values": changed(description),
        "bytes": damaged(json.dumps(description).encode()),
        "paths": st.builds(with_path, st.sampled_from(ROLES), names),
    }
    fuzz(f"model description {how}", check, valid[how], examples=50)
