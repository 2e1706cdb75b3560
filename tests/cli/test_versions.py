"""`asrd --version`: tells of everything that asrd runs on, whatever of it is broken."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

import pytest

from asrd import __version__
from asrd.cli.packages import LIBRARIES, NAMES, PACKAGES
from asrd.cli.versions import Version, versions
from asrd.installing import reinstall_command
from asrd.text import toml
from tests.cli.commands import CHECKOUT, Cli, run_process

HERE = {"sys_platform": sys.platform, "python_version": ".".join(platform.python_version_tuple()[:2])}


def broken(folder: Path, module: str, code: str) -> str:
    """PYTHONPATH with a module that is found before the real one."""
    (folder / f"{module}.py").write_text(f"{code}\n", encoding="utf-8")
    return f"{folder}:{CHECKOUT}"


def told(ran_out: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in ran_out.splitlines())


def test_of_this_machine() -> None:
    ran = run_process("--version")
    assert (ran.code, ran.err) == (0, "")
    found = told(ran.out)
    assert tuple(found) == NAMES
    assert found["asrd"] == __version__
    assert found["python"] == platform.python_version()
    usable = {name: version for name, version in found.items() if name not in ("platform", "PortAudio")}
    assert all(version[0].isdigit() for version in usable.values()), found


def test_json() -> None:
    ran = run_process("--version", "--json", ASRD_LLAMA_LIB="/nowhere/lib.so")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert found["versions"]["asrd"] == __version__
    assert "/nowhere/lib.so" in found["unusable"]["llama.cpp"]
    assert set(found["versions"]) | set(found["unusable"]) == set(NAMES)


@pytest.mark.parametrize(
    ("module", "code", "names", "why"),
    [
        ("soxr", "raise ImportError('libsoxr.so.0: cannot open\\n\\x1b[2J')", ["soxr"], "libsoxr.so.0: cannot open"),
        ("webrtcvad", "raise SystemExit(3)", ["webrtcvad-wheels"], "ends the process (exit code 3)"),
        ("soundfile", "import os; os.kill(os.getpid(), 11)", ["soundfile", "libsndfile"], "ends the process (SIGSEGV)"),
        ("onnxruntime", "import os; os._exit(7)", ["onnxruntime"], "ends the process (exit code 7)"),
        ("sounddevice", "raise OSError('PortAudio library not found')", ["PortAudio"], "PortAudio library not found"),
        ("websockets", "print('hello', flush=True); raise ValueError", ["websockets"], "ValueError"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
)
def test_one_that_is_broken_keeps_none_of_the_others(
    tmp_path: Path, module: str, code: str, names: list[str], why: str
) -> None:
    ran = run_process("--version", PYTHONPATH=broken(tmp_path, module, code))
    assert (ran.code, ran.err) == (0, "")
    found = told(ran.out)
    assert tuple(found) == NAMES
    assert [name for name, version in found.items() if version.startswith("unusable: ")] == names
    assert all(why in found[name] for name in names)
    assert "\x1b" not in ran.out


def test_a_warning_is_no_trouble(tmp_path: Path) -> None:
    """Not even where the user has turned them into errors."""
    warns = "import warnings; warnings.warn('old', DeprecationWarning)"
    ran = run_process("--version", PYTHONPATH=broken(tmp_path, "soxr", warns), PYTHONWARNINGS="error")
    assert told(ran.out)["soxr"][0].isdigit()


def test_one_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(tmp_path, "soxr", "import time; time.sleep(600)")
    monkeypatch.syspath_prepend(tmp_path)
    found = versions(["asrd", "soxr", "python"], limit_s=3.0)
    assert found[0] == Version("asrd", __version__)
    assert found[1] == Version("soxr", "", "loading it takes longer than 3 s")
    assert found[2].version == platform.python_version()


def test_one_that_came_to_nothing_after_others_has_its_own_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time it hangs, as if what was asked before it had taken all of the time."""
    slow = f"import pathlib, time; first = pathlib.Path({str(tmp_path / 'first')!r})\n"
    broken(tmp_path, "soxr", f"{slow}if not first.exists():\n    first.touch()\n    time.sleep(600)")
    monkeypatch.syspath_prepend(tmp_path)
    found = versions(["asrd", "soxr", "python"], limit_s=3.0)
    assert (tmp_path / "first").exists()
    assert [(one.name, one.trouble) for one in found] == [("asrd", ""), ("soxr", ""), ("python", "")]


def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where somebody took it away: its library is there no more, and nothing of its metadata."""
    code = (
        "import importlib.metadata as metadata; found = metadata.version\n"
        "def version(name):\n"
        "    if name == 'soxr':\n"
        "        raise metadata.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "metadata.version = version"
    )
    broken(tmp_path, "shtab", code)
    monkeypatch.syspath_prepend(tmp_path)
    assert versions(["shtab", "soxr"])[1] == Version("soxr", "", f"it is not installed: {reinstall_command('soxr')}")


def test_what_lies_in_the_working_folder_is_not_taken_for_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(tmp_path, "soxr", "raise ImportError('of the working folder')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    assert [one.trouble for one in versions(["soxr"])] == [""]


def test_the_list_is_that_of_the_package() -> None:
    """What pip installs for this system and this Python, and nothing else."""
    project = toml.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = set()
    for requirement in project["dependencies"]:
        name, _, marker = requirement.partition(";")
        if holds(marker.strip()):
            wanted.add(name.replace("=", ">").partition(">")[0].strip())
    assert set(PACKAGES) == wanted
    assert {name for name, module in PACKAGES.items() if not module} == {"sounddevice", "xllamacpp"}
    assert set(LIBRARIES) == {"libsndfile", "PortAudio", "llama.cpp"}


def holds(marker: str) -> bool:
    """The markers that pyproject.toml has: one comparison."""
    if not marker:
        return True
    name, comparison, value = marker.replace("'", '"').split(" ")
    here, there = HERE[name], value.strip('"')
    if comparison == "==":
        return here == there
    assert comparison == "<", marker
    return tuple(map(int, here.split("."))) < tuple(map(int, there.split(".")))


def test_json_belongs_to_the_version(cli: Cli) -> None:
    ran = cli("--json")
    assert (ran.code, ran.out) == (2, "")
    assert "--json stands behind a command, or with --version" in ran.err
