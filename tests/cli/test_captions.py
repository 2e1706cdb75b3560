"""`asrd captions`: real processes that write files, are killed, interrupted, and go on."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jiwer
import pysubs2
import pytest
import webvtt

from asrd.bench.daemon.process import DaemonProcess
from asrd.shipped import shipped_model
from tests.cli.commands import CHECKOUT, Cli, assert_one_line
from tests.client.fake_daemon import Client, FakeDaemon, final, partial
from tests.daemon.test_demo import MAX_ERROR, SENTENCES, word_error_rate

TIMEOUT_S = 60
FINALS = [
    final(n, f"this is utterance {n}, and it says little", start=n * 4.0, end=n * 4.0 + 3.0) for n in range(1, 31)
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(folder))
    return folder


@contextmanager
def captioning(*args: str | Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process of `asrd captions`, ended with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "asrd", "captions", *map(str, args)],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "clients")]), "PYTHONWARNINGS": "error"},
        **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options),  # type: ignore[call-overload]
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Exit code and standard error."""
    code = process.wait(TIMEOUT_S)
    assert process.stderr is not None
    return code, process.stderr.read().decode()


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def srt(path: Path) -> list[tuple[int, int, str]]:
    """The cues as an independent library reads them, after the rules that hold for every file."""
    cues = [(event.start, event.end, event.text.replace(r"\N", " ")) for event in pysubs2.load(str(path))]
    for (start, end, text), following in zip(cues, [*cues[1:], (10**9, 0, "")], strict=True):
        assert text
        assert 0 <= start < end <= following[0]
    numbers = re.findall(r"(?:\A|\n\n)(\d+)\n", path.read_text(encoding="utf-8"))
    assert list(map(int, numbers)) == list(range(1, len(cues) + 1))
    return cues


async def says_all(client: Client) -> None:
    await client.hello()
    for one in FINALS:
        await client.send(**one)
    await client.send(type="closed")
    await client.stay()


async def says_all_and_stays(client: Client) -> None:
    await client.hello()
    for one in FINALS:
        await client.send(**one)
    await client.stay()


