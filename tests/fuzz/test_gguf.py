"""Decoder files: they work, or a sentence says which file cannot be used; llama.cpp never takes the process with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.budget import fuzz
from tests.fuzz.child import Child
from tests.fuzz.damage import damaged
from tests.fuzz.gguf_parts import lying, parse
from tests.fuzz.models import looked_at, undescribed


@pytest.fixture(scope="module")
def folder(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory, model_child: Child) -> Path:
    made = undescribed(tiny_model, tmp_path_factory.mktemp("gguf") / "model")
    assert model_child.read(made).error == ""
    return made


@pytest.fixture(scope="module")
def decoder(folder: Path) -> Path:
    return next(folder.glob("*.gguf"))


@pytest.fixture(scope="module")
def valid(decoder: Path) -> bytes:
    return decoder.read_bytes()


def test_the_parts_make_the_whole(valid: bytes) -> None:
    assert parse(valid).encoded() == valid


def test_damaged_decoders(model_child: Child, folder: Path, decoder: Path, valid: bytes) -> None:
    def check(content: bytes) -> None:
        looked_at(model_child, folder, decoder, content)

    header_bytes = valid.index(b"token_embd.weight") + 2000
    fuzz("damaged decoders", check, damaged(valid, header_bytes), examples=25)


def test_decoders_that_lie(model_child: Child, folder: Path, decoder: Path, valid: bytes) -> None:
    def check(content: bytes) -> None:
        looked_at(model_child, folder, decoder, content)

    fuzz("lying decoders", check, lying(parse(valid)), examples=60)
