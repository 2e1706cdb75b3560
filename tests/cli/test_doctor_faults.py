"""What asrd says on a machine with a real fault, and that docs/TROUBLESHOOTING.md shows those very lines."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from asrd.daemon.sources import DEMO_CLIP
from tests.audio_server.pulse import PulseServer, require_pulseaudio
from tests.cli.commands import Cli
from tests.cli.faults import FAULTS, Place, made, require_worlds
from tests.cli.sound import need_portaudio
from tests.docs.pages import blocks_by, pages
from tests.docs.shell import run_block
from tests.docs.tables import rows_below
from tests.docs.worlds.world import World, new_ground

DOCTOR = "What `asrd doctor` says"
CLIENTS = "What `asrd listen` and `asrd type` say"
MUTED = "the microphone is muted"
NEED_SOUND = ("PortAudio is missing", "no microphone")
TOLD = re.compile(r"(?:ends with (?P<code>\d+)|goes on)(?:, the same sentence|: (?P<words>`.*`))")
COMMANDS = [("listen",), ("type", "--method", "stdout")]


class Row(NamedTuple):
    """A row of a table of the page: a line, and what becomes of the command."""

    line: str
    then: str


def table(heading: str) -> dict[str, Row]:
    """What is wrong -> what is shown for it."""
    rows = rows_below(pages()["docs/TROUBLESHOOTING.md"], heading)
    return {wrong: Row(bare(line), then) for wrong, line, then in rows}


def bare(span: str) -> str:
    """What is in a code span; where that has such marks itself, two of them and a space are around it."""
    return span[3:-3] if span.startswith("`` ") else span[1:-1]


def test_the_page_shows_every_fault_and_no_other() -> None:
    assert list(table(DOCTOR)) == [*FAULTS, MUTED]


@pytest.mark.parametrize("name", FAULTS)
def test_the_doctor_names_the_fault_and_its_remedy_and_goes_on(name: str, tmp_path: Path, cli: Cli) -> None:
    flags = _sound_if_needed(name)
    shown = table(DOCTOR)[name].line
    with made(name, tmp_path, cli) as place:
        ran = place.run("doctor", *flags, *_port(place))
    lines = place.as_shown(ran.out).splitlines()
    assert shown in lines, place.as_shown(ran.out)
    assert (ran.code, ran.err) == (int(shown.startswith("FAIL")), "")
    others = [line for line in lines if line.startswith("FAIL") and line != shown]
    assert all(line.startswith("FAIL  state folder") for line in others), others  # of the folder, both know
    whats = {line[6:18].strip() for line in lines}
    assert whats >= {
        "settings",
        "packages",
        "llama.cpp",
        "model",
        "PortAudio",
        "port",
        "tokens",
        "state folder",
        "typing",
    }


def test_four_faults_at_once(tmp_path: Path) -> None:
    """A line for each, and for each its remedy: none hides another."""
    need_portaudio()
    rows = table(DOCTOR)
    names = [
        "no such model folder",
        "PortAudio is missing",
        "another program has the port",
        "others may read the tokens",
    ]
    home = tmp_path / "home"
    home.mkdir()
    place = Place(tmp_path, home)
    with ExitStack() as faults:
        for name in names:
            faults.enter_context(contextmanager(FAULTS[name])(place))
        ran = place.run("doctor", *place.flags)
    failed = [line for line in place.as_shown(ran.out).splitlines() if line.startswith("FAIL")]
    assert (ran.code, failed) == (1, [rows[name].line for name in names])


@pytest.mark.parametrize("name", FAULTS)
def test_the_daemon_says_it_too(name: str, tmp_path: Path, cli: Cli) -> None:
    _sound_if_needed(name)
    row = table(DOCTOR)[name]
    told = TOLD.fullmatch(row.then)
    assert told is not None, row.then
    words = bare(told["words"]) if told["words"] else row.line[20:]
    with made(name, tmp_path, cli) as place:
        flags = ("run", "--source", "mic", *_port(place))
        if not told["code"]:
            ran = place.run_until(words, *flags)
            assert (ran.code, words in place.as_shown(ran.err)) == (0, True), ran
            return
        ran = place.run(*flags)
    sentences = [line for line in place.as_shown(ran.err).splitlines() if not line.startswith("INFO ")]
    assert (ran.code, sentences) == (int(told["code"]), [f"asrd: {words}"])


def test_a_muted_microphone(tmp_path: Path) -> None:
    need_portaudio()
    require_pulseaudio()
    row = table(DOCTOR)[MUTED]
    told = TOLD.fullmatch(row.then)
    assert told is not None
    with PulseServer() as server:
        server.pactl("set-source-mute", "@DEFAULT_SOURCE@", "1")
        place = Place(tmp_path, server.home, environment=server.environment)
        assert row.line in place.run("doctor", "--port", "0").out.splitlines()
        place.environment["ASRD_AUDIO_ZEROS_S"] = "1"
        words = bare(told["words"])
        assert words in place.run_until(words, "run", "--port", "0").err
        (block,) = blocks_by("tests/cli/test_doctor_faults.py")
        world = World()
        world.environment = dict(server.environment)
        run_block(block, new_ground(tmp_path), world)


@pytest.mark.parametrize("command", COMMANDS, ids=["listen", "type"])
@pytest.mark.parametrize(
    "name", ["another program has the port", "the tokens are another user's", "the token file is damaged"]
)
def test_clients_say_it_in_one_sentence(name: str, command: tuple[str, ...], tmp_path: Path, cli: Cli) -> None:
    with made(name, tmp_path, cli) as place:
        _check_client(name, command, place)


@pytest.mark.parametrize("command", COMMANDS, ids=["listen", "type"])
def test_clients_without_a_daemon(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = str(free.getsockname()[1])
    _check_client(
        "no daemon runs", command, Place(tmp_path, tmp_path / "home", [], {}, ["--port", number], {number: "8765"})
    )


def test_clients_with_another_token(tmp_path: Path) -> None:
    with made("another asrd has the port", tmp_path) as place:
        place.environment["ASRD_TOKEN"] = "of-another-daemon-altogether"
        for command in COMMANDS:
            _check_client("the token is another daemon's", command, place)


def test_every_fault_of_clients_is_tested() -> None:
    """By the three tests above."""
    told = ["no daemon runs", "another program has the port", "the token is another daemon's"]
    assert list(table(CLIENTS)) == [*told, "the tokens are another user's", "the token file is damaged"]


def _check_client(name: str, command: tuple[str, ...], place: Place) -> None:
    row = table(CLIENTS)[name]
    ran = place.run(*command, *place.flags)
    assert (ran.out, place.as_shown(ran.err)) == ("", f"{row.line}\n")
    assert row.then == f"{ran.code}"


def _sound_if_needed(name: str) -> tuple[str, ...]:
    """Flags of the doctor; those that need no microphone do not wait for one."""
    if name not in NEED_SOUND:
        return ("--no-microphone",)
    need_portaudio()
    return ()


def _port(place: Place) -> list[str]:
    return place.flags if "--port" in place.flags else [*place.flags, "--port", "0"]


def test_portaudio_may_be_installed_while_the_daemon_runs(tmp_path: Path) -> None:
    need_portaudio()
    with made("PortAudio is missing", tmp_path) as place:
        installed = ("PortAudio library not found", place.install_what_is_missing)
        # It is there now; whether a microphone is depends on the machine.
        ran = place.run_until("INFO asrd: main: ", "run", "--source", "mic", "--port", "0", then=installed)
    assert ran.code == 0
    assert ran.err.count("PortAudio") == 2, ran.err  # in one sentence


@pytest.mark.parametrize(
    ("release", "command"),
    [
        ("ID=ubuntu\nID_LIKE=debian", "apt install libportaudio2"),
        ("ID=fedora", "dnf install portaudio"),
        ("ID=endeavouros\nID_LIKE=arch", "pacman -S portaudio"),
        ("ID=opensuse-leap\nID_LIKE='suse opensuse'", "zypper install libportaudio2"),
    ],
)
def test_the_package_is_named_as_this_system_names_it(release: str, command: str, tmp_path: Path) -> None:
    need_portaudio()
    with made("PortAudio is missing", tmp_path) as place:
        (tmp_path / "os-release").write_text(f"{release}\n", encoding="ascii")
        ran = place.run("devices")
    assert ran.code == 4
    assert ran.err.endswith(f"(PortAudio library not found): install it: {command}\n")


def test_a_full_folder_for_temporary_files_does_not_matter(tmp_path: Path) -> None:
    require_worlds()
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    place = Place(tmp_path, tmp_path / "home", [f"full={tmp_path}/tmp"], {"TMPDIR": f"{tmp_path}/tmp"})
    ran = place.run("transcribe", str(DEMO_CLIP))
    assert (ran.code, ran.err) == (0, "")
    assert "demonstration" in ran.out