class TestToTheEnd:
    def test_all_formats_at_once(self, cli: Cli, tmp_path: Path) -> None:
        paths = [tmp_path / f"x.{suffix}" for suffix in ("srt", "vtt", "txt", "jsonl")]
        outputs = [part for path in paths for part in ("-o", path)]
        with FakeDaemon([says_all]) as daemon:
            assert cli("captions", "--url", daemon.url, "--clock", "session", *outputs) == (0, "", "")
        cues = srt(paths[0])
        assert [text for _, _, text in cues] == [one["text"] for one in FINALS]
        assert (cues[0][0], cues[-1][0]) == (4000, 120_000)
        found = webvtt.read(str(paths[1]))
        assert [cue.text.replace("\n", " ") for cue in found] == [text for _, _, text in cues]
        assert paths[2].read_text().splitlines() == [one["text"] for one in FINALS]
        lines = [json.loads(line) for line in paths[3].read_text().splitlines()]
        assert [(line["utterance"], line["start"], line["end"]) for line in lines] == [
            (one["utterance"], one["start"], one["end"]) for one in FINALS
        ]

    @pytest.mark.parametrize(
        ("name", "begins"), [("srt", "1\n00:00:04,000 -->"), ("vtt", "WEBVTT\n\n00:00:04.000 -->"), ("txt", "this is")]
    )
    def test_standard_output(self, cli: Cli, name: str, begins: str) -> None:
        with FakeDaemon([says_all]) as daemon:
            code, out, err = cli("captions", "--url", daemon.url, "--clock", "session", "--format", name)
        assert (code, err) == (0, "")
        assert out.startswith(begins)
        assert out.count("utterance") == 30

    def test_offset_and_cue_flags(self, cli: Cli) -> None:
        flags = ["--clock", "session", "--offset", "60", "--line-length", "20", "--lines", "1", "--max", "2.5"]
        with FakeDaemon([says_all]) as daemon:
            _, out, _ = cli("captions", "--url", daemon.url, *flags)
        assert out.startswith("1\n00:01:04,000 -->")
        texts = [line for line in out.splitlines() if "-->" not in line and not line.isdigit()]
        assert max(map(len, texts)) <= 20
        assert " ".join(filter(None, texts)) == " ".join(one["text"] for one in FINALS)

    def test_replay_begins_at_the_first_of_them(self, cli: Cli) -> None:
        async def script(client: Client) -> None:
            await client.hello(*FINALS)
            await client.send(type="closed")
            await client.stay()

        with FakeDaemon([script]) as daemon:
            _, out, _ = cli("captions", "--url", daemon.url, "--replay", "2", "--session", "client-1")
        assert re.findall(r"utterance (\d+)", out) == ["29", "30"]
        assert re.findall(r"\n?(\S+) -->", out) == ["00:00:00,000", "00:00:04,000"]
        assert daemon.paths == ["/v1/stream?session=client-1"]

    def test_a_daemon_that_stops_is_waited_for_unless_told_otherwise(self, cli: Cli, tmp_path: Path) -> None:
        async def stops(client: Client) -> None:
            await client.hello()
            await client.send(**FINALS[0])
            await client.send(type="status", state="stopping", message="stopping")
            await client.send(type="closed")
            await client.close()

        async def comes_back(client: Client) -> None:
            await client.hello(run="run2")
            await client.send(**final(1, "after the restart", start=2.0, end=3.0))
            await client.send(type="closed")
            await client.stay()

        with FakeDaemon([stops]) as daemon:
            ran = cli("captions", "--url", daemon.url, "--until-closed")
        assert (ran.code, ran.out.count("-->")) == (0, 1)
        with FakeDaemon([stops, comes_back]) as daemon:
            ran = cli("captions", "--url", daemon.url, "-o", tmp_path / "x.srt")
        assert ran.code == 0
        assert "trying again" in ran.err
        assert [text for _, _, text in srt(tmp_path / "x.srt")] == [FINALS[0]["text"], "after the restart"]

    def test_its_end_was_missed(self, cli: Cli) -> None:
        async def dies(client: Client) -> None:
            await client.hello()
            await client.send(**FINALS[0])
            client.abort()

        async def another(client: Client) -> None:
            await client.hello(run="run2")
            await client.stay()

        with FakeDaemon([dies, another]) as daemon:
            ran = cli("captions", "--url", daemon.url, "--until-closed")
        assert (ran.code, ran.out.count("-->")) == (0, 1)


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_the_last_cue_is_written(self, tmp_path: Path, number: signal.Signals) -> None:
        path, lines = tmp_path / "x.srt", tmp_path / "x.txt"
        outputs: list[str | Path] = ["-o", path, "-o", lines]
        with FakeDaemon([says_all_and_stays]) as daemon, captioning("--url", daemon.url, *outputs) as process:
            until(lambda: lines.exists() and lines.read_text().count("\n") == 30)
            process.send_signal(number)
            assert ended(process) == (0, "")
        assert len(srt(path)) == 30

    def test_nohup_is_honoured(self, tmp_path: Path) -> None:
        lines = tmp_path / "x.txt"
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with FakeDaemon([says_all_and_stays]) as daemon, captioning("--url", daemon.url, "-o", lines) as process:
                until(lambda: lines.exists() and lines.read_text().count("\n") == 30)
                process.send_signal(signal.SIGHUP)
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(1.0)
        finally:
            signal.signal(signal.SIGHUP, before)

    def test_the_last_words_are_awaited(self, tmp_path: Path) -> None:
        path = tmp_path / "x.txt"
        is_stopped = threading.Event()

        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**FINALS[0])
            await client.send(**{**partial("", "the last", utterance=2), "start": 9.0, "end": 9.5})
            await asyncio.to_thread(is_stopped.wait, TIMEOUT_S)
            await client.send(**final(2, "the last words", start=9.0, end=10.0))
            await client.stay()

        with FakeDaemon([script]) as daemon, captioning("--url", daemon.url, "-o", path) as process:
            until(lambda: path.exists() and path.read_text().count("\n") == 1)
            time.sleep(0.2)  # the partial follows
            process.send_signal(signal.SIGINT)
            threading.Timer(0.3, is_stopped.set).start()
            assert ended(process) == (0, "")
        assert path.read_text().splitlines()[1:] == ["the last words"]

    def test_a_second_one_does_not_wait(self, tmp_path: Path) -> None:
        async def speaking(client: Client) -> None:
            await client.hello()
            await client.send(type="status", state="speech", message="speech")
            await client.stay()

        path = tmp_path / "x.vtt"
        with FakeDaemon([speaking]) as daemon, captioning("--url", daemon.url, "-o", path) as process:
            until(path.exists)
            time.sleep(0.2)
            began_s = time.monotonic()
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            assert ended(process) == (0, "")
            assert time.monotonic() - began_s < 2.5
        assert path.read_text() == "WEBVTT\n"

    def test_the_reader_goes_away(self) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            for n in range(1, 200):
                await client.send(**final(n, start=n * 3.0, end=n * 3.0 + 2.0))
                await asyncio.sleep(0.02)
            await client.stay()

        with FakeDaemon([script]) as daemon, captioning("--url", daemon.url, "--format", "txt") as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"text 1\n"
            process.stdout.close()
            assert ended(process) == (141, "")


