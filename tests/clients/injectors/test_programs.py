"""Programs that type on our behalf: what they are given, and what becomes of their errors."""

from __future__ import annotations

import json
import os
import queue
import socket
import struct
import sys
import threading
import time as real_time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from asrd_clients.injectors.clipboard.wayland import best_kind
from asrd_clients.injectors.interface import InjectError, Injector, Method
from asrd_clients.injectors.opening import open_injector
from asrd_clients.injectors.options import InjectorOptions, PasteKeys
from asrd_clients.injectors.programs import run
from asrd_clients.injectors.wayland import dotool
from asrd_clients.injectors.wayland.uinput import UinputInjector
from asrd_clients.injectors.wayland.wtype import WtypeInjector
from asrd_clients.injectors.wayland.ydotool import CHORDS, YdotoolKeys, socket_path
from asrd_clients.injectors.xdotool import XdotoolInjector
from tests.clients.injectors.clock import FakeTime

_FAKE = """#!{python}
import json, os, sys
text = sys.stdin.read()
with open({record!r}, "a") as file:
    file.write(json.dumps([sys.argv[1:], text]) + "\\n")
sys.stderr.write({error!r})
sys.exit({code})
"""
Calls = Callable[[], list[tuple[list[str], str]]]


class Programs:
    """A folder of programs that write down what they are given; all there is in PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, name: str, code: int = 0, error: str = "") -> Calls:
        record = self._folder / f"{name}.calls"
        program = self._folder / name
        program.write_text(_FAKE.format(python=sys.executable, record=str(record), error=error, code=code))
        program.chmod(0o755)
        return lambda: [tuple(json.loads(line)) for line in record.read_text().splitlines()]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-99")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("YDOTOOL_SOCKET", raising=False)
    return Programs(tmp_path)


def test_wtype_gets_text_through_its_input(programs: Programs) -> None:
    calls = programs.make("wtype")
    injector = WtypeInjector()
    injector.type("-k Return\n$(id) é\t--\x1b")
    injector.erase(201)
    injector.paste(PasteKeys.CTRL_SHIFT_V)
    injector.close()
    after = ["-p", "VoidSymbol", "-s", "60"]
    assert calls() == [
        (["-s", "1"], ""),
        (["-d", "1", "-"], "-k Return"),
        (["-k", "Return", *after], ""),
        (["-d", "1", "-"], "$(id) é"),
        (["-k", "Tab", *after], ""),
        (["-d", "1", "-"], "--"),
        (["-k", "BackSpace"] * 200 + after, ""),
        (["-k", "BackSpace", *after], ""),
        (["-M", "ctrl", "-M", "shift", "-k", "v", "-m", "shift", "-m", "ctrl", *after], ""),
    ]


def test_wtype_gets_no_more_characters_than_a_keyboard_has_keys(programs: Programs) -> None:
    calls = programs.make("wtype")
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    WtypeInjector().type(text)
    pieces = [given for _, given in calls()[1:]]
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 150


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            "Compositor does not support the virtual keyboard protocol\n",
            "GNOME and KDE.*ydotoold, then use --method ydotool",
        ),
        ("Wayland connection failed\n", "no Wayland compositor answers"),
        ("\x1b[31msomething else\nmore\n", "wtype failed: .31msomething else$"),
        ("", "wtype failed: exit code 1"),
    ],
)
def test_why_wtype_does_not_type(programs: Programs, error: str, sentence: str) -> None:
    programs.make("wtype", 1, error)
    with pytest.raises(InjectError, match=sentence) as caught:
        WtypeInjector()
    assert str(caught.value).isprintable()


def test_a_program_that_is_not_there(programs: Programs) -> None:
    for method in (Method.WTYPE, Method.XDOTOOL, Method.DOTOOL, Method.CLIPBOARD):
        with pytest.raises(InjectError, match="is not installed"):
            open_injector(method)


def test_a_program_that_does_not_end(programs: Programs, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    slow.chmod(0o755)
    begun_s = real_time.monotonic()
    with pytest.raises(InjectError, match=r"slow did not end within 0.3 s"):
        run([str(slow)], limit_s=0.3)
    assert real_time.monotonic() - begun_s < 20
    slow.chmod(0o644)
    with pytest.raises(InjectError, match="slow cannot be run"):
        run([str(slow)])


def test_xdotool(programs: Programs) -> None:
    calls = programs.make("xdotool")
    injector = XdotoolInjector()
    injector.type("-é\n" + "x" * 1500)
    injector.erase(2)
    injector.close()
    injector.close()
    typing = ["type", "--clearmodifiers", "--delay", "2", "--file", "-"]
    assert calls()[1:] == [
        (typing, "-é"),
        (["key", "--clearmodifiers", "Return"], ""),
        (typing, "x" * 1000),
        (typing, "x" * 500),
        (["key", "--clearmodifiers", "--delay", "2", "BackSpace", "BackSpace"], ""),
    ]
    assert injector.method is Method.XDOTOOL
    assert injector.can_erase


class Ydotoold:
    """The daemon's socket: what was written to the kernel."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._events: queue.Queue[bytes] = queue.Queue()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def keys(self, count: int) -> list[tuple[int, int]]:
        """So many key events, each of which is followed by a report."""
        found = []
        for _ in range(count):
            kind, code, value = struct.unpack("@llHHi", self._events.get(timeout=10))[2:]
            assert kind == 1
            assert struct.unpack("@llHHi", self._events.get(timeout=10)) == (0, 0, 0, 0, 0)
            found.append((code, value))
        return found

    def close(self) -> None:
        with suppress(OSError):  # it is closed already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._socket.close()

    def _read(self) -> None:
        while event := self._socket.recv(100):
            self._events.put(event)


