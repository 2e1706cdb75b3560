"""docs/THIRD_PARTY.md leaves nothing out, and says of each package what that says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.docs.pages import ROOT
from tests.docs.third_party import stated_licence, table

SHIPPED_FOLDERS = ("asrd", "clients/asrd_clients", "launchd", "model/nano")  # pyproject: what the wheel holds
LIBRARIES = {entry["package"]: entry for entry in table()["library"]}
FAMILIES = ("agpl", "lgpl", "gpl", "mpl", "apache", "bsd", "mit", "psf", "zlib", "cc0", "unlicense")
LONG_NAMES = {
    "lesser general public license": "lgpl",
    "mozilla public license": "mpl",
    "python software foundation": "psf",
}
BUILD_TOOLS = {"hatchling", "editables", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}  # and what they need


def families(licence: str) -> set[str]:
    """The well-known licences that a statement names; "LGPL" is not "GPL"."""
    words = licence.lower()
    for long, short in LONG_NAMES.items():
        words = words.replace(long, short)
    return {name for name in FAMILIES if re.search(rf"(?<![a-z]){name}(?![a-km-z])", words)}


def locked() -> dict[str, set[str]]:
    """The packages of the lock that asrd needs at run time, with their versions."""
    found: dict[str, set[str]] = {}
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, number in re.findall(r"^([a-z0-9.-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(number)
    return {name: numbers for name, numbers in found.items() if name not in BUILD_TOOLS}


def needed_here(package: str = "asrd", seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """What a package needs on this system without any extra, and what that needs."""
    for line in requires(package) or []:
        need = Requirement(line)
        name = canonicalize_name(need.name)
        if name not in seen and (need.marker is None or need.marker.evaluate({"extra": ""})):
            seen = needed_here(name, seen | {name})
    return seen


def binary_files() -> Iterator[str]:
    """What the wheel ships and no editor made."""
    for folder in SHIPPED_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and b"\0" in path.read_bytes():
                yield path.relative_to(ROOT).as_posix()


def test_every_library_is_there_once_and_no_other() -> None:
    assert sorted(LIBRARIES) == sorted(locked())
    assert len(LIBRARIES) == len(table()["library"])


def test_what_is_installed_here_is_in_the_table() -> None:
    assert needed_here() <= set(LIBRARIES)
    assert {"numpy", "xllamacpp", "cffi", "pycparser"} <= needed_here(), "it follows what is needed by what is needed"


@pytest.mark.parametrize("package", LIBRARIES)
def test_a_package_still_says_the_same_of_its_licence(package: str) -> None:
    entry = LIBRARIES[package]
    assert families(entry["licence"]), f"{package}: {entry['licence']} is no licence that is known here"
    assert families(entry["licence"]) >= families(entry["stated"]), package
    try:
        installed, stated = version(package), stated_licence(metadata(package))
    except PackageNotFoundError:
        pytest.skip(f"{package} is for {entry.get('where') or 'another system'}")
    if installed == max(locked()[package], key=Version):
        assert stated == entry["stated"], f"{package} {installed} has another licence than the table"
    else:
        assert families(stated) & families(entry["licence"]), f"{package} {installed}: {stated}"


def test_every_binary_file_of_the_wheel_has_its_notice() -> None:
    named = {name for entry in table()["shipped"] for name in entry["files"]}
    assert set(binary_files()) <= named
    assert all((ROOT / name).is_file() for name in named)


def test_licence_texts_are_there_and_name_their_holder() -> None:
    for entry in table()["shipped"]:
        for key in ("text", "notes"):
            assert not entry.get(key) or (ROOT / entry[key]).is_file(), entry["name"]
    assert "Silero Team" in (ROOT / "asrd/vad/LICENSE.silero").read_text(encoding="utf-8")
    assert "OpenAI" in (ROOT / "model/nano/LICENSE-whisper.txt").read_text(encoding="utf-8")


def test_texts_go_with_the_wheel() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (patterns,) = re.findall(r"^license-files = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    carried = {path for pattern in re.findall(r'"(.*?)"', patterns) for path in ROOT.glob(pattern)}
    wanted = {entry[key] for entry in table()["shipped"] for key in ("text", "notes") if entry.get(key)}
    assert {ROOT / name for name in wanted | {"LICENSE", "docs/THIRD_PARTY.md"}} <= carried


def test_parts_belong_to_a_package_of_the_table() -> None:
    assert {entry["package"] for entry in table()["inside"]} <= set(LIBRARIES)


@pytest.mark.parametrize(
    ("licence", "named"),
    [
        ("GNU Lesser General Public License v2 or later (LGPLv2+)", {"lgpl"}),
        ("LGPL-2.1-or-later", {"lgpl"}),
        ("MIT-0", {"mit"}),
        ("3-Clause BSD License", {"bsd"}),
        ("Apache-2.0 OR BSD-2-Clause", {"apache", "bsd"}),
        ("limited", set()),
    ],
)
def test_families(licence: str, named: set[str]) -> None:
    assert families(licence) == named


def test_the_folders_are_those_of_the_wheel() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folders,) = re.findall(r"^only-include = \[(.*?)\]", text, re.MULTILINE)
    assert tuple(re.findall(r'"(.*?)"', folders)) == SHIPPED_FOLDERS
    assert all(Path(ROOT / folder).is_dir() for folder in SHIPPED_FOLDERS)
