"""The table of faults in docs/MODELS.md names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from asrd.store.manifest import entries

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "MODELS.md").read_text(encoding="utf-8")


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(test_\w+)\.(\w+)(?:\.(\w+))?`", TEXT)
    assert len(named) > 30
    for module, *names in named:
        path = next(iter([*ROOT.glob(f"tests/store/{module}.py"), *ROOT.glob(f"tests/cli/{module}.py")]))
        for name in filter(None, names):
            assert name in names_in(path), f"{module}.{name}"


def test_every_model_is_told() -> None:
    for name in entries():
        assert f"| `{name}` |" in TEXT
