"""What the wheel and the source distribution carry."""

from __future__ import annotations

import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

import asrd
from tests.install.packages import ROOT, SAFELY, Built, build

LICENCES = ("LICENSE", "LICENSE.silero", "LICENSE-whisper.txt", "NOTICE.md", "THIRD_PARTY.md")
# The folders of the wheel, and where in the checkout their files lie.
CARRIED = {
    "asrd": "asrd",
    "asrd_clients": "clients/asrd_clients",
    "asrd/models/nano": "model/nano",
    "asrd/service/templates": "launchd",
}


def in_wheel(built: Built) -> dict[str, bytes]:
    with zipfile.ZipFile(built.wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def metadata(built: Built) -> Message:
    (name,) = (name for name in in_wheel(built) if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(in_wheel(built)[name].decode())


def sources(folder: str) -> set[PurePosixPath]:
    """The files of a folder of the checkout, relative to it."""
    return {
        PurePosixPath(path.relative_to(ROOT / folder).as_posix())
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("folder", CARRIED)
def test_the_wheel_carries_every_file(built: Built, folder: str) -> None:
    inside = in_wheel(built)
    expected = sources(CARRIED[folder]) - ({PurePosixPath("README.md")} if CARRIED[folder] == "launchd" else set())
    assert expected
    for path in expected:
        assert inside[f"{folder}/{path}"] == (ROOT / CARRIED[folder] / path).read_bytes(), path


def test_the_wheel_carries_what_no_module_is(built: Built) -> None:
    inside = in_wheel(built)
    for name in (
        "asrd/py.typed",
        "asrd_clients/py.typed",
        "asrd/models/demo.opus",
        "asrd/models/manifest.toml",
        "asrd/models/nano/asrd.json",
        "asrd/server/pages/overlay.html",
        "asrd/service/templates/asrd.service",
        "asrd/service/templates/agent.plist",
        "asrd/vad/silero_vad.onnx",
        "asrd/wire/schema/messages.json",
    ):
        assert name in inside, name
    licences = {PurePosixPath(name).name for name in inside if ".dist-info/licenses/" in name}
    assert licences == set(LICENCES)


def test_the_wheel_carries_nothing_else(built: Built) -> None:
    """No tests, no caches, no documents for those who have the checkout."""
    known = {f"{folder}/{path}" for folder, home in CARRIED.items() for path in sources(home)}
    known |= {"asrd/models/manifest.toml"}
    known -= {"asrd/service/templates/README.md"}
    others = {name for name in in_wheel(built) if ".dist-info/" not in name} - known
    assert others == set()
    assert not any("__pycache__" in name for name in in_wheel(built))


def test_the_wheel_is_for_every_machine(built: Built) -> None:
    assert built.wheel.name == f"asrd-{asrd.__version__}-py3-none-any.whl"


def test_the_metadata_say_what_it_is(built: Built) -> None:
    found = metadata(built)
    assert found["Version"] == asrd.__version__
    assert found["Requires-Python"] == ">=3.10"
    assert found["License-Expression"]
    assert "make run" in str(found.get_payload())  # the README
    plain = [line for line in found.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert all(">=" in line or "==" in line for line in plain), plain


def test_the_source_distribution_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, **SAFELY)
    (folder,) = tmp_path.iterdir()
    build(folder, tmp_path / "dist", "-t", "wheel")
    (again,) = (tmp_path / "dist").glob("*.whl")
    assert again.name == built.wheel.name
    assert again.read_bytes() == built.wheel.read_bytes()


def test_the_source_distribution_can_be_worked_on(built: Built) -> None:
    """Both commands of the README: all that `make run` and `make test` read is there."""
    with tarfile.open(built.sdist) as archive:
        inside = {PurePosixPath(*PurePosixPath(name).parts[1:]).as_posix() for name in archive.getnames()}
    for name in (
        "Makefile",
        ".ci/set-up",
        "requirements.lock",
        "requirements-dev.lock",
        "pyproject.toml",
        "README.md",
    ):
        assert name in inside, name
    for folder in ("asrd", "clients", "docs", "launchd", "model", "tests", ".ci"):
        assert {f"{folder}/{path}" for path in sources(folder)} <= inside, folder
    assert not any("__pycache__" in name or name.startswith((".venv", "build", ".git/")) for name in inside)
