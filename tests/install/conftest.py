from __future__ import annotations

from pathlib import Path

import pytest

from tests.install.packages import ROOT, Built, build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The wheel and the source distribution of this checkout."""
    target = tmp_path_factory.mktemp("dist")
    build(ROOT, target)
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return Built(wheel, sdist)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, which is also another folder than the checkout."""
    home = tmp_path / "home"
    home.mkdir()
    return home
