from __future__ import annotations

import json
import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.commands import Cli, speech, write_wav


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ASRD_"):
            monkeypatch.delenv(name)


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capfd)


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, 16 kHz, mono, 16 bits."""
    return write_wav(tmp_path_factory.mktemp("audio") / "clip.wav", speech(3.0))


@pytest.fixture
def model_copy(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model for a test to spoil; its checksums are those of the whole files."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in tiny_model.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def undescribed(model_copy: Path) -> Path:
    """The same without `asrd.json`: nothing is known about sizes and checksums."""
    assert json.loads((model_copy / "asrd.json").read_text(encoding="utf-8"))
    (model_copy / "asrd.json").unlink()
    return model_copy
