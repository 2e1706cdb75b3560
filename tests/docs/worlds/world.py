"""What surrounds a block while it runs: a folder like a fresh checkout, an empty home, and what a world adds."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT

_FOREIGN = ("ASRD_", "XDG_", "PYTHON", "PYTEST_", "DBUS_")
_NOT_CLONED = frozenset({"build", "dist"})


@dataclass(frozen=True)
class Ground:
    """Where a block is run.

    Attributes:
        checkout: the working folder; everything of the repository is linked into it.
        home: of the user; empty.
        outputs: where the output of each command goes.
    """

    checkout: Path
    home: Path
    outputs: Path


class World:
    """Nothing but the ground; what other worlds begin with.

    Attributes:
        environment: variables beside the usual ones.
        rewritten: what stands in a block, and what is run instead, such as another port.
    """

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self.rewritten: dict[str, str] = {}

    def enter(self, ground: Ground) -> None:
        """Called before a block is run."""

    def leave(self, ground: Ground) -> None:
        """Called after a block that did what it shows; may check what came of it, and puts back what it changed."""

    def lives(self, ground: Ground, written: str) -> bool:
        """Whether a command that runs until it is stopped shows that it does; `written`: its output so far."""
        return bool(written.strip())

    def command(self, script: Path) -> list[str]:
        """What runs a script of bash."""
        return ["bash", str(script)]

    def variables(self, ground: Ground) -> dict[str, str]:
        """All variables of the script's process."""
        own = Path(sys.executable).parent
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return {
            **kept,
            "HOME": str(ground.home),
            "PATH": f"{own}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            **self.environment,
        }


def new_ground(folder: Path) -> Ground:
    """A ground in an empty folder."""
    ground = Ground(folder / "asrd", folder / "home", folder / "outputs")
    for made in (ground.checkout, ground.home, ground.outputs):
        made.mkdir()
    for entry in ROOT.iterdir():
        if not entry.name.startswith(".") and entry.name not in _NOT_CLONED:
            (ground.checkout / entry.name).symlink_to(entry)
    return ground
