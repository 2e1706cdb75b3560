"""What docs/START.md shows of a machine with nothing on it yet, and what it says about systems and folders."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from asrd.config.places import config_file, models_folder, state_folder
from asrd.service.launchd_files import Places
from asrd.system_packages import SystemLibrary, install_command
from tests.audio_server.pulse import PulseServer, pulse_server, pulseaudio
from tests.cli.sound import need_portaudio
from tests.cli.terminal import on_terminal
from tests.docs.pages import ROOT, blocks_by, pages
from tests.docs.shell import shows

__all__ = ["pulse_server", "pulseaudio"]
STEPS = {step.command: step for block in blocks_by("tests/docs/test_start.py") for step in block.steps}
TEXT = pages()["docs/START.md"].text
RELEASES = {"Debian": "debian", "Fedora": "fedora", "Arch": "arch", "openSUSE": "opensuse"}


def test_what_is_shown_is_run() -> None:
    assert set(STEPS) == {"make run", "asrd devices"}


def test_the_first_words(tmp_path: Path) -> None:
    """What the Makefile says and runs; a microphone of a name that none has, so that the clip is played everywhere."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nrun:")[2].partition("\n\n")[0]
    set_up, said, ran = (line.strip("\t@") for line in recipe.strip().splitlines())
    assert ran.endswith("/asrd run --try")
    script = (ROOT / set_up.partition(" ")[0]).read_text(encoding="utf-8")
    sayings = re.findall(r'say "(setting up.*|downloading the packages.*|installing them)"', script)
    shown = on_terminal(
        *("run", "--try", "--fast", "--device", "none such", "--port", "0"),
        environment={"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
    )
    assert shown.code == 0
    written = "\n".join([*(f"asrd: {one}" for one in sayings), *re.findall('"(.*)"', said), *shown.last])
    written = written.replace("$venv", ".venv").replace("$lock", "requirements.lock")
    written = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8765", written)
    assert shows(written, STEPS["make run"].output), written


def test_the_microphones(pulse_server: PulseServer) -> None:
    need_portaudio()
    done = subprocess.run(
        [sys.executable, "-m", "asrd", "devices"],
        env={**os.environ, **pulse_server.environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shows(done.stdout, STEPS["asrd devices"].output), done.stdout


@pytest.mark.parametrize(("name", "release"), RELEASES.items())
def test_packages_are_those_that_asrd_asks_for(name: str, release: str) -> None:
    row = next(line for line in TEXT.splitlines() if line.startswith(f"| {name}"))
    for library in SystemLibrary:
        *installer, package = install_command(library, {"ID": release}).split()
        assert f"`sudo {' '.join(installer)} " in row
        assert f" {package}" in row


def test_what_stays_is_where_it_is_said_to_be() -> None:
    table = TEXT.partition("| what | Linux | macOS |")[2]
    environ = {"HOME": "/h"}
    rows = [[cell.strip(" `").replace("~", "/h") for cell in row.split("|")[2:4]] for row in table.splitlines()[2:6]]
    places = [config_file, state_folder, models_folder]
    linux = [str(place(environ, "linux")).removesuffix("/asrd.toml") for place in places]
    macos = [str(place(environ, "darwin")).removesuffix("/asrd.toml") for place in places]
    assert macos[0] == macos[1]
    assert [row[0] for row in rows[:3]] == linux
    assert [row[1] for row in rows] == [macos[0], "the same", macos[2], str(Places(Path("/h")).logs)]
    gone = re.findall(r"rm -rf (.*)", TEXT)[0].replace("~", "/h").split()
    assert all(any(place.startswith(folder) for folder in gone) for place in linux)
