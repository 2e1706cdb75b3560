"""What a block changes in a world is put back for the next one, and no block sees this process."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import Step
from tests.docs.shell import run
from tests.docs.worlds.daemon import DaemonWorld, daemon_world
from tests.docs.worlds.world import Ground, World, new_ground

__all__ = ["daemon_world"]


def written(command: str, ground: Ground, world: World) -> str:
    ended = run([Step(command, (), 1)], ground, world)
    assert ended.code == 0, ended
    return ended.outputs[0].strip()


def test_the_daemon_listens_again(daemon_world: DaemonWorld, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        ground = new_ground(tmp_path / name)
        daemon_world.enter(ground)
        assert written("asrd toggle", ground, daemon_world) == "paused"  # it listened
        daemon_world.leave(ground)


def test_nothing_of_this_process_is_seen(tmp_path: Path) -> None:
    ground = new_ground(tmp_path)
    assert written("env | grep -E '^(ASRD|XDG|PYTHON)_' || true", ground, World()) == ""
    assert written("ls -A ~; asrd config --path", ground, World()) == f"{ground.home}/.config/asrd/asrd.toml"
