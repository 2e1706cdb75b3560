"""The commands in docs/PRIVACY.md by which its readers see for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.docs.pages import Block, blocks_by
from tests.docs.shell import run_block
from tests.docs.worlds.daemon import DaemonWorld
from tests.docs.worlds.world import World, new_ground
from tests.privacy.watching import require_watching

BLOCKS = blocks_by("tests/privacy/test_page.py")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonWorld]:
    with closing(DaemonWorld(tmp_path_factory.mktemp("daemon"))) as world:
        yield world


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_block(block: Block, daemon: DaemonWorld, tmp_path: Path) -> None:
    require_watching()
    world = daemon if "8765" in block.text else World()
    run_block(block, new_ground(tmp_path), world)
