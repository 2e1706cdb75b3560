"""The service as it is installed, confined by systemd, hears a real sound server, and tells when it is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

import asrd
from tests.audio_server.pulse import EXACT, require_pulseaudio
from tests.cli.sound import need_portaudio
from tests.service.user_manager import UserManager, user_manager, wait_for

__all__ = ["user_manager"]
UNIT = "asrd.service"
_PULSE = (
    "-n",
    "--daemonize=no",
    "--exit-idle-time=-1",
    "--load=module-native-protocol-unix",
    f"--load=module-null-sink sink_name=speaker {EXACT}",
)


@pytest.fixture(scope="module")
def sound(user_manager: UserManager) -> Iterator[UserManager]:
    """With a sound server, and the service that listens to its microphone."""
    require_pulseaudio()
    need_portaudio()
    for unit in ("pulseaudio.socket", "pulseaudio.service"):  # the distribution's own, which knows no null sink
        user_manager.run("systemctl", "--user", "mask", "--now", unit)
    user_manager.write(user_manager.home / ".asoundrc", "pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    begin_sound(user_manager)
    ran = user_manager.asrd("service", "install", "--", "--port", "0")
    assert ran.returncode == 0, ran
    yield user_manager
    user_manager.asrd("service", "uninstall", "--force")


def begin_sound(manager: UserManager) -> None:
    manager.run("systemd-run", "--user", "--collect", "--unit", "sound", "pulseaudio", *_PULSE)
    wait_for(lambda: manager.run("pactl", "info").returncode == 0, "PulseAudio")
    manager.run("pactl", "set-default-source", "speaker.monitor")


def microphone(manager: UserManager) -> str:
    return str(json.loads(manager.asrd("service", "status", "--json").stdout)["state"])


def test_it_is_confined_and_hears(sound: UserManager, tmp_path: Path) -> None:
    pid = sound.show(UNIT, "MainPID")
    kept = dict(
        line.split(":\t", 1) for line in sound.run("cat", f"/proc/{pid}/status").stdout.splitlines() if ":\t" in line
    )
    assert (kept["NoNewPrivs"], kept["Seccomp"]) == ("1", "2")
    root = next(line for line in sound.run("cat", f"/proc/{pid}/mountinfo").stdout.splitlines() if " / / " in line)
    assert root.split()[5].startswith("ro,")
    assert sound.run("cat", f"/proc/{pid}/uid_map").stdout.split()[2] == "1"

    wait_for(lambda: microphone(sound) in ("listening", "speech"), "the microphone")
    samples, rate_hz = soundfile.read(Path(asrd.__file__).parent / "models" / "demo.opus", dtype="float32")
    clip = tmp_path / "clip.wav"
    soundfile.write(clip, np.concatenate([samples[: 4 * rate_hz], np.zeros(2 * rate_hz, np.float32)]), rate_hz)
    shared = sound.write(sound.home / "clip.wav", "")
    shared.write_bytes(clip.read_bytes())
    url = json.loads(sound.asrd("service", "status", "--json").stdout)["address"]
    sound.run("systemd-run", "--user", "--collect", "paplay", "--device=speaker", str(shared))
    heard = sound.asrd("listen", "--url", url, "--once", "--replay", "1")
    assert "good morning" in heard.stdout.lower(), heard
    assert "good morning" not in sound.asrd("service", "logs", "-n", "1000").stdout.lower()


def test_a_lost_microphone_is_told_on_the_desktop(sound: UserManager) -> None:
    sound.run(
        "systemd-run",
        "--user",
        "--unit",
        "watcher",
        "dbus-monitor",
        "--session",
        "interface=org.freedesktop.Notifications",
    )
    wait_for(lambda: sound.show("watcher", "ActiveState") == "active", "dbus-monitor")
    wait_for(lambda: "NameAcquired" in sound.run("journalctl", "--user", "-u", "watcher").stdout, "its watch")
    sound.run("systemctl", "--user", "kill", "--signal", "KILL", "sound")
    wait_for(lambda: microphone(sound) == "mic_lost", "the loss")

    def told() -> str:
        return sound.run("journalctl", "--user", "-u", "watcher", "-o", "cat").stdout

    wait_for(lambda: "asrd hears nothing" in told(), "a notice")
    begin_sound(sound)
    wait_for(lambda: "asrd hears again" in told(), "another")
    assert told().count("member=Notify") == 2
    sound.run("systemctl", "--user", "stop", "watcher")
