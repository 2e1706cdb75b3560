"""asrd installed by pipx and uv, each with an environment for the program alone: it hears the clip that comes with it.

Every command runs in another folder than the checkout, with an empty home, and nothing is fetched or compiled.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.install.hearing import check
from tests.install.packages import INTERPRETERS, WHEELHOUSE, Built, need_wheelhouse, run

TOOLS = Path(sys.executable).parent  # of the development packages


@pytest.fixture(autouse=True)
def _wheels() -> None:
    need_wheelhouse()


def test_pipx(built: Built, tmp_path: Path, home: Path) -> None:
    run(
        *(TOOLS / "pipx", "install", "--python", INTERPRETERS[-1], built.wheel),
        folder=home,
        home=home,
        PIPX_HOME=str(tmp_path / "pipx"),
        PIPX_BIN_DIR=str(tmp_path / "bin"),
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(WHEELHOUSE),
        PIPX_DEFAULT_BACKEND="pip",
    )
    check(tmp_path / "bin/asrd", home)


def test_uv_tool(built: Built, tmp_path: Path, home: Path) -> None:
    run(
        *(TOOLS / "uv", "tool", "install", "--offline", "--no-index", "--find-links", WHEELHOUSE, "--no-config"),
        *("--no-build", "--python", INTERPRETERS[-1], built.wheel),
        folder=home,
        home=home,
        UV_TOOL_DIR=str(tmp_path / "tools"),
        UV_TOOL_BIN_DIR=str(tmp_path / "bin"),
        UV_CACHE_DIR=str(tmp_path / "cache"),
    )
    check(tmp_path / "bin/asrd", home)