@pytest.fixture
def ydotoold(tmp_path: Path, programs: Programs) -> Iterator[Ydotoold]:
    daemon = Ydotoold(tmp_path / ".ydotool_socket")
    yield daemon
    daemon.close()


def test_ydotool_presses_keys_of_a_us_keyboard(ydotoold: Ydotoold) -> None:
    injector = open_injector(Method.YDOTOOL)
    injector.type("aA\n")
    injector.erase(1)
    press = [(30, 1), (30, 0), (42, 1), (30, 1), (30, 0), (42, 0), (28, 1), (28, 0), (14, 1), (14, 0)]
    assert ydotoold.keys(len(press)) == press
    with pytest.raises(InjectError, match="ydotool types nothing but the characters of a US keyboard"):
        injector.type("é")
    injector.close()
    injector.close()
    with pytest.raises(InjectError, match="was closed"):
        injector.type("a")


def test_a_us_keyboard_has_every_ascii_character_once() -> None:
    printable = set(map(chr, range(0x20, 0x7F)))
    assert set(CHORDS) == printable | {"\n", "\t"}
    assert len(set(CHORDS.values())) == len(CHORDS)
    assert [CHORDS[one] for one in "zZ;~|?0)"] == [
        (44,),
        (42, 44),
        (39,),
        (42, 41),
        (42, 43),
        (42, 53),
        (11,),
        (42, 11),
    ]


def test_ydotool_is_not_faster_than_a_compositor(ydotoold: Ydotoold, tmp_path: Path) -> None:
    time = FakeTime()
    keys = YdotoolKeys(tmp_path / ".ydotool_socket", time.clock)
    keys.paste(PasteKeys.SHIFT_INSERT)
    assert ydotoold.keys(4) == [(42, 1), (110, 1), (110, 0), (42, 0)]
    assert time.slept == [0.002]
    keys.close()