class TestKilled:
    @pytest.mark.parametrize("seed", range(4))
    def test_at_any_moment_the_file_is_whole_and_can_be_gone_on_with(self, tmp_path: Path, seed: int) -> None:
        """What is lost is the cue that was pending; the rest comes with --replay."""
        path, chance = tmp_path / "x.srt", random.Random(seed)
        lines = tmp_path / "x.txt"

        async def slowly(client: Client) -> None:
            await client.hello()
            for one in FINALS:
                await client.send(**one)
                await asyncio.sleep(0.01)
            await client.stay()

        flags = ["--clock", "session", "-o", str(path), "-o", str(lines)]
        with FakeDaemon([slowly]) as daemon, captioning("--url", daemon.url, *flags) as process:
            until(path.exists)
            time.sleep(chance.uniform(0.0, 0.4))
            process.send_signal(signal.SIGKILL)
            process.wait(TIMEOUT_S)
        told = lines.read_text().splitlines() if lines.exists() else []
        written = srt(path) if path.stat().st_size else []  # killed before the first cue: no format can be told
        assert [text for _, _, text in written] == [one["text"] for one in FINALS[: len(written)]]
        assert len(written) >= len(told) - 2  # the cue that waited, and the one that was being written

        async def again(client: Client) -> None:
            await client.hello(*FINALS)
            await client.send(type="closed")
            await client.stay()

        flags = ["--clock", "session", "--append", "--replay", "1000", "-o", str(path)]
        with FakeDaemon([again]) as daemon, captioning("--url", daemon.url, *flags) as process:
            assert ended(process) == (0, "")
        assert [text for _, _, text in srt(path)] == [one["text"] for one in FINALS]


