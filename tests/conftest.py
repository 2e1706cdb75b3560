"""What many tests share: a tiny random model of the true architecture, made by the project's exporter."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from asrd.convert.export import ExportOptions, export
from asrd.convert.random_checkpoint import make_random
from asrd.recognizer.engine import Recognizer
from asrd.values import EngineOptions

# One thread: two would fight for the cores with other test processes, and gain nothing on a model this small.
ONE_THREAD = EngineOptions(threads=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if not missing:
        return
    if "CI" in os.environ:
        pytest.exit(f"CI must compare with the reference, but {' and '.join(missing)} is not installed", returncode=3)
    skip = pytest.mark.skip(reason=f"{' and '.join(missing)} not installed: make torch")
    for item in items:
        if "torch" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint folder."""
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    make_random(folder, "tiny")
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with an fp32 encoder and an f16 decoder."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    export(tiny_checkpoint, folder, ExportOptions(encoder="fp32", decoder="f16"))
    return folder


@pytest.fixture(scope="session")
def recognizer(tiny_model: Path) -> Iterator[Recognizer]:
    """The tiny model, opened once; tests leave it without an open utterance."""
    with Recognizer.open(tiny_model, ONE_THREAD) as opened:
        yield opened
