"""docs/ARCHITECTURE.md names every package of the tree, in its layer, and nothing that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, pages
from tests.docs.tables import rows_below, rows_by_name
from tests.test_layers import LAYERS, layer_of

PAGE = pages()["docs/ARCHITECTURE.md"]
LAYER_NAMES = {1: "values", 2: "pure", 3: "native", 4: "recognizer", 5: "concurrency", 6: "edges"}


def parts_of(package: Path) -> set[str]:
    """The packages below a package, and the modules that lie in it itself; from the repository's root."""
    modules = {path for path in package.glob("*.py") if path.name != "__init__.py"}
    packages = {path.parent for path in package.rglob("__init__.py")} - {package}
    return {path.relative_to(ROOT).as_posix() for path in modules | packages}


def written() -> dict[str, tuple[str, str]]:
    return {name: (row[1], row[2]) for name, row in rows_by_name(PAGE, "Where things are").items() if len(row) == 3}


def test_every_package_has_its_row_and_every_row_its_package() -> None:
    there = parts_of(ROOT / "asrd") | parts_of(ROOT / "clients" / "asrd_clients")
    assert set(written()) == there


@pytest.mark.parametrize("path", sorted(written()))
def test_a_row_says_the_layer_that_holds(path: str) -> None:
    layer, role = written()[path]
    if path.startswith("clients/"):
        assert layer == "clients"
    else:
        assert layer == LAYER_NAMES[layer_of(path.removesuffix(".py").replace("/", "."))]
    assert 3 <= len(role.split()) <= 20, f"one sentence on {path}, please"


def test_all_layers_are_explained() -> None:
    explained = [row[0].split() for row in rows_below(PAGE, "Layers")]
    assert explained == [[str(number), name] for number, name in LAYER_NAMES.items()]
    assert set(LAYERS.values()) == set(LAYER_NAMES)


def test_folders_beside_the_code_are_there() -> None:
    folders = [name for name, row in rows_by_name(PAGE, "Where things are").items() if len(row) == 2]
    assert folders
    assert all((ROOT / folder).is_dir() for folder in folders)
