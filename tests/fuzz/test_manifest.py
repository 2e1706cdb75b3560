"""The list of models that comes with asrd: entries that can be trusted, or a sentence that names it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asrd.errors import ModelError
from asrd.model_folder import ROLES
from asrd.store import manifest
from asrd.text import toml
from tests.fuzz.budget import fuzz
from tests.fuzz.damage import changed, damaged


def read(path: Path) -> None:
    manifest.read_manifest.cache_clear()
    try:
        found = manifest.read_manifest(path)
    except ModelError as refused:
        assert str(path) in str(refused)
        return
    finally:
        manifest.read_manifest.cache_clear()
    for entry in found.values():
        assert entry.is_shipped or sorted(file.role for file in entry.files) == sorted(ROLES)
        assert all(isinstance(name, str) for name in entry.languages)
        for file in entry.files:
            assert file.size_bytes > 0
            assert "/" not in file.path
            assert file.path not in ("", ".", "..")
        for download in entry.downloads:
            assert download.max_bytes > 0
            assert download.file_name


@pytest.mark.parametrize("how", ["values", "bytes"])
def test_lists_of_models(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = manifest.manifest_path().read_bytes()
    path = tmp_path / "manifest.toml"
    path.write_bytes(sound)

    def check_value(value: Any) -> None:
        monkeypatch.setattr(toml, "loads", lambda _text: value)
        read(path)

    def check_bytes(content: bytes) -> None:
        path.write_bytes(content)
        read(path)

    valid = toml.loads(sound.decode())
    read(path)
    if how == "values":
        fuzz("manifest values", check_value, changed(valid), examples=60)
    else:
        fuzz("manifest bytes", check_bytes, damaged(sound), examples=60)
