"""The history: what is written, how much of it stays, and that no trouble with the disk reaches anyone."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from asrd.daemon import history as history_module
from asrd.daemon import history_files
from asrd.daemon.history import RETRY_S, SYNC_EVERY, History, HistoryClocks
from asrd.daemon.history_files import HistoryFiles, InUseError
from asrd.events import FinalEvent
from asrd.options import HistoryOptions
from asrd.values import Word

START = datetime(2026, 11, 22, 20, 45, 12, 345_678, tzinfo=timezone.utc)
RATE_HZ = 16_000
ON = HistoryOptions(enabled=True)
WITH_AUDIO = HistoryOptions(enabled=True, audio=True)


AS_ROOT = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root on Linux can mount a small disk"
)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = START
        self.monotonic_s = 100.0

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.monotonic_s += seconds

    @property
    def clocks(self) -> HistoryClocks:
        return HistoryClocks(now=lambda: self.moment, monotonic_s=lambda: self.monotonic_s)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history"


def final(utterance: int = 1, text: str = "hello world", session: str = "mic") -> FinalEvent:
    words = (Word("hello", 8000, 12_000), Word("world", 12_000, 16_001))
    return FinalEvent(session, utterance, text, "English", 8000, 24_000, words)


def noise(samples: int = RATE_HZ, seed: int = 1) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(seed).uniform(-1.2, 1.2, samples).astype(np.float32)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


class TestWhatIsWritten:
    def test_a_line(self, folder: Path, clock: Clock) -> None:
        with History(ON, folder, clock.clocks) as history:
            history.record(final(), noise())
        assert [path.name for path in folder.iterdir() if path.name != ".lock"] == ["2026-11-22.jsonl"]
        assert lines(folder) == [
            {
                "time": "2026-11-22T20:45:12.345Z",
                "session": "mic",
                "utterance": 1,
                "text": "hello world",
                "language": "English",
                "start_s": 0.5,
                "end_s": 1.5,
                "words": [
                    {"word": "hello", "start_s": 0.5, "end_s": 0.75},
                    {"word": "world", "start_s": 0.75, "end_s": 1.0},
                ],
            }
        ]

    def test_only_for_the_owner(self, folder: Path, clock: Clock) -> None:
        before = os.umask(0)
        try:
            with History(WITH_AUDIO, folder, clock.clocks) as history:
                history.record(final(), noise())
        finally:
            os.umask(before)
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert len(files) == 3  # the lock, the text, the audio
        assert {mode(path) for path in files} == {0o600}
        assert {mode(path) for path in (folder, folder / "audio", folder / "audio" / "2026-11-22")} == {0o700}

    def test_what_was_open_to_others_is_closed(self, folder: Path, clock: Clock) -> None:
        day = folder / "audio" / "2026-01-01"
        day.mkdir(parents=True)
        old = [folder / "2026-01-01.jsonl", day / "20-45-12.345Z_mic_000012.flac"]
        for path in old:
            path.touch(mode=0o644)
        for path in (folder, day.parent, day):
            path.chmod(0o755)
        with History(ON, folder, clock.clocks):
            pass
        assert [mode(path) for path in (folder, day.parent, day)] == [0o700] * 3
        assert [mode(path) for path in old] == [0o600] * 2

    def test_a_folder_elsewhere_that_a_link_names_is_left_open(
        self, folder: Path, clock: Clock, tmp_path: Path
    ) -> None:
        (tmp_path / "big disk" / "2026-01-01").mkdir(parents=True)
        (tmp_path / "big disk").chmod(0o755)
        folder.mkdir(parents=True)
        (folder / "audio").symlink_to(tmp_path / "big disk")
        with History(ON, folder, clock.clocks):
            pass
        assert mode(tmp_path / "big disk") == 0o755

    def test_a_folder_with_other_things_in_it_is_left_open(
        self, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        folder.mkdir(parents=True)
        (folder / "letters").touch(mode=0o644)
        for chmod, warnings in ((0o755, 1), (0o700, 0)):
            caplog.clear()
            folder.chmod(chmod)
            with History(ON, folder, clock.clocks) as history:
                history.record(final(), None)
            assert mode(folder) == chmod
            assert sum("chmod 700" in record.getMessage() for record in caplog.records) == warnings
        assert mode(folder / "letters") == 0o644

    def test_a_folder_of_somebody_else_is_no_trouble(
        self, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuse(_path: Path, _mode: int) -> None:
            raise PermissionError(errno.EPERM, "not yours")

        folder.mkdir(parents=True)
        (folder / "2026-01-01.jsonl").touch()
        folder.chmod(0o775)
        monkeypatch.setattr(Path, "chmod", refuse)
        with History(ON, folder, clock.clocks) as history:
            history.record(final(), None)
        assert (history.state.written, history.state.trouble) == (1, "")
        assert "chmod 700" in caplog.text

    def test_an_open_file_is_closed_to_others(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(parents=True)
        (folder / "2026-11-22.jsonl").touch(mode=0o644)
        with History(ON, folder, clock.clocks) as history:
            history.record(final(), None)
        assert mode(folder / "2026-11-22.jsonl") == 0o600

    def test_audio(self, folder: Path, clock: Clock) -> None:
        samples = noise()
        samples[0] = np.nan
        with History(WITH_AUDIO, folder, clock.clocks) as history:
            history.record(final(12, session="../x y/ü"), samples)
        (line,) = lines(folder)
        assert line["audio"] == "audio/2026-11-22/20-45-12.345Z_-x-y-_000012.flac"
        read, rate_hz = soundfile.read(folder / line["audio"], dtype="float32")
        info = soundfile.info(folder / line["audio"])
        assert (rate_hz, info.channels, info.subtype, info.format) == (RATE_HZ, 1, "PCM_16", "FLAC")
        expected = np.clip(np.nan_to_num(samples), -1.0, 32767 / 32768)  # loud audio is clipped and does not wrap
        assert np.abs(read - expected).max() <= 0.5001 / 32768

    def test_audio_is_kept_only_if_asked_for(self, folder: Path, clock: Clock) -> None:
        with History(ON, folder, clock.clocks) as history:
            history.record(final(), noise())
        assert not (folder / "audio").exists()
        assert "audio" not in lines(folder)[0]

    def test_nothing_unless_asked(self, folder: Path) -> None:
        before = threading.active_count()
        with History(HistoryOptions(), folder) as history:
            history.record(final(), noise())
            assert threading.active_count() == before
        assert not folder.exists()

    def test_difficult_text(self, folder: Path, clock: Clock) -> None:
        with History(ON, folder, clock.clocks) as history:
            for number, text in enumerate(("a\nb\u2028", "", "天气", "\ud800"), start=1):
                history.record(final(number, text), None)
        content = (folder / "2026-11-22.jsonl").read_bytes()
        assert content.count(b"\n") == 4
        assert [json.loads(line)["text"] for line in content.split(b"\n")[:4]] == ["a\nb\u2028", "", "天气", "?"]

    def test_goes_on_where_it_ended(self, folder: Path, clock: Clock) -> None:
        for number in (1, 2):
            with History(ON, folder, clock.clocks) as history:
                history.record(final(number), None)
        assert [line["utterance"] for line in lines(folder)] == [1, 2]

    def test_another_file_each_day(self, folder: Path, clock: Clock) -> None:
        with History(WITH_AUDIO, folder, clock.clocks) as history:
            history.record(final(1), noise())
            clock.pass_by(4 * 3600)
            history.record(final(2), noise())
        assert sorted(path.name for path in folder.glob("*.jsonl")) == ["2026-11-22.jsonl", "2026-11-23.jsonl"]
        assert sorted(path.name for path in (folder / "audio").iterdir()) == ["2026-11-22", "2026-11-23"]

    def test_the_clock_may_jump(self, folder: Path, clock: Clock) -> None:
        with History(ON, folder, clock.clocks) as history:
            for number, jump_s in enumerate((0, 86_400, -86_400, -86_400), start=1):
                clock.moment += timedelta(seconds=jump_s)
                history.record(final(number), None)
        days = {path.stem: path.read_text(encoding="utf-8").count("\n") for path in folder.glob("*.jsonl")}
        assert days == {"2026-11-21": 1, "2026-11-22": 2, "2026-11-23": 1}

    def test_counts(self, folder: Path, clock: Clock) -> None:
        history = History(WITH_AUDIO, folder, clock.clocks)
        for number in range(1, 4):
            history.record(final(number), noise())
        history.close()
        history.close()
        state = history.state
        assert (state.trouble, state.written, state.lost) == ("", 3, 0)
        history.record(final(4), None)  # too late
        assert history.state.lost == 1


class TestCap:
    """1 MB, the least there is, so a text file holds at most 125 000 bytes and audio of a second about 32 000."""

    def record(self, files: HistoryFiles, utterance: int, clock: Clock, flac: bytes | None = b"x" * 30_000) -> None:
        clock.pass_by(60)
        record: dict[str, object] = {"session": "mic", "utterance": utterance, "text": "x" * 1000}
        files.append(record, clock.moment, flac)

    def total(self, folder: Path) -> int:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def test_the_oldest_goes(self, folder: Path, clock: Clock) -> None:
        files = HistoryFiles(folder, 1_000_000)
        for number in range(1, 101):
            self.record(files, number, clock)
            assert self.total(folder) <= 1_000_000
            assert files.size_bytes == self.total(folder)
        kept = sorted(path.name[-11:-5] for path in (folder / "audio").rglob("*.flac"))
        assert kept == [f"{number:06d}" for number in range(101 - len(kept), 101)]
        assert 28 <= len(kept) <= 32
        assert [line["utterance"] for line in lines(folder)] == list(range(1, 101))  # text of a day lasts longer
        files.close()

    def test_text_is_deleted_too(self, folder: Path, clock: Clock) -> None:
        files = HistoryFiles(folder, 1_000_000)
        for number in range(1, 3001):
            self.record(files, number, clock, None)
        files.close()
        assert self.total(folder) <= 1_000_000
        kept = [line["utterance"] for line in lines(folder)]
        assert kept == list(range(3001 - len(kept), 3001))
        assert len(kept) > 750
        assert all(path.stat().st_size <= 125_000 for path in folder.glob("*.jsonl"))
        assert kept[0] > 1

    def test_empty_days_go(self, folder: Path, clock: Clock) -> None:
        files = HistoryFiles(folder, 1_000_000)
        for number in range(1, 100):
            clock.pass_by(86_400 / 10)
            self.record(files, number, clock)
        files.close()
        days = [path.name for path in (folder / "audio").iterdir()]
        assert len(days) <= 5
        assert all(any((folder / "audio" / day).iterdir()) for day in days)

    def test_what_was_there_before_counts(self, folder: Path, clock: Clock) -> None:
        files = HistoryFiles(folder, 1_000_000)
        for number in range(1, 20):
            self.record(files, number, clock)
        files.close()
        again = HistoryFiles(folder, 1_000_000)
        assert again.size_bytes == self.total(folder)
        again.close()
        smaller = HistoryFiles(folder, 300_000)
        self.record(smaller, 20, clock)
        assert self.total(folder) <= 300_000
        smaller.close()

    def test_files_of_others_stay(self, folder: Path, clock: Clock) -> None:
        (folder / "audio" / "2020-01-01").mkdir(parents=True)
        (folder / "audio" / "mine").mkdir()
        others = [
            folder / "notes.txt",
            folder / "2020.jsonl",
            folder / "x2020-01-01.jsonl",
            folder / "audio" / "song.flac",
            folder / "audio" / "2020-01-01" / "song.flac",
            folder / "audio" / "mine" / "20-45-12.345Z_mic_000001.flac",
        ]
        for path in others:
            path.write_bytes(b"x" * 200_000)
            os.utime(path, (0, 0))
        files = HistoryFiles(folder, 1_000_000)
        for number in range(1, 101):
            self.record(files, number, clock)
        files.close()
        assert all(path.stat().st_size == 200_000 for path in others)
        assert files.size_bytes <= 1_000_000

    def test_the_file_that_is_written_stays(self, folder: Path, clock: Clock) -> None:
        """Even if it seems the oldest, as after the clock was set back."""
        files = HistoryFiles(folder, 1_000_000)
        for number in range(1, 60):
            self.record(files, number, clock)
            for path in (folder / "audio").rglob("*.flac"):
                os.utime(path, (4e9, 4e9))
        files.close()
        assert len(list((folder / "audio").rglob("*.flac"))) < 59
        assert [line["utterance"] for line in lines(folder)] == list(range(1, 60))

    def test_files_that_the_user_deleted(self, folder: Path, clock: Clock) -> None:
        files = HistoryFiles(folder, 1_000_000)
        for number in range(1, 30):
            self.record(files, number, clock)
        for path in (folder / "audio").rglob("*.flac"):
            path.unlink()
        for number in range(30, 40):
            self.record(files, number, clock)
        files.close()
        assert len(list((folder / "audio").rglob("*.flac"))) == 10
        assert files.size_bytes == self.total(folder)


class TestRepair:
    def reopen(self, folder: Path, content: bytes) -> tuple[bytes, int]:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "2026-11-22.jsonl"
        path.write_bytes(content)
        files = HistoryFiles(folder, 1_000_000)
        files.close()
        return path.read_bytes(), files.repaired

    @pytest.mark.parametrize(
        ("content", "repaired"),
        [
            (b"", b""),
            (b'{"a":1}\n', b'{"a":1}\n'),
            (b'{"a":1}\n{"b', b'{"a":1}\n'),
            (b'{"b', b""),
            (b'{"a":1}\n{"b":2}', b'{"a":1}\n{"b":2}\n'),  # only the line end was lost
            (b'{"a":1}\n\0\0\0\0', b'{"a":1}\n'),  # as file systems do after a power failure
            (b'{"a":1}\n\0\0\0\n', b'{"a":1}\n'),
            (b'{"a":1}\n12', b'{"a":1}\n'),
            (b'{"a":1}\n{"text":"\xe5\xa4', b'{"a":1}\n'),
            (b'{"a":1}\n{"text":"' + b"x" * 200_000, b'{"a":1}\n'),
            (b'{"a":1}\n{"text":"' + b"x" * 200_000 + b'"}\n', b'{"a":1}\n{"text":"' + b"x" * 200_000 + b'"}\n'),
        ],
        ids=lambda content: f"{len(content)} {content[:24]!r}",
    )
    def test_last_lines(self, folder: Path, content: bytes, repaired: bytes) -> None:
        kept, count = self.reopen(folder, content)
        assert kept == repaired
        assert count == (len(repaired) < len(content))

    def test_what_a_link_names_is_left_alone(self, folder: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text("no history at all", encoding="utf-8")
        folder.mkdir(parents=True)
        (folder / "2026-11-21.jsonl").symlink_to(elsewhere)
        os.mkfifo(folder / "2026-11-20.jsonl")
        files = HistoryFiles(folder, 1_000_000)
        files.close()
        assert (elsewhere.read_text(encoding="utf-8"), files.repaired) == ("no history at all", 0)

    def test_it_is_told_and_goes_on(self, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
        folder.mkdir(parents=True)
        (folder / "2026-11-22.jsonl").write_text('{"utterance":1}\n{"utter', encoding="utf-8")
        with History(ON, folder, clock.clocks) as history:
            history.record(final(2), None)
        assert [line["utterance"] for line in lines(folder)] == [1, 2]
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert "not written to its end" in caplog.text

    def test_half_an_audio_file_goes(self, folder: Path) -> None:
        day = folder / "audio" / "2026-11-22"
        day.mkdir(parents=True)
        (day / "20-45-12.345Z_mic_000001.flac.part").write_bytes(b"fLaC")
        (day / "20-45-12.345Z_mic_000002.flac").write_bytes(b"fLaC")
        HistoryFiles(folder, 1_000_000).close()
        assert [path.name for path in day.iterdir()] == ["20-45-12.345Z_mic_000002.flac"]

    def test_killed_while_it_writes(self, folder: Path) -> None:
        """A real process is killed in the middle of its work: what was written before is whole at the next start."""
        script = (
            "import sys; from pathlib import Path; import numpy as np;"
            "from tests.daemon.test_history import final, WITH_AUDIO, History;"
            f"history = History(WITH_AUDIO, Path({str(folder)!r})); n = 0\n"
            "while True:\n"
            "    n += 1; history.record(final(n), np.zeros(1600, np.float32))\n"
            "    if n == 200: sys.stdout.write('x'); sys.stdout.flush()\n"
        )
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.read(1) == b"x"
            process.send_signal(signal.SIGKILL)
        clock = Clock()
        with History(WITH_AUDIO, folder, clock.clocks) as history:
            history.record(final(1, "after"), None)
        texts = lines(folder)
        assert texts
        assert any(line["text"] == "after" for line in texts)
        assert not list(folder.rglob("*.part"))


class TestTrouble:
    @contextmanager
    def opened(self, folder: Path, clock: Clock) -> Iterator[Callable[..., None]]:
        """Yields a function that records a final and returns when it has been dealt with."""
        with History(WITH_AUDIO, folder, clock.clocks) as self.history:

            def record(utterance: int = 1) -> None:
                before = self.history.state
                self.history.record(final(utterance), noise())
                wait_for(lambda: self.history.state.written + self.history.state.lost > before.written + before.lost)

            yield record

    def test_a_disk_that_is_full_and_has_room_again(
        self, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        with self.opened(folder, clock) as record:
            record(1)
            with monkeypatch.context() as broken:
                broken.setattr(history_files, "_write_all", full_after(3))
                record(2)
                assert self.history.state.trouble
                assert "No space left on device" in self.history.state.trouble
                record(3)  # not even tried
                clock.pass_by(RETRY_S - 1)
                record(4)
                clock.pass_by(2)
                record(5)  # tried in vain
            record(6)
            clock.pass_by(RETRY_S + 1)
            record(7)
            assert not self.history.state.trouble
            record(8)
        assert [line["utterance"] for line in lines(folder)] == [1, 7, 8]
        assert (self.history.state.written, self.history.state.lost) == (3, 5)
        told = [record.getMessage() for record in caplog.records]
        assert len(told) == 2
        assert "No space left on device" in told[0]
        assert "recognition goes on" in told[0]
        assert "written again; 5 finals are missing" in told[1]
        assert "hello" not in caplog.text
        assert len(list(folder.rglob("*.flac"))) == 3
        assert not list(folder.rglob("*.part"))

    def test_no_half_line_and_no_audio_without_its_line(
        self, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = HistoryFiles(folder, 1_000_000)
        record: dict[str, object] = {"session": "mic", "utterance": 1}
        files.append(record, clock.moment, None)
        before = files.size_bytes
        write_all = history_files._write_all

        def write_audio_but_no_text(descriptor: int, data: bytes) -> None:
            if data.startswith(b"{"):
                os.write(descriptor, data[:5])
                raise OSError(errno.ENOSPC, "full")
            write_all(descriptor, data)

        monkeypatch.setattr(history_files, "_write_all", write_audio_but_no_text)
        with pytest.raises(OSError, match="full"):
            files.append(record, clock.moment, b"fLaC")
        files.close()
        assert lines(folder) == [record]
        assert not list(folder.rglob("*.flac"))
        assert files.size_bytes == before

    def test_a_folder_that_was_deleted(self, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
        import shutil

        with self.opened(folder, clock) as record:
            record(1)
            shutil.rmtree(folder)
            record(2)
            (folder / "2026-11-22.jsonl").unlink()
            record(3)
        assert [line["utterance"] for line in lines(folder)] == [3]
        assert self.history.state.written == 3
        assert caplog.text.count("begun anew") == 2

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
        (tmp_path / "file").touch()
        with History(ON, tmp_path / "file" / "history", clock.clocks) as history:
            wait_for(lambda: bool(history.state.trouble))  # told before anything was said
            history.record(final(), None)
        assert history.state.lost == 1
        assert len(caplog.records) == 1
        assert "Not a directory" in caplog.text

    def test_two_daemons(self, folder: Path, clock: Clock) -> None:
        first = HistoryFiles(folder, 1_000_000)
        with pytest.raises(InUseError, match="another daemon"):
            HistoryFiles(folder, 1_000_000)
        with self.opened(folder, clock) as record:
            record(1)
            assert "another daemon writes into" in self.history.state.trouble
            first.close()
            clock.pass_by(RETRY_S)
            record(2)
        assert [line["utterance"] for line in lines(folder)] == [2]

    def test_what_nobody_expected(
        self, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(_audio: object) -> bytes:
            raise MemoryError("no more")

        with self.opened(folder, clock) as record:
            with monkeypatch.context() as patched:
                patched.setattr(history_module, "_flac", broken)
                record(1)
            clock.pass_by(RETRY_S)
            record(2)
        assert "no more" in caplog.text
        assert [line["utterance"] for line in lines(folder)] == [2]

    @AS_ROOT
    def test_a_real_disk_that_is_full(self, tmp_path: Path, clock: Clock) -> None:
        """256 kB, 30 kB an utterance: full, then room again."""
        with small_disk(tmp_path) as disk, self.opened(disk / "history", clock) as record:
            number = 0
            while not self.history.state.trouble:
                number += 1
                record(number)
                assert number < 20
            written = self.history.state.written
            assert written >= 3
            assert [line["utterance"] for line in lines(disk / "history")] == list(range(1, written + 1))
            assert len(list(disk.rglob("*.flac"))) == written
            assert "No space left" in self.history.state.trouble
            for path in disk.rglob("*.flac"):
                path.unlink()
            clock.pass_by(RETRY_S)
            record(100)
            assert not self.history.state.trouble

    @AS_ROOT
    def test_a_disk_that_is_read_only(self, tmp_path: Path, clock: Clock) -> None:
        with small_disk(tmp_path) as disk:
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            with self.opened(disk / "history", clock) as record:
                record(1)
                assert "Read-only file system" in self.history.state.trouble
                subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
                clock.pass_by(RETRY_S)
                record(2)
                assert not self.history.state.trouble
            assert [line["utterance"] for line in lines(disk / "history")] == [2]


class TestQueue:
    """A disk that takes for ever delays nobody, and what waits for it is bounded."""

    @pytest.fixture
    def stuck(self, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
        self.go_on = threading.Event()
        self.is_stuck = threading.Event()
        write_all = history_files._write_all

        def wait(descriptor: int, data: bytes) -> None:
            self.is_stuck.set()
            assert self.go_on.wait(60)
            write_all(descriptor, data)

        monkeypatch.setattr(history_files, "_write_all", wait)
        history = History(WITH_AUDIO, folder, clock.clocks)
        history.record(final(1), noise())
        assert self.is_stuck.wait(60)
        yield history
        self.go_on.set()
        history.close()

    def test_finals(
        self, stuck: History, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(history_module, "MAX_WAITING", 5)
        for number in range(2, 12):
            stuck.record(final(number), None)
        assert stuck.state.lost == 5
        self.go_on.set()
        stuck.close(60)
        assert [line["utterance"] for line in lines(folder)] == list(range(1, 7))
        assert caplog.text.count("too slow") == 1

    def test_audio_goes_before_text(self, stuck: History, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(history_module, "MAX_AUDIO_BYTES", 3 * noise().nbytes)
        for number in range(2, 12):
            stuck.record(final(number), noise())
        assert (stuck.state.lost, stuck.state.lost_audio) == (0, 7)
        self.go_on.set()
        stuck.close(60)
        assert [line["utterance"] for line in lines(folder)] == list(range(1, 12))
        assert [line["utterance"] for line in lines(folder) if "audio" in line] == [1, 2, 3, 4]

    def test_closing_does_not_wait_for_ever(self, stuck: History) -> None:
        stuck.close(0.01)
        assert stuck.state.written == 0


def test_how_often_the_disk_is_forced(folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    go_on = threading.Event()
    monkeypatch.setattr(HistoryFiles, "sync", lambda _files: synced.append(1))
    append = HistoryFiles.append

    def wait(files: HistoryFiles, *args: Any) -> None:
        assert go_on.wait(60)
        append(files, *args)

    monkeypatch.setattr(HistoryFiles, "append", wait)
    with History(ON, folder, clock.clocks) as history:
        for number in range(2 * SYNC_EVERY + 1):
            history.record(final(number), None)
        go_on.set()
        wait_for(lambda: history.state.written == 2 * SYNC_EVERY + 1)
        assert len(synced) == 3
        history.record(final(1000), None)
        wait_for(lambda: history.state.written == 2 * SYNC_EVERY + 2)
        assert len(synced) == 4


def wait_for(is_true: Callable[[], bool]) -> None:
    """The history has a thread of its own; this waits until it has done something, for a minute at most."""
    pause = threading.Event()
    for _ in range(6000):
        if is_true():
            return
        pause.wait(0.01)
    raise AssertionError("nothing happened for a minute")


def full_after(allowed_bytes: int) -> Callable[[int, bytes], None]:
    def write(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:allowed_bytes])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return write


@contextmanager
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)