class TestAppend:
    def test_goes_on_in_number_and_time(self, cli: Cli, tmp_path: Path) -> None:
        paths = [tmp_path / "x.srt", tmp_path / "x.vtt"]
        outputs: list[str | Path] = ["-o", paths[0], "-o", paths[1]]
        with FakeDaemon([says_all]) as daemon:
            for _ in range(2):
                assert cli("captions", "--url", daemon.url, "--append", *outputs) == (0, "", "")
        cues = srt(paths[0])
        assert len(cues) == len(webvtt.read(str(paths[1]))) == 60
        assert cues[29][1] <= cues[30][0]

    def test_offset_says_where(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "x.srt"
        path.write_text("1\n00:00:01,000 --> 00:00:02,000\nby hand\n")

        async def script(client: Client) -> None:
            await client.hello(*FINALS[:1])
            await client.send(type="closed")
            await client.stay()

        with FakeDaemon([script]) as daemon:
            flags: list[str | Path] = ["--append", "--offset", "100", "--replay", "1", "-o", path]
            assert cli("captions", "--url", daemon.url, *flags).code == 0
        assert [start for start, _, _ in srt(path)] == [1000, 100_000]


class TestRefused:
    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (["-o", "x.doc"], ["x.doc", ".srt, .vtt, .txt, .jsonl", "--format"]),
            (["-o", "there.srt"], ["there.srt is there already", "--append", "--force"]),
            (["-o", "folder.srt"], ["is a folder"]),
            (["-o", "none/x.srt"], ["there is no folder none"]),
            (["-o", "a.srt", "-o", "./a.srt"], ["given twice"]),
            (["--append", "-o", "picture.srt"], ["holds something else than SRT"]),
            (["--append"], ["--append concerns a file"]),
            (["--force"], ["--force concerns a file"]),
            (["--append", "--force", "-o", "x.srt"], ["not allowed with"]),
            (["--min", "4"], ["--max 7", "--min 4"]),
            (["--line-length", "3"], ["--line-length"]),
            (["--offset", "nan"], ["--offset"]),
            (["--clock", "wall"], ["--clock"]),
        ],
        ids=str,
    )
    def test_wrong_flags(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], words: list[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "there.srt").write_text("mine")
        (tmp_path / "picture.srt").write_bytes(b"\x89PNG\xff\xfe")
        (tmp_path / "folder.srt").mkdir()
        before = sorted(tmp_path.rglob("*"))
        assert_one_line(cli("captions", *args), 2, *words)
        assert sorted(tmp_path.rglob("*")) == before
        assert (tmp_path / "there.srt").read_text() == "mine"

    def test_no_daemon_leaves_everything_as_it_was(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "x.srt"
        path.write_text("mine")
        gone: list[str | Path] = ["--server-unix-socket", tmp_path / "none"]
        assert_one_line(cli("captions", *gone, "--force", "-o", path, "-o", tmp_path / "y.vtt"), 1, "no daemon at")
        assert path.read_text() == "mine"
        assert not (tmp_path / "y.vtt").exists()
        assert_one_line(cli("captions", *gone, "--format", "vtt"), 1, "no daemon at")

    def test_force(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "x.srt"
        path.write_text("mine" * 1000)
        with FakeDaemon([says_all]) as daemon:
            assert cli("captions", "--url", daemon.url, "--force", "-o", path).code == 0
        assert len(srt(path)) == 30

    def test_a_full_disk(self, tmp_path: Path) -> None:
        """A limit on the size of files stands for it: the cue that does not fit is not there by half."""
        path = tmp_path / "x.srt"

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

        with (
            FakeDaemon([says_all]) as daemon,
            captioning("--url", daemon.url, "-o", path, preexec_fn=limit) as process,
        ):
            code, told = ended(process)
        assert code == 2
        assert re.fullmatch(r"asrd: \S+/x\.srt cannot be written \(File too large\): [^\n]+\n", told)
        assert 5 <= len(srt(path)) < 30

    def test_a_file_that_is_taken_away(self, tmp_path: Path) -> None:
        path, other = tmp_path / "x.srt", tmp_path / "x.txt"
        is_gone = threading.Event()

        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**FINALS[0])
            await asyncio.to_thread(is_gone.wait, TIMEOUT_S)
            for one in FINALS[1:]:
                await client.send(**one)
            await client.stay()

        with FakeDaemon([script]) as daemon, captioning("--url", daemon.url, "-o", path, "-o", other) as process:
            until(lambda: other.exists() and other.read_text() != "")
            path.rename(tmp_path / "rotated.srt")
            is_gone.set()
            code, told = ended(process)
        assert code == 2
        assert "x.srt cannot be written (it was removed or renamed meanwhile)" in told
        assert told.count("\n") == 1
        assert other.read_text().startswith(FINALS[0]["text"])

    def test_help_fits_80_columns(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "200")
        assert max(map(len, cli("captions", "--help").out.splitlines())) <= 80


class TestRealDaemon:
    def test_the_demonstration_clip(self, tmp_path: Path) -> None:
        """Its words, in time with it: the sentences begin where they do in the clip."""
        state = tmp_path / "state"
        state.mkdir()
        socket = tmp_path / "socket"
        paths = [tmp_path / f"x.{suffix}" for suffix in ("srt", "vtt", "jsonl")]
        outputs = [part for path in paths for part in ("-o", path)]
        flags = ["--server-unix-socket", str(socket), "--wait", "--clock", "session", "--replay", "10"]
        clip = CHECKOUT / "asrd" / "models" / "demo.opus"
        source = ["--source", f"file:{clip}", "--model", str(shipped_model())]
        with captioning(*flags, *outputs) as process:
            assert process.stderr is not None
            assert b"trying again" in process.stderr.readline()
            with DaemonProcess([*source, "--server-unix-socket", str(socket)], state) as daemon:
                code, told = ended(process)
                assert (code, told) == (0, "asrd: connected\n")
                assert daemon.wait() == 0
        cues = srt(paths[0])
        heard = [text for _, _, text in cues]
        assert word_error_rate(SENTENCES, heard) <= MAX_ERROR, heard
        assert " ".join(cue.text.replace("\n", " ") for cue in webvtt.read(str(paths[1]))) == " ".join(heard)
        lines = [json.loads(line) for line in paths[2].read_text().splitlines()]
        assert [line["text"] for line in lines] == [" ".join(line["text"].split()) for line in lines]
        assert jiwer.wer(" ".join(line["text"] for line in lines), " ".join(heard)) == 0.0
        for start, end, text in cues:
            assert 1000 <= end - start <= 7000, text
            assert all(len(line) <= 42 for line in text.split("\n")) or len(text) <= 85
