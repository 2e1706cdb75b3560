"""The whole way with a real sound server: a player, PortAudio, the daemon, and `asrd listen` as another process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from asrd.bench.daemon.process import DaemonProcess
from asrd.daemon.sources import DEMO_CLIP
from tests.audio_server.pulse import PulseServer, pulse_server, pulseaudio
from tests.daemon.rig import PATIENCE_S

__all__ = ["pulse_server", "pulseaudio"]


class Listening:
    """`asrd listen --json` beside the daemon, and its messages."""

    def __init__(self, daemon: DaemonProcess, pulse: PulseServer) -> None:
        command = ["listen", "--json", "--url", daemon.url, "--token-file", str(daemon.token_file)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "asrd", *command], stdout=subprocess.PIPE, text=True, env=pulse.environment
        )
        self.seen: list[dict[str, Any]] = []

    def until(self, kind: str, **values: object) -> dict[str, Any]:
        """The next message of a type with these values."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.seen.append(json.loads(line))
            if self.seen[-1]["type"] == kind and values.items() <= self.seen[-1].items():
                return self.seen[-1]
        raise AssertionError(f"no {kind} {values} in {[(m['type'], m.get('message')) for m in self.seen]}")

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The demonstration clip as a file that a player takes."""
    samples, rate = soundfile.read(DEMO_CLIP, dtype="float32")
    path = tmp_path / "clip.wav"
    soundfile.write(path, samples, rate)
    return path


@pytest.fixture
def daemon(pulse_server: PulseServer, tiny_model: Path, tmp_path: Path) -> Iterator[DaemonProcess]:
    """A daemon whose microphone is the sound server's."""
    flags = ["--source", "mic", "--model", str(tiny_model), "--model-threads", "1"]
    with DaemonProcess(flags, tmp_path, pulse_server.environment) as started:
        yield started


@pytest.fixture
def listening(daemon: DaemonProcess, pulse_server: PulseServer) -> Iterator[Listening]:
    """A client of the daemon."""
    opened = Listening(daemon, pulse_server)
    yield opened
    opened.close()


def test_what_is_played_is_told_to_a_client_while_it_is_said(
    pulse_server: PulseServer, listening: Listening, clip: Path
) -> None:
    listening.until("status", state="listening")
    player = pulse_server.play(clip)
    texts = [listening.until("final")["text"] for _ in range(3)]  # three sentences with pauses between them
    assert all(texts)
    assert player.wait(PATIENCE_S) == 0
    finals = [message for message in listening.seen if message["type"] == "final"]
    partials = [message for message in listening.seen if message["type"] == "partial"]
    assert {message["utterance"] for message in finals} <= {message["utterance"] for message in partials}
    assert not [message for message in listening.seen if message["type"] == "gap"]
    assert [message["seq"] for message in listening.seen] == list(range(1, len(listening.seen) + 1))


def test_a_sound_server_that_dies_is_waited_for(
    pulse_server: PulseServer, daemon: DaemonProcess, listening: Listening, clip: Path
) -> None:
    listening.until("status", state="listening")
    pulse_server.kill()
    listening.until("status", state="mic_lost")
    pulse_server.start()
    listening.until("status", state="listening")
    pulse_server.play(clip)
    listening.until("final")
    gaps = [message for message in listening.seen if message["type"] == "gap"]
    assert gaps, "the time without a microphone is announced"
    assert daemon.process.poll() is None


def test_silence_is_no_speech(pulse_server: PulseServer, daemon: DaemonProcess, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "noise.wav"
    soundfile.write(path, rng.normal(0.0, 1e-3, 32_000).astype(np.float32), 16_000)
    assert pulse_server.play(path).wait(PATIENCE_S) == 0
    daemon.signal()
    assert daemon.wait() == 0
    assert "final" not in daemon.log
