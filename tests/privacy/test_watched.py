"""What leaves the machine, and what is written down: nothing, as the system sees it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from asrd.daemon.sources import DEMO_CLIP
from tests.privacy.watching import Call, Watched, files_with, require_watching, variables, watch, words_of

PORT = 8765
SENDING = ("connect", "sendto", "sendmsg", "sendmmsg", "bind")
FAMILY = re.compile(r"sa_family=(AF_\w+)")
ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
SERVED = ("run", "listen", "type")
COMMANDS = ["doctor", "listen", "run", "transcribe", "type"]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    require_watching()
    return watch(tmp_path_factory.mktemp("privacy"))


def addresses(calls: list[Call]) -> list[tuple[int, str]]:
    """Port and address of each that is of the Internet's kinds."""
    return [(int(port), address) for call in calls for port, address in ADDRESS.findall(call.arguments)]


def test_all_works_without_a_network(watched: Watched, tmp_path: Path) -> None:
    assert watched.names == COMMANDS
    first = watched.out("run").splitlines()[0]
    assert len(words_of(first)) >= 3
    assert [watched.out(name).splitlines()[0] for name in SERVED] == [first] * 3
    with_network = subprocess.run(
        [sys.executable, "-m", "asrd", "transcribe", str(DEMO_CLIP)],
        env=variables(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert watched.out("transcribe") == with_network.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_sent_to_another_machine(watched: Watched, name: str) -> None:
    calls = [call for call in watched.calls(name) if call.name in SENDING]
    families = {family for call in calls for family in FAMILY.findall(call.arguments)}
    assert families <= {"AF_INET", "AF_UNIX", "AF_NETLINK", "AF_UNSPEC"}
    assert set(addresses(calls)) <= {(PORT, "127.0.0.1")}
    asks = [call for call in calls if call.name == "connect" and "AF_INET" in call.arguments]
    assert bool(asks) == (name in ("listen", "type", "doctor")), "what is watched is what there is to see"


def test_the_microphone_is_asked_for_over_a_socket_of_this_machine(watched: Watched) -> None:
    (heard,) = [line for line in map(json.loads, watched.out("doctor").splitlines()) if line["what"] == "microphone"]
    assert "default gives only zeros" in heard["message"], "it has listened"
    asked = [call.arguments for call in watched.calls("doctor") if call.name == "connect"]
    assert any("AF_UNIX" in arguments and "pulse" in arguments for arguments in asked)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_name_is_looked_up(watched: Watched, name: str) -> None:
    """Who looks one up reads where to ask, loads what asks, and sends to port 53."""
    calls = list(watched.calls(name))
    assert not [call for call in calls if "htons(53)" in call.arguments]
    assert not [call for call in calls if "resolv.conf" in call.arguments or "libnss_dns" in call.arguments]


def test_the_daemon_is_found_on_this_machine_alone(watched: Watched) -> None:
    bound = addresses([call for call in watched.calls("run") if call.name == "bind"])
    assert set(bound) == {(PORT, "127.0.0.1")}


def test_what_is_written(watched: Watched) -> None:
    """By system call, so that a file that was there for a moment counts, too."""
    state = ".local/state/asrd"
    changed = {name: {path for path in watched.changed(name) if path != "/dev/null"} for name in COMMANDS}
    folders = {".local", ".local/state", state}
    token = {path for path in changed["run"] if re.fullmatch(rf"{state}/\.tokens\.json\.[0-9a-f]+\.tmp", path)}
    assert len(token) == 1
    assert changed["run"] == folders | token | {f"{state}/tokens.json"}
    assert (watched.home / state / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert (watched.home / state).stat().st_mode & 0o777 == 0o700
    for name in ("listen", "type", "transcribe"):
        assert changed[name] == set()
    # The libraries of PulseAudio and JACK make folders; the doctor tries whether its own can be written.
    usual = re.compile(r"(^|/)pulse|^\.config|^/dev/shm/jack|(^|/)\.doctor-\w+$")
    others = {path for path in changed["doctor"] if not usual.search(path)}
    assert others == set()
    assert [path.name for path in watched.temporary.iterdir() if not path.name.startswith("pulse-")] == []


def test_no_word_of_the_text_is_on_the_disk(watched: Watched) -> None:
    words = words_of(watched.out("run") + watched.out("transcribe"))
    assert len(words) > 3
    assert files_with(words, watched.home, watched.temporary) == {}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_of_the_text_is_in_a_log(watched: Watched, name: str) -> None:
    """At the highest level, -vv."""
    log = watched.log(name)
    # The daemon says which clip it plays, and that it is the demonstration.
    spoken = words_of(watched.out("run")) - {"demonstration"}
    assert not {word for word in spoken if word in words_of(log)}
    assert name != "run" or re.search(r"final 1, \d+ characters", log)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_token_is_told_to_nobody(watched: Watched, name: str) -> None:
    assert watched.secret not in watched.log(name) + watched.out(name)


def test_the_search_finds_what_there_is(watched: Watched, tmp_path: Path) -> None:
    """The tests above would not pass if they looked in the wrong way."""
    words = words_of(watched.out("run"))
    (tmp_path / "a").write_text(watched.out("run"), encoding="utf-16")
    (tmp_path / "morning.txt").touch()
    assert set(files_with(words, tmp_path)) == {tmp_path / "a", tmp_path / "morning.txt"}
    sent = [call.arguments for call in watched.calls("run") if call.name == "sendto"]
    assert any("morning" in arguments for arguments in sent), "the text goes over loopback, and was seen there"
