"""`asrd run` as a child process, with real clients: how it starts, what it survives, how it ends."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from websockets.sync.client import ClientConnection, connect

from asrd.bench.daemon.process import DaemonProcess
from asrd.bench.daemon.script import Saying, Script, script_of
from asrd.bench.daemon.session import Record, speak
from asrd.bench.sets.truth import Speech
from asrd.errors import AsrdError
from asrd.recognizer.engine import Recognizer
from tests.daemon.rig import PATIENCE_S

FloatArray = npt.NDArray[np.float32]
Start = Callable[..., DaemonProcess]
F_SETPIPE_SZ = 1031  # fcntl.h; in Python's module from 3.10 on, on Linux alone


@pytest.fixture
def start(tiny_model: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts daemons of the tiny model, which are gone at the end of the test."""
    daemons: list[DaemonProcess] = []

    def start(*arguments: str, source: str = "none", **environment: str) -> DaemonProcess:
        flags = ["--model", str(tiny_model), "--model-threads", "1", "--source", source, *arguments]
        daemons.append(DaemonProcess(flags, tmp_path, environment))
        return daemons[-1]

    yield start
    for daemon in daemons:
        with daemon:
            pass


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """A file with an utterance that never pauses."""
    path = tmp_path / "spoken.wav"
    soundfile.write(path, voiced(30.0), 16_000)
    return path


def voiced(seconds: float, seed: int = 1) -> FloatArray:
    """Sound that both detectors' onset takes for speech: a buzz with moving formants."""
    time = np.arange(round(seconds * 16_000)) / 16_000
    rng = np.random.default_rng(seed)
    pitch = 120 + 20 * np.sin(2 * np.pi * 2.1 * time + seed)
    phase = 2 * np.pi * np.cumsum(pitch) / 16_000
    harmonics = range(1, 25)
    formant = 700 + 400 * np.sin(2 * np.pi * 3.0 * time)
    wave = sum(np.sin(n * phase) * np.exp(-(((n * pitch - formant) / 500) ** 2)) for n in harmonics)
    noisy = np.asarray(wave) + 0.01 * rng.standard_normal(len(time))
    loud: FloatArray = (0.2 * noisy / np.abs(noisy).max() * (1.2 + np.sin(8 * np.pi * time)) / 2.2).astype(np.float32)
    return loud


def listen(daemon: DaemonProcess, *, token: str | None = None) -> ClientConnection:
    return connect(daemon.url, additional_headers={"Authorization": f"Bearer {token or daemon.token}"})


def until(client: ClientConnection, kind: str) -> list[dict[str, Any]]:
    """All messages up to the first of a kind."""
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["type"] != kind:
        seen.append(json.loads(client.recv(timeout=PATIENCE_S)))
    return seen


def rest(client: ClientConnection) -> list[dict[str, Any]]:
    """All messages up to the close of the connection."""
    return [json.loads(frame) for frame in client]


def say(daemon: DaemonProcess, samples: FloatArray, *, in_real_time: bool = False) -> Record:
    return asyncio.run(speak(daemon.url, daemon.token, script_with(samples), in_real_time=in_real_time))


def script_with(samples: FloatArray) -> Script:
    return script_of([Saying(samples, Speech(0, len(samples)))], 0)


