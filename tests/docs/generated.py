"""The pages that programs write: `python -m tests.docs.generated` (`make docs`) writes them anew."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Final

from asrd.bench.outcome.document import document as benchmarks
from asrd.cli.document import document as commands
from asrd.config.document import document as config
from asrd.wire.document import document as messages
from tests.docs.pages import ROOT
from tests.docs.third_party import document as third_party

GENERATED: Final[Mapping[str, Callable[[], str]]] = {
    "docs/BENCHMARKS.md": lambda: benchmarks(ROOT / "docs" / "benchmarks"),
    "docs/COMMANDS.md": commands,
    "docs/CONFIG.md": config,
    "docs/MESSAGES.md": messages,
    "docs/THIRD_PARTY.md": third_party,
}


def write() -> list[str]:
    """Write those that differ; returns their names."""
    changed = []
    for name, text in GENERATED.items():
        path = ROOT / name
        made = text()
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            path.write_text(made, encoding="utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    for name in write():
        sys.stdout.write(f"written: {name}\n")
