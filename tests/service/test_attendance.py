"""What a daemon tells about itself: to systemd, to the desktop, to the record of runs."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from asrd.events import FinalEvent, State, StatusEvent
from asrd.service import desktop
from asrd.service.attendance import Attendant
from asrd.service.desktop import notice_command, show
from asrd.service.exits import BURST, BURST_S, is_too_often, killed_by, meaning_of
from asrd.service.logfile import LogFile
from asrd.service.runs import Run, RunRecord, is_alive
from asrd.service.sd_notify import ManagerSocket
from asrd.service.trouble import LASTING_S, QUIET_S, Notice, Trouble


@dataclass
class Place:
    """Both an address and a model's folder."""

    url: str = "ws://127.0.0.1:1/v1/stream"
    name: str = "nano"

    def __str__(self) -> str:
        return self.url


class Manager:
    """A socket as systemd's."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def told(self) -> list[str]:
        found: list[str] = []
        with suppress(BlockingIOError):
            while True:
                found.append(self.socket.recv(4096).decode())
        return found


@pytest.fixture
def short_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A socket's path may not be long."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def manager(short_folder: Path) -> Iterator[Manager]:
    made = Manager("notify")
    yield made
    made.socket.close()


def socket_for(folder: Path, **more: str) -> ManagerSocket:
    link = Path("/tmp") / f"asrd-test-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    return ManagerSocket({"NOTIFY_SOCKET": f"{link}/notify", **more}, os.getpid())


@pytest.fixture(autouse=True)
def _no_link() -> Iterator[None]:
    yield
    (Path("/tmp") / f"asrd-test-{os.getpid()}").unlink(missing_ok=True)


class TestSdNotify:
    def test_messages(self, manager: Manager, short_folder: Path) -> None:
        told = socket_for(short_folder)
        told.ready("ready: here")
        told.status("a\nREADY=0\x1b b")
        told.alive()
        told.stopping()
        assert manager.told() == ["READY=1\nSTATUS=ready: here", "STATUS=a READY=0  b", "WATCHDOG=1", "STOPPING=1"]
        told.status("x" * 10_000)
        assert len(manager.told()[0]) == 207

    def test_abstract_names(self) -> None:
        name = f"asrd-test-{os.getpid()}"
        try:
            made = Manager(f"\0{name}")
        except OSError:
            pytest.skip("this system has no abstract sockets")
        ManagerSocket({"NOTIFY_SOCKET": f"@{name}"}, 1).alive()
        assert made.told() == ["WATCHDOG=1"]
        made.socket.close()

    @pytest.mark.parametrize("named", ["", "relative", "vsock:2:1", "/nowhere/notify"])
    def test_nobody_listens(self, named: str) -> None:
        told = ManagerSocket({"NOTIFY_SOCKET": named, "WATCHDOG_USEC": "1"}, 1)
        told.ready("")
        assert named.startswith("/") or told.watchdog_s is None

    def test_a_manager_that_does_not_read_holds_nothing_up(self, manager: Manager, short_folder: Path) -> None:
        told = socket_for(short_folder)
        for _ in range(10_000):
            told.alive()
        assert manager.told()

    @pytest.mark.parametrize(
        ("variables", "wanted"),
        [
            ({"WATCHDOG_USEC": "60000000"}, 60.0),
            ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
            ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
            ({"WATCHDOG_USEC": "0"}, None),
            ({"WATCHDOG_USEC": "-1"}, None),
            ({"WATCHDOG_USEC": "²"}, None),
            ({}, None),
        ],
    )
    def test_watchdog(self, short_folder: Path, variables: dict[str, str], wanted: float | None) -> None:
        assert socket_for(short_folder, **variables).watchdog_s == wanted


class TestTrouble:
    def test_what_lasts_is_told_once(self) -> None:
        trouble = Trouble()
        assert trouble.wait_s(0.0) is None
        assert trouble.take(State.MIC_LOST, "unplugged", 0.0) is None
        assert trouble.due(LASTING_S - 0.1) is None
        assert trouble.take(State.MIC_LOST, "no microphone", 1.0) is None
        assert trouble.wait_s(1.0) == LASTING_S - 1.0
        assert trouble.due(LASTING_S) == Notice("asrd hears nothing", "no microphone")
        assert trouble.due(LASTING_S + 1.0) is None
        assert trouble.take(State.MIC_LOST, "still", 12.0) is None
        assert trouble.wait_s(12.0) is None
        assert trouble.take(State.LISTENING, "listening to 'Mic'", 20.0) == Notice(
            "asrd hears again", "listening to 'Mic'"
        )

    def test_what_mends_itself_is_not_told(self) -> None:
        trouble = Trouble()
        trouble.take(State.MIC_LOST, "asleep", 0.0)
        assert trouble.take(State.LISTENING, "", 2.0) is None
        assert trouble.due(100.0) is None

    def test_permission(self) -> None:
        trouble = Trouble()
        trouble.take(State.MIC_PERMISSION, "allow it", 0.0)
        assert trouble.due(LASTING_S) == Notice("asrd may not use the microphone", "allow it")

    def test_quiet_for_a_while(self) -> None:
        trouble = Trouble()
        trouble.take(State.MIC_LOST, "", 0.0)
        assert trouble.due(LASTING_S)
        trouble.take(State.LISTENING, "", 11.0)
        trouble.take(State.MIC_LOST, "again", 12.0)
        assert trouble.wait_s(12.0) == LASTING_S + QUIET_S - 12.0
        assert trouble.due(12.0 + LASTING_S) is None
        assert trouble.due(LASTING_S + QUIET_S) == Notice("asrd hears nothing", "again")

    def test_overload_says_nothing_about_the_microphone(self) -> None:
        trouble = Trouble()
        trouble.take(State.MIC_LOST, "", 0.0)
        assert trouble.take(State.OVERLOAD, "", 1.0) is None
        assert trouble.due(LASTING_S)

    @pytest.mark.parametrize("state", [State.PAUSED, State.IDLE, State.STOPPING])
    def test_a_closed_microphone_is_no_trouble(self, state: State) -> None:
        trouble = Trouble()
        trouble.take(State.MIC_LOST, "", 0.0)
        trouble.due(LASTING_S)
        assert trouble.take(state, "", 11.0) is None
        assert trouble.take(State.LISTENING, "", 12.0) is None


def which(*names: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in names else None


class TestDesktop:
    BUS: ClassVar = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1/bus"}
    EVIL = Notice("--title <b>", 'a" & do shell script "x" <img src=x>\n\x1b -- \\')
    PLAIN = 'a" & do shell script "x" <img src=x>   -- \\'
    MARKUP = 'a" &amp; do shell script "x" &lt;img src=x&gt;   -- \\'

    def test_notify_send(self) -> None:
        command = notice_command(self.EVIL, self.BUS, "linux", which("notify-send", "busctl"))
        assert command is not None
        assert list(command) == [
            *("/usr/bin/notify-send", "--app-name=asrd", "--icon=audio-input-microphone"),
            *("--", "--title <b>", self.MARKUP),
        ]

    def test_busctl(self) -> None:
        command = notice_command(self.EVIL, self.BUS, "linux", which("busctl"))
        assert command is not None
        shown = ("--title <b>", self.MARKUP)
        assert list(command)[-8:] == ["asrd", "0", "audio-input-microphone", *shown, "0", "0", "-1"]
        assert list(command)[:4] == ["/usr/bin/busctl", "--user", "call", "--"]

    def test_mac(self) -> None:
        command = notice_command(self.EVIL, {}, "darwin", which())
        assert command is not None
        assert list(command)[-2:] == ["--title <b>", self.PLAIN]
        assert self.PLAIN not in " ".join(list(command)[:-1])

    def test_none(self, tmp_path: Path) -> None:
        assert notice_command(self.EVIL, self.BUS, "linux", which()) is None
        assert notice_command(self.EVIL, {}, "linux", which("busctl")) is None
        runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}
        assert notice_command(self.EVIL, runtime, "linux", which("busctl")) is None
        (tmp_path / "bus").touch()
        assert notice_command(self.EVIL, runtime, "linux", which("busctl")) is not None

    def test_shown_for_real(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = tmp_path / "notify-send"
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/shown\n', encoding="ascii")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setattr(sys, "platform", "linux")
        show(Notice("t", "x"), {**self.BUS}, wait=True)
        assert (tmp_path / "shown").read_text(encoding="ascii").splitlines()[-2:] == ["t", "x"]

    def test_what_fails_is_nobody_s_trouble(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: object, **__: object) -> None:
            raise subprocess.TimeoutExpired("notify-send", 1.0)

        monkeypatch.setattr(subprocess, "run", fails)
        monkeypatch.setattr(desktop, "notice_command", lambda *_: ("x",))
        show(Notice("t", "x"), self.BUS, wait=True)


class TestAttendant:
    @pytest.fixture
    def record(self, tmp_path: Path) -> RunRecord:
        record = RunRecord(tmp_path / "state")
        record.add(Run(os.getpid(), 1.0))
        return record

    def test_ready_and_alive(self, manager: Manager, short_folder: Path, record: RunRecord) -> None:
        async def run() -> list[str]:
            attendant = Attendant(socket_for(short_folder, WATCHDOG_USEC="30000"), record, None)
            attendant.ready(Place(), Place())
            told = manager.told()
            while len(told) < 5:
                await asyncio.sleep(0.005)
                told += manager.told()
            return told

        told = asyncio.run(asyncio.wait_for(run(), 20.0))
        assert told[0] == "READY=1\nSTATUS=ready: ws://127.0.0.1:1/v1/stream, model nano"
        assert told[1:5] == ["WATCHDOG=1"] * 4
        assert record.runs()[-1].url == "ws://127.0.0.1:1/v1/stream"
        assert record.runs()[-1].model == "nano"

    def test_states(self, manager: Manager, short_folder: Path, record: RunRecord) -> None:
        async def run() -> None:
            attendant = Attendant(socket_for(short_folder), record, None)
            attendant.event(StatusEvent("main", State.LISTENING, "listening to 'Mic'"))
            attendant.event(StatusEvent("other", State.LISTENING, "not the daemon's own"))
            attendant.event(FinalEvent("main", 1, "a secret", "English", 0, 1))
            attendant.event(StatusEvent("main", State.STOPPING, "the daemon is stopping"))

        asyncio.run(run())
        assert manager.told() == ["STATUS=listening to 'Mic'", "STOPPING=1", "STATUS=the daemon is stopping"]

    def test_trouble_is_told_when_it_has_lasted(self, record: RunRecord) -> None:
        now_s = 0.0
        shown: list[Notice] = []

        async def run() -> None:
            nonlocal now_s
            loop = asyncio.get_running_loop()
            later: list[tuple[float, Callable[[], None]]] = []

            class Timer:
                def cancel(self) -> None:
                    later.clear()

            def call_later(delay_s: float, call: Callable[[], None]) -> Timer:
                later.append((delay_s, call))
                return Timer()

            loop.call_later = call_later  # type: ignore[method-assign, assignment]
            attendant = Attendant(ManagerSocket({}, 1), record, shown.append, now_s=lambda: now_s)
            attendant.event(StatusEvent("main", State.MIC_LOST, "unplugged"))
            now_s = 2.0
            attendant.event(StatusEvent("main", State.MIC_LOST, "no microphone"))
            assert [delay_s for delay_s, _ in later] == [LASTING_S - 2.0]
            now_s = LASTING_S
            later.pop()[1]()
            assert shown == [Notice("asrd hears nothing", "no microphone")]
            attendant.event(StatusEvent("main", State.SPEECH, "speech"))
            assert shown[1:] == [Notice("asrd hears again", "speech")]
            assert later == []

        asyncio.run(run())

    def test_a_desktop_that_fails_does_not_end_the_daemon(self, record: RunRecord) -> None:
        def fails(_notice: Notice) -> None:
            raise RuntimeError("can't start new thread")

        attendant = Attendant(ManagerSocket({}, 1), record, fails)
        attendant._tell(Notice("", ""))


class TestLogFile:
    def test_kept_small_while_it_is_written(self, tmp_path: Path) -> None:
        path = tmp_path / "asrd.log"
        with path.open("wb", buffering=0) as stream:  # not even appending
            log = LogFile(path, 100, stream.fileno())
            stream.write(b"a" * 100)
            log.keep_small()
            assert not (tmp_path / "asrd.log.1").exists()
            stream.write(b"b\n")
            log.keep_small()
            assert (tmp_path / "asrd.log.1").read_bytes() == b"a" * 100 + b"b\n"
            stream.write(b"next\n")
            assert path.read_bytes() == b"next\n"
            stream.write(b"c" * 200)
            log.keep_small()
            assert (tmp_path / "asrd.log.1").read_bytes() == b"next\n" + b"c" * 200
            assert path.read_bytes() == b""
        assert sorted(one.name for one in tmp_path.iterdir()) == ["asrd.log", "asrd.log.1"]
        assert (tmp_path / "asrd.log.1").stat().st_mode & 0o777 == 0o600

    def test_another_file_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "asrd.log").write_bytes(b"x" * 1000)
        with (tmp_path / "mine").open("wb", buffering=0) as stream:
            stream.write(b"y" * 1000)
            LogFile(tmp_path / "asrd.log", 10, stream.fileno()).keep_small()
            LogFile(tmp_path / "absent", 10, stream.fileno()).keep_small()
        assert (tmp_path / "asrd.log").stat().st_size == (tmp_path / "mine").stat().st_size == 1000

    def test_what_cannot_be_copied_is_logged(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        path = tmp_path / "asrd.log"
        (tmp_path / "asrd.log.1.tmp").mkdir()
        with path.open("ab") as stream:
            stream.write(b"x" * 1000)
            stream.flush()
            LogFile(path, 10, stream.fileno()).keep_small()
        assert "cannot be kept small" in caplog.text
        assert path.stat().st_size == 1000


class TestRuns:
    def test_the_last_ones(self, tmp_path: Path) -> None:
        record = RunRecord(tmp_path / "state")
        assert record.runs() == []
        for number in range(15):
            record.add(Run(number, float(number)))
            record.change(code=number, ended_s=0.0)
        assert [run.code for run in record.runs()] == list(range(5, 15))
        record.forgive()
        assert not any(run.counts for run in record.runs())
        record.remove()
        assert list((tmp_path / "state").iterdir()) == []

    @pytest.mark.parametrize("content", ["", "{", "[3]", '[{"pid": 1, "more": 2}]', "\udcff", "{}"])
    def test_damaged(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "service-runs.json").write_bytes(content.encode("utf-8", "surrogateescape"))
        record = RunRecord(tmp_path)
        assert record.runs() == []
        record.change(code=1)
        record.forgive()
        record.add(Run(1, 2.0))
        assert record.runs() == [Run(1, 2.0)]

    def test_where_nothing_can_be_written(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        (tmp_path / "file").touch()
        RunRecord(tmp_path / "file" / "state").add(Run(1, 2.0))
        assert "cannot be written" in caplog.text

    def test_alive(self) -> None:
        assert is_alive(Run(os.getpid(), 0.0))
        assert not is_alive(Run(os.getpid(), 0.0, ended_s=1.0, code=0))
        with subprocess.Popen(["/bin/true"]) as process:
            process.wait()
        assert not is_alive(Run(process.pid, 0.0))


class TestExits:
    def test_meanings(self) -> None:
        assert meaning_of(0) == "exit code 0: it was stopped"
        assert meaning_of(2) == "exit code 2: a setting"
        assert meaning_of(5) == "exit code 5: another program listens on its address"
        assert meaning_of(143) == "exit code 143: killed by SIGTERM"
        assert meaning_of(99) == "exit code 99: for a reason that its log tells"
        assert killed_by(9) == "killed by SIGKILL"
        assert killed_by(250) == "killed by signal 250"

    def test_too_often(self) -> None:
        starts = [float(number) for number in range(BURST)]
        assert is_too_often(starts, 10.0)
        assert not is_too_often(starts[1:], 10.0)
        assert not is_too_often(starts, BURST_S)
        assert not is_too_often([1e12] * 10, 10.0)  # the clock was set back
