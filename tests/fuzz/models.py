"""A tiny model folder whose files are damaged one at a time, and what must come of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from hypothesis import note

from tests.fuzz.child import MIB, Child

GROWTH_BYTES = 400 * MIB  # a tiny model takes a few; the KV memory of one that says to be larger, more
ERRORS = ("ModelError", "NativeError", "NativeMemoryError")


def undescribed(model: Path, folder: Path) -> Path:
    """A copy without `asrd.json`: nobody notices by sizes and checksums that a file is another."""
    shutil.copytree(model, folder)
    (folder / "asrd.json").unlink()
    return folder


def looked_at(child: Child, folder: Path, file: Path, content: bytes) -> None:
    """Write one file of the folder anew, and try it: it works, or a sentence names it."""
    file.write_bytes(content)
    note(f"it is in {folder}")
    outcome = child.read(folder)
    assert outcome.grown_bytes < GROWTH_BYTES, f"it takes {outcome.grown_bytes} bytes"
    if outcome.error:
        assert outcome.error in ERRORS, outcome
        assert str(folder) in outcome.message, outcome
        assert "\n" not in outcome.message, outcome
        assert len(outcome.message) < 2000, outcome