def page(daemon: DaemonProcess, path: str) -> tuple[int, str]:
    request = urllib.request.Request(daemon.page + path, headers={"Authorization": f"Bearer {daemon.token}"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_what_a_client_says_comes_back_as_its_offline_text(start: Start, recognizer: Recognizer) -> None:
    daemon = start()
    record = say(daemon, voiced(1.5), in_real_time=True)
    (final,) = [message for _, message in record.of("final")]
    script = script_with(voiced(1.5))
    heard = np.clip(np.rint(script.samples * 32767), -32768, 32767).astype(np.float32) / 32768
    begin, end = round(final["start"] * 16_000), round(final["end"] * 16_000)
    assert final["text"] == recognizer.transcribe(heard[begin:end]).text
    assert record.of("partial")
    committed = ""
    for _, message in record.of("partial"):
        assert message["committed"].startswith(committed)
        committed = message["committed"]


def test_sigterm_during_speech_delivers_the_last_words(start: Start, spoken: Path) -> None:
    daemon = start(source=f"file:{spoken}")
    with listen(daemon) as client:
        until(client, "partial")
        daemon.signal(signal.SIGTERM)
        seen = rest(client)
    assert daemon.wait() == 0
    assert "final" in [message["type"] for message in seen]
    assert [message["state"] for message in seen if message["type"] == "status"][-1] == "stopping"
    assert client.close_code == 1001


def test_last_words_that_do_not_come_in_time_are_told_as_a_gap(start: Start, spoken: Path) -> None:
    daemon = start("--pipeline-drain-s", "0", source=f"file:{spoken}")
    with listen(daemon) as client:
        partial = until(client, "partial")[-1]
        daemon.signal(signal.SIGTERM)
        seen = rest(client)
    assert daemon.wait() == 1
    (gap,) = [message for message in seen if message["type"] == "gap"]
    assert gap["start"] == partial["start"]
    assert gap["end"] >= partial["end"]
    assert not {"final", "closed"} & {message["type"] for message in seen}


def test_a_file_that_was_played_is_closed_before_the_daemon_stops(start: Start, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", np.concatenate([voiced(1.2), np.zeros(3200, np.float32)]), 16_000)
    daemon = start(source=f"file:{tmp_path / 'short.wav'}")
    with listen(daemon) as client:
        seen = rest(client)
    assert daemon.wait() == 0
    told = [
        message.get("state", message["type"]) for message in seen if message["type"] in ("final", "closed", "status")
    ]
    assert told[-3:] == ["final", "closed", "stopping"]


def test_a_second_signal_ends_at_once(start: Start, spoken: Path) -> None:
    daemon = start(source=f"file:{spoken}")
    with listen(daemon) as client:
        until(client, "partial")
        daemon.signal(signal.SIGINT)
        daemon.signal(signal.SIGINT)
        assert daemon.wait() in (0, 1)  # 0 if the last words were faster than the second signal


def test_a_source_that_ends_by_itself_is_in_no_hurry(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    one = np.concatenate([voiced(2.0), np.zeros(16_000, np.float32)])
    soundfile.write(path, np.tile(one, 20), 16_000)
    daemon = start("--text", "--fast", "--pipeline-drain-s", "0", source=f"file:{path}")
    assert daemon.process.stdout is not None
    assert len(daemon.process.stdout.read().splitlines()) == 20
    assert daemon.wait() == 0


def test_a_clients_session_stops_with_the_daemon(start: Start) -> None:
    daemon = start()
    with listen(daemon) as client:
        client.send(json.dumps({"type": "audio", "sample_rate": 16_000}))
        client.send(np.rint(voiced(2.0) * 32767).astype("<i2").tobytes())
        until(client, "partial")
        daemon.signal()
        seen = rest(client)
    assert [message["state"] for message in seen if message["type"] == "status"][-1] == "stopping"
    assert "final" in [message["type"] for message in seen]


def test_a_stalled_reader_of_its_output_does_not_stop_the_daemon(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    one = np.concatenate([voiced(2.0), np.zeros(16_000, np.float32)])
    soundfile.write(path, np.tile(one, 100), 16_000)
    daemon = start("--text", "--fast", source=f"file:{path}")
    assert daemon.process.stdout is not None
    fcntl.fcntl(daemon.process.stdout.fileno(), F_SETPIPE_SZ, 4096)
    with listen(daemon) as client:
        finals = [message for message in rest(client) if message["type"] == "final"]
    assert len(finals) > 50, "many times what the pipe holds"
    assert len(daemon.process.stdout.read().splitlines()) == 100
    assert daemon.wait() == 0


def test_a_reader_of_its_output_that_goes_away_ends_the_daemon(start: Start, spoken: Path) -> None:
    daemon = start("--text", "--segment-max-utterance-s", "2", "--segment-preroll-ms", "100", source=f"file:{spoken}")
    assert daemon.process.stdout is not None
    daemon.process.stdout.close()
    assert daemon.wait() == 141
    assert "Traceback" not in daemon.log


def test_after_sigkill_the_next_start_is_clean(start: Start, spoken: Path, tmp_path: Path) -> None:
    socket_path = tmp_path / "asrd.sock"
    flags = ("--server-unix-socket", str(socket_path), "--history-enabled", "yes")
    daemon = start(*flags, source=f"file:{spoken}")
    daemon.signal(signal.SIGKILL)
    assert daemon.wait() == -signal.SIGKILL
    assert socket_path.exists()
    again = start(*flags)
    assert again.process.poll() is None
    again.signal()
    assert again.wait() == 0
    assert not socket_path.exists()


def test_a_file_ends_the_daemon_and_its_text_is_complete(start: Start, recognizer: Recognizer, tmp_path: Path) -> None:
    path = tmp_path / "two.wav"
    quiet = np.zeros(16_000, np.float32)
    soundfile.write(path, np.concatenate([quiet, voiced(1.2, 1), quiet, voiced(1.4, 2), quiet]), 16_000, "FLOAT")
    daemon = start("--text", "--fast", "--history-enabled", "yes", source=f"file:{path}")
    assert daemon.process.stdout is not None
    printed = daemon.process.stdout.read().splitlines()
    assert daemon.wait() == 0
    samples, _ = soundfile.read(path, dtype="float32")
    written = [
        json.loads(line) for file in (tmp_path / "asrd").rglob("*.jsonl") for line in file.read_text().splitlines()
    ]
    texts = [
        recognizer.transcribe(samples[round(one["start_s"] * 16_000) : round(one["end_s"] * 16_000)]).text
        for one in written
    ]
    assert len(printed) == 2
    assert [line.split() for line in printed] == [text.split() for text in texts]


def test_raw_samples_on_standard_input(tiny_model: Path, tmp_path: Path) -> None:
    pcm = np.rint(np.concatenate([voiced(1.2), np.zeros(16_000, np.float32)]) * 32767).astype("<i2").tobytes()
    done = subprocess.run(
        [sys.executable, "-m", "asrd", "run", "--source", "stdin", "--text", "--port", "0", "--model", str(tiny_model)],
        input=pcm,
        capture_output=True,
        env={**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert len(done.stdout.decode().splitlines()) == 1


def test_a_taken_port_is_said_before_the_model_is_loaded(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AsrdError, match=f"cannot listen on 127.0.0.1, port {port}: another program listens there"):
            start("--port", str(port))


def test_a_model_that_is_removed_while_it_runs_is_not_missed(tiny_model: Path, tmp_path: Path) -> None:
    copied = tmp_path / "model"
    shutil.copytree(tiny_model, copied)
    with DaemonProcess(["--source", "none", "--model", str(copied)], tmp_path) as daemon:
        shutil.rmtree(copied)
        assert say(daemon, voiced(1.2)).of("final")
    with pytest.raises(AsrdError, match="model"):
        DaemonProcess(["--source", "none", "--model", str(copied)], tmp_path)


def test_a_file_that_is_no_audio_ends_the_daemon_with_its_reason(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "no.wav"
    path.write_text("no audio at all")
    daemon = start(source=f"file:{path}")
    assert daemon.wait() == 1
    assert "no.wav" in daemon.log.splitlines()[-1]


BROKEN = """
import sys
import asrd.recognizer.engine as engine
from asrd.cli.main import main
from asrd.errors import NativeError
def fail(*_): raise {error}
engine.Recognizer.utterance = fail
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        ("NativeError('the library broke')", 4, "asrd: the library broke"),
        ("KeyError('x')", 70, "asrd: unexpected KeyError: 'x'; this is a bug in asrd; ASRD_DEBUG=1 shows where"),
    ],
)
def test_a_worker_that_fails_ends_the_daemon_with_its_reason(
    tiny_model: Path, tmp_path: Path, spoken: Path, error: str, code: int, sentence: str
) -> None:
    flags = ["run", "--source", f"file:{spoken}", "--port", "0", "--model", str(tiny_model)]
    done = subprocess.run(
        [sys.executable, "-c", BROKEN.format(error=error), *flags],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (code, sentence)


def test_health_metrics_and_pages(start: Start) -> None:
    daemon = start()
    say(daemon, voiced(1.2))
    status, health = page(daemon, "healthz")
    assert status == 200, health
    status, metrics = page(daemon, "metrics")
    assert status == 200
    numbers = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    assert float(numbers["asrd_finals_total"]) == 1
    assert float(numbers["asrd_audio_seconds_total"]) == pytest.approx(script_with(voiced(1.2)).audio_s, abs=0.1)
    assert float(numbers['asrd_passes_total{kind="final"}']) >= 1
    assert float(numbers["asrd_final_latency_seconds_count"]) == 1
    assert page(daemon, "overlay")[0] == 200


def test_neither_text_nor_token_is_in_the_log(start: Start) -> None:
    daemon = start("-vv")
    record = say(daemon, voiced(1.5))
    text = record.of("final")[0][1]["text"]
    daemon.signal()
    daemon.wait()
    assert daemon.token not in daemon.log
    assert text not in daemon.log
    assert daemon.token_file.stat().st_mode & 0o777 == 0o600


def test_text_is_logged_when_that_is_asked_for(start: Start) -> None:
    daemon = start("--log-text", "yes")
    text = say(daemon, voiced(1.5)).of("final")[0][1]["text"]
    daemon.signal()
    daemon.wait()
    assert text in daemon.log


def test_silent_sessions_cost_no_pass_and_leave_nothing(start: Start) -> None:
    daemon = start()
    say(daemon, np.zeros(16_000, np.float32))
    before = daemon.usage()
    for _ in range(5):
        say(daemon, np.zeros(160_000, np.float32))
    after = daemon.usage()
    assert after.threads <= before.threads
    assert after.descriptors <= before.descriptors + 1  # the last connection may not have gone yet
    _, metrics = page(daemon, "metrics")
    assert 'asrd_passes_total{kind="partial"} 0' in metrics
