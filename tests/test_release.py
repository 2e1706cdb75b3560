"""What a release must agree about: its version, the changelog, the dependencies, the locked packages."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import asrd

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}  # those of Keep a Changelog
# Where asrd is promised to run, as the markers of the lock see it.
MACHINES = [
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"},
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64", "os_name": "posix"},
]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


class Locked(NamedTuple):
    """One version of a package in a lock."""

    name: str
    version: Version
    marker: Marker | None
    hashes: int
    reasons: str

    def fits(self, environment: dict[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(environment)


def read_lock(name: str) -> Iterator[Locked]:
    text = (ROOT / name).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        first, *rest = entry.splitlines()
        requirement = Requirement(first.rstrip("\\ "))
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        hashes = sum(line.strip().startswith("--hash=sha256:") for line in rest)
        reasons = " ".join(line.strip() for line in rest if line.strip().startswith("#"))
        name = canonicalize_name(requirement.name)
        yield Locked(name, Version(specifier.version), requirement.marker, hashes, reasons)


def environments() -> Iterator[dict[str, str]]:
    for machine in MACHINES:
        for python in PYTHONS:
            implementation = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
            yield {**machine, **implementation, "python_version": python, "python_full_version": f"{python}.0"}


def direct(*extras: str, groups: tuple[str, ...] = ()) -> Iterator[Requirement]:
    """What pyproject.toml asks for, and what its extras ask for; not asrd itself."""
    project, waiting, done = PROJECT["project"], list(extras), set[str]()
    texts = list(project["dependencies"])
    for group in groups:
        texts += PROJECT["dependency-groups"][group]
    while waiting:
        extra = waiting.pop()
        if extra not in done:
            done.add(extra)
            texts += project["optional-dependencies"][extra]
            own = [Requirement(text) for text in project["optional-dependencies"][extra]]
            waiting += [name for one in own if one.name == "asrd" for name in one.extras]
    yield from (one for one in map(Requirement, texts) if one.name != "asrd")


def every_requirement() -> list[str]:
    """As written, without asrd itself, each once."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    texts = {text for part in (PROJECT["project"]["dependencies"], *extras) for text in part}
    return sorted(text for text in texts if not text.startswith("asrd["))


def test_the_version_is_in_one_place() -> None:
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert "version" not in PROJECT["project"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "asrd/__init__.py"
    assert str(Version(asrd.__version__)) == asrd.__version__
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in ("asrd", "clients")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(rf"""["']{re.escape(asrd.__version__)}["']""", path.read_text(encoding="utf-8"))
    ]
    assert found == ["asrd/__init__.py"]


def headings() -> list[str]:
    return re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)


def test_the_changelog_has_its_form() -> None:
    lines = CHANGELOG.splitlines()
    assert lines[0] == "# Changelog"
    assert "keepachangelog.com" in CHANGELOG.partition("\n## ")[0]
    for heading in headings():
        assert heading == "Unreleased" or re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", heading), heading
    for release in re.split(r"^## .*$", CHANGELOG, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", release, re.MULTILINE)
        assert kinds, "a release without a kind of change"
        assert set(kinds) <= KINDS
        assert len(kinds) == len(set(kinds)), f"a kind of change twice: {kinds}"
        for part in re.split(r"^### .*$", release, flags=re.MULTILINE)[1:]:
            assert part.strip().startswith("- "), part
            assert all(line == "" or line.startswith(("- ", "  ")) for line in part.splitlines()), part
    assert all(len(line) <= 120 for line in lines)


def test_the_changelog_begins_with_this_version() -> None:
    """Or with unreleased changes, above a last release that is not newer than the code."""
    first, *rest = headings()
    released = [Version(heading.partition(" ")[0]) for heading in ([first, *rest] if first != "Unreleased" else rest)]
    assert released == sorted(released, reverse=True)
    assert "Unreleased" not in rest
    if first == "Unreleased":
        assert all(Version(asrd.__version__) >= version for version in released)
    else:
        assert released[0] == Version(asrd.__version__)


@pytest.mark.parametrize("text", every_requirement())
def test_every_dependency_has_a_lower_bound(text: str) -> None:
    requirement = Requirement(text)
    operators = {specifier.operator for specifier in requirement.specifier}
    assert operators & {">=", "=="}, f"{requirement}: from which version on?"
    assert "==" not in operators or requirement.name == "xllamacpp", f"{requirement}: why pinned?"
    assert requirement.url is None


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    locked = list(read_lock(lock))
    assert len(locked) > 20
    for one in locked:
        assert one.hashes >= 1, one.name
        assert one.reasons.startswith("# via"), f"nothing needs {one.name}"


def test_both_locks_agree() -> None:
    larger = {(one.name, one.version) for one in read_lock("requirements-dev.lock")}
    assert {(one.name, one.version) for one in read_lock("requirements.lock")} < larger


@pytest.mark.parametrize(("lock", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("dev",))])
def test_the_locks_are_those_of_the_project(lock: str, extras: tuple[str, ...]) -> None:
    """`make lock` was called after the last change: every dependency is there in a version that is allowed, once."""
    locked = list(read_lock(lock))
    for environment in environments():
        for requirement in direct(*extras, groups=("build",)):
            if requirement.marker is not None and not requirement.marker.evaluate(environment):
                continue
            name = canonicalize_name(requirement.name)
            (found,) = (one for one in locked if one.name == name and one.fits(environment))
            assert found.version in requirement.specifier, f"{requirement}, but {lock} has {found.version}: make lock"
    asked = {canonicalize_name(requirement.name) for requirement in direct(*extras, groups=("build",))}
    named = {one.name for one in locked if "(pyproject.toml" in one.reasons}
    assert named == asked, "make lock"


def test_one_version_for_every_machine() -> None:
    for lock in LOCKS:
        for environment in environments():
            names = [one.name for one in read_lock(lock) if one.fits(environment)]
            assert len(names) == len(set(names)), (lock, environment)


def test_the_installed_llama_is_the_pinned_one() -> None:
    (pinned,) = (one for one in direct() if one.name == "xllamacpp")
    (locked,) = (one for one in read_lock("requirements.lock") if one.name == "xllamacpp")
    assert [str(specifier) for specifier in pinned.specifier] == [f"=={locked.version}"]
    assert metadata.version("xllamacpp") == str(locked.version)
    api = (ROOT / "asrd/llama/api.py").read_text(encoding="utf-8")
    assert "`xllamacpp` (see pyproject.toml)" in api
