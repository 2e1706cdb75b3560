"""docs/CONTRIBUTING.md names every made file's script, every install script and every target, and nothing else."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, pages
from tests.docs.tables import rows_below, rows_by_name

PAGE = pages()["docs/CONTRIBUTING.md"]
SPANS = [place.text for place in PAGE.spans]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split())
CALLED_BY_MAKE = {".ci/set-up"}  # nobody types it
FOLDERS = ("asrd/", "clients/", "docs/", "model/", "tests/", ".ci/")


def made_by_scripts() -> dict[str, str]:
    """The scripts of the table of made files, with what they make."""
    rows = rows_below(PAGE, "Made files")
    scripts = {row[1].strip("`").removeprefix("python -m "): row[0] for row in rows if "python -m tests" in row[1]}
    assert scripts
    return scripts


def test_every_target_is_told_and_exists() -> None:
    commands = [step.command.partition("  #")[0] for block in PAGE.blocks for step in block.steps]
    told = {
        word for command in commands if command.startswith("make") for word in command.split()[1:] if "=" not in word
    }
    told |= {span.split()[1] for span in SPANS if re.fullmatch(r"make [a-z]+", span)}
    assert told == TARGETS - {"help", "clean"}


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_make_knows_what_a_target_does(target: str) -> None:
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_file_that_is_named_is_there() -> None:
    named = {span for span in SPANS if span.startswith(FOLDERS) and "NAME" not in span}
    assert len(named) > 30
    for name in named:
        assert list(ROOT.glob(name)), f"{name} is not there"


def test_every_script_that_makes_a_file_is_told() -> None:
    there = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "tests").rglob("make_*.py")}
    assert set(made_by_scripts()) == there


@pytest.mark.parametrize("module", sorted(made_by_scripts()))
def test_a_script_says_its_command_and_its_file(module: str) -> None:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    assert f"python -m {module}" in source
    for name in made_by_scripts()[module].replace("`", "").split(", "):
        assert Path(name).name in source, f"{module} does not say that it makes {name}"


def test_every_install_script_and_every_folder_that_crosses_packages_is_told() -> None:
    rows = rows_by_name(PAGE, "Tests")
    for script in (ROOT / "tests").rglob("install.sh"):
        assert script.relative_to(ROOT).as_posix() in SPANS
    own = {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}
    packages = {path.parent.name for path in (ROOT / "asrd").glob("*/__init__.py")} | {"clients"}
    assert {f"tests/{name}" for name in own - packages} <= set(rows)
    assert all((ROOT / name).is_dir() for name in rows)


def test_generated_pages_are_told() -> None:
    from tests.docs.generated import GENERATED

    assert set(GENERATED) <= set(SPANS)


def test_every_script_of_the_whole_check_is_told() -> None:
    scripts = {f".ci/{path.name}" for path in (ROOT / ".ci").iterdir() if path.is_file()}
    assert scripts - CALLED_BY_MAKE <= set(SPANS)