def test_no_ydotoold(programs: Programs, tmp_path: Path) -> None:
    with pytest.raises(InjectError, match=r"no ydotoold \(1.0 or newer\) answers at .*ydotool_socket"):
        open_injector(Method.YDOTOOL)
    stream = socket.socket(socket.AF_UNIX)  # as releases before 1.0 have it
    stream.bind(str(tmp_path / ".ydotool_socket"))
    with pytest.raises(InjectError, match=r"1\.0 or newer"):
        open_injector(Method.YDOTOOL)
    stream.close()


def test_ydotoold_goes_away(ydotoold: Ydotoold) -> None:
    injector = open_injector(Method.YDOTOOL)
    ydotoold.close()
    with pytest.raises(InjectError, match="ydotoold is gone"):
        injector.type("a")
    injector.close()


def test_where_ydotoold_listens() -> None:
    assert socket_path({"YDOTOOL_SOCKET": "/a", "XDG_RUNTIME_DIR": "/b"}) == Path("/a")
    assert socket_path({"XDG_RUNTIME_DIR": "/b"}) == Path("/b/.ydotool_socket")
    assert socket_path({}) == Path("/tmp/.ydotool_socket")


@pytest.fixture
def uinput(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uinput").touch()
    monkeypatch.setattr(dotool, "DEVICE", str(tmp_path / "uinput"))


@pytest.mark.usefixtures("uinput")
def test_dotool_reads_actions(programs: Programs) -> None:
    calls = programs.make("dotool")
    injector = open_injector(Method.DOTOOL)
    injector.type(" a b\n")
    injector.erase(2)
    injector.close()
    injector.close()
    lines = ["typedelay 2", "keydelay 2", "key space", "type a", "key space", "type b", "key enter"]
    assert calls() == [([], "\n".join([*lines, "key backspace", "key backspace", ""]))]
    with pytest.raises(InjectError, match="dotool has ended"):
        injector.type("a")


def test_no_text_is_an_action_of_its_own() -> None:
    found = list(dotool.actions("key ctrl+alt+delete\nclick left\t" + "x" * 900))
    assert all(line.startswith(("type ", "key space", "key enter", "key tab")) for line in found)
    assert max(map(len, found)) <= 405
    assert "".join(line[5:] for line in found if line.startswith("type x")) == "x" * 900


def test_dotool_may_not_type(programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs.make("dotool")
    monkeypatch.setattr(dotool, "DEVICE", str(tmp_path / "none"))
    with pytest.raises(InjectError, match="write access to /dev/uinput: add this user to the group input"):
        open_injector(Method.DOTOOL)


class Pasting:
    """An injector that writes down what it is given."""

    method = Method.CLIPBOARD
    can_erase = True

    def __init__(self) -> None:
        self.typed: list[str] = []

    def type(self, text: str) -> None:
        self.typed.append(text)

    def erase(self, count: int) -> None:
        raise AssertionError(count)

    def close(self) -> None:
        self.typed.append("closed")


def test_other_text_than_ascii_is_pasted(ydotoold: Ydotoold) -> None:
    pasting: Injector = Pasting()
    assert isinstance(pasting, Pasting)
    injector = UinputInjector(Method.YDOTOOL, YdotoolKeys(), pasting)
    injector.type("a")
    injector.type("naïve\x00 text")
    injector.close()
    assert ydotoold.keys(2) == [(30, 1), (30, 0)]
    assert pasting.typed == ["naïve text", "closed"]


@pytest.mark.parametrize(
    ("kinds", "best"),
    [
        (["text/html", "text/plain"], "text/plain"),
        (["text/html", "image/bmp", "image/png"], "image/png"),
        (["text/html", "image/bmp"], "image/bmp"),
        (["text/plain", "text/uri-list"], "text/uri-list"),
        (["application/x"], "application/x"),
        ([], None),
    ],
)
def test_the_kind_of_data_that_is_kept(kinds: list[str], best: str | None) -> None:
    assert best_kind(kinds) == best


def test_the_options_have_sane_values() -> None:
    options = InjectorOptions()
    assert 0 < options.pause_ms < 50
    assert options.settle_ms >= 100
    assert os.sep not in options.paste_keys.value
