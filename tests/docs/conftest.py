"""The worlds in which blocks are run, by their marks: the fixture of the mark X is `X_world`."""

from __future__ import annotations

import pytest

from tests.docs.worlds.daemon import daemon_world
from tests.docs.worlds.desktop import desktop_world
from tests.docs.worlds.service import service_world, user_manager
from tests.docs.worlds.world import World

__all__ = ["bare_world", "daemon_world", "desktop_world", "service_world", "user_manager"]


@pytest.fixture(scope="session")
def bare_world() -> World:
    """The world of blocks that ask for nothing."""
    return World()
