"""docs/DEPENDENCIES.md has a row for each dependency, with its bound and its licence, and no other row."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

import pytest
from packaging.requirements import Requirement

from asrd.text.toml import loads
from tests.docs.pages import ROOT, pages
from tests.docs.tables import rows_by_name
from tests.docs.test_third_party import families
from tests.docs.third_party import stated_licence

PAGE = pages()["docs/DEPENDENCIES.md"]
PROJECT: dict[str, Any] = loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAD_OF_TABLES = ("package", "bound", "wheel", "licence", "what for", "why this one", "without it")


def groups() -> dict[str, list[str]]:
    """The dependencies below each heading, as pyproject writes them."""
    project = PROJECT["project"]
    return {
        "To run": project["dependencies"],
        **project["optional-dependencies"],
        "To build": PROJECT["dependency-groups"]["build"],
    }


def bounds(lines: list[str]) -> dict[str, set[str]]:
    """The bounds of each package of a group; another of asrd's extras is none."""
    found: dict[str, set[str]] = {}
    for need in map(Requirement, lines):
        if need.name != "asrd":
            parts = ",".join(sorted(map(str, need.specifier), reverse=True))
            found.setdefault(need.name, set()).add(parts)
    return found


def rows(heading: str) -> dict[str, list[str]]:
    return rows_by_name(PAGE, heading)


EACH_ROW = pytest.mark.parametrize(
    ("heading", "package"), [(heading, package) for heading in groups() for package in rows(heading)]
)


@pytest.mark.parametrize("heading", groups())
def test_every_dependency_has_its_row_and_every_row_its_dependency(heading: str) -> None:
    assert set(rows(heading)) == set(bounds(groups()[heading]))


@EACH_ROW
def test_the_bound_is_that_of_the_project(heading: str, package: str) -> None:
    cell = rows(heading)[package][1]
    wanted = bounds(groups()[heading])[package]
    assert all(f"`{bound}`" in cell for bound in wanted), f"{package}: {wanted}"


@EACH_ROW
def test_the_licence_is_what_the_package_says(heading: str, package: str) -> None:
    written = families(rows(heading)[package][3])
    assert written, package
    try:
        stated = families(stated_licence(metadata(package)))
    except PackageNotFoundError:
        pytest.skip(f"{package} is not installed here")
    assert written & stated, f"{package} says {stated}"


@EACH_ROW
def test_reasons_are_given(heading: str, package: str) -> None:
    row = rows(heading)[package]
    assert len(row) == (5 if heading in ("dev", "To build") else len(HEAD_OF_TABLES))
    assert all(cell for cell in row), package
    assert "MB" in row[2], package


def test_extras_say_which_others_they_bring() -> None:
    for extra, lines in PROJECT["project"]["optional-dependencies"].items():
        brought = {name for line in lines for name in Requirement(line).extras if Requirement(line).name == "asrd"}
        text = PAGE.text.partition(f"\n### {extra}\n")[2].partition("\n##")[0].partition("\n|")[0]
        assert all(f"`{name}`" in text for name in brought), f"{extra} brings {brought}"
