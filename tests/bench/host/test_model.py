"""Which model it was."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from asrd.bench.host.model import describe_model
from asrd.errors import ModelError

NAMES = ("encoder_frontend.onnx", "encoder_backend.onnx", "decoder.gguf")


def make_folder(folder: Path, *contents: bytes) -> Path:
    folder.mkdir()
    for name, content in zip(NAMES, contents, strict=True):
        (folder / name).write_bytes(content)
    return folder


def test_the_digest_is_that_of_the_files_in_the_order_of_the_stages(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "small", b"one", b"two", b"three")
    assert describe_model(folder) == {"model": "small", "sha256": hashlib.sha256(b"onetwothree").hexdigest()[:12]}


@pytest.mark.parametrize("changed", range(3))
def test_every_file_counts(tmp_path: Path, changed: int) -> None:
    contents = [b"one", b"two", b"three"]
    first = describe_model(make_folder(tmp_path / "a", *contents))
    contents[changed] = contents[changed].upper()
    assert describe_model(make_folder(tmp_path / "b", *contents))["sha256"] != first["sha256"]


def test_the_model_that_ships_has_a_name_a_version_and_a_digest() -> None:
    nano = describe_model(Path(__file__).parents[3] / "model/nano")
    assert re.fullmatch(r"nano \S+", nano["model"])
    assert re.fullmatch("[0-9a-f]{12}", nano["sha256"])


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        describe_model(tmp_path / "none")
