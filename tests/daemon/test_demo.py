"""The words themselves: the shipped model on the clip that comes with it, by every way through the daemon."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import jiwer
import pytest
import soundfile

from asrd.bench.daemon.process import DaemonProcess
from asrd.daemon.sources import DEMO_CLIP
from asrd.shipped import shipped_model
from tests.audio_server.pulse import PulseServer, pulse_server, pulseaudio
from tests.daemon.rig import PATIENCE_S
from tests.daemon.test_microphone_path import Listening

__all__ = ["pulse_server", "pulseaudio"]
SENTENCES = (
    "Good morning. You are listening to a short demonstration.",
    "While somebody speaks, the words appear on the screen. They may still change for a moment, and then they settle.",
    "After a pause the sentence is finished, and nothing of it has left this machine.",
)
MAX_ERROR = 0.15  # of a synthetic voice that the model was not trained on


def word_error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    """Of both as one text, in lower case without punctuation."""
    plain = [" ".join(re.findall(r"[a-z']+", " ".join(texts).lower())) for texts in (said, heard)]
    return float(jiwer.wer(*plain))


def test_the_demonstration_shows_its_words(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "asrd", "run", "--demo", "--port", "0"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(Path.cwd())},
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "playing the demonstration clip" in done.stderr
    heard = done.stdout.splitlines()
    assert len(heard) == len(SENTENCES)
    assert word_error_rate(SENTENCES, heard) <= MAX_ERROR, heard


def test_words_played_into_a_sound_server_reach_another_process(pulse_server: PulseServer, tmp_path: Path) -> None:
    clip = tmp_path / "clip.wav"
    samples, rate = soundfile.read(DEMO_CLIP, dtype="float32")
    soundfile.write(clip, samples, rate)
    flags = ["--source", "mic", "--model", str(shipped_model())]
    with DaemonProcess(flags, tmp_path, pulse_server.environment) as daemon:
        listening = Listening(daemon, pulse_server)
        try:
            listening.until("status", state="listening")
            pulse_server.play(clip)
            heard = [listening.until("final")["text"] for _ in SENTENCES]
        finally:
            listening.close()
    assert word_error_rate(SENTENCES, heard) <= MAX_ERROR, heard


@pytest.mark.parametrize("text", ["", "Good morning. You are listening"])
def test_the_measure_itself_notices_missing_words(text: str) -> None:
    assert word_error_rate(SENTENCES, [text]) > MAX_ERROR
