from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.published import Publication, archive, contents, random_bytes
from tests.store.server import State, serving

_VARIABLES = ("ASRD_MODELS", "ASRD_MIRROR", "HF_ENDPOINT", "http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[State]:
    with serving() as state:
        yield state


@pytest.fixture
def publication(server: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publication:
    """Two small models on a server on this machine; asrd knows no others."""
    files = contents()
    made = Publication(server, files, archive(files), random_bytes(20_000, 9), tmp_path / "manifest.toml")
    made.publish()
    monkeypatch.setattr("asrd.store.manifest.manifest_path", lambda: made.manifest)
    monkeypatch.setenv("ASRD_MODELS", str(tmp_path / "models"))
    return made


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Where models are kept."""
    return tmp_path / "models"
