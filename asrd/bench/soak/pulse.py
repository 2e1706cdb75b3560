"""A private PulseAudio: what is played into its null sink is what its default microphone records.

Everything it has lies in one folder. Programs use it when they run in `environment`; PortAudio reads that only once, so
that a program has to be started for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from asrd.errors import AsrdError

SINK: Final = "speaker"
# The daemon's own format, and no rewinding, which takes the first 50 ms of a clip from the monitor: what is played at
# 16 kHz is recorded to the last bit.
EXACT: Final = "rate=16000 channels=1 format=float32le norewinds=1"
_TIMEOUT_S: Final = 20.0
_ASOUNDRC: Final = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
_FOREIGN: Final = ("PULSE_", "DBUS_", "DISPLAY", "WAYLAND_", "ALSA_", "XDG_", "PIPEWIRE_", "JACK_")


class PulseServer:
    """Runs from `start` to `stop`; `kill` and `start` again as often as wanted. A context manager."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: short, as the path of a socket may not be long; by default a new one that `stop` removes."""
        self._is_own = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="pulse-"))
        self.home = self.folder / "home"
        self.runtime = self.folder / "run"
        self._process: subprocess.Popen[bytes] | None = None
        self._players: list[subprocess.Popen[bytes]] = []
        config = self.home / ".config" / "pulse"
        config.mkdir(parents=True)
        self.runtime.mkdir(mode=0o700)
        (self.home / ".asoundrc").write_text(_ASOUNDRC, encoding="ascii")
        (config / "client.conf").write_text("autospawn = no\n", encoding="ascii")

    @property
    def environment(self) -> dict[str, str]:
        """For programs that are to record from it or play to it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "JACK_NO_START_SERVER": "1",
        }

    def start(self) -> None:
        """Start it with a null sink whose monitor is the default microphone; returns when it answers.

        Raises:
            AsrdError: it does not start.
        """
        arguments = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--log-target=stderr", "--log-level=error"]
        modules = ["module-native-protocol-unix", f"module-null-sink sink_name={SINK} {EXACT}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["pulseaudio", *arguments, *(f"--load={module}" for module in modules)],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        deadline_s = time.monotonic() + _TIMEOUT_S
        while self._ask("pactl", "info").returncode != 0:
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise AsrdError(f"PulseAudio does not start: {(self.folder / 'log').read_text().strip()}")
            time.sleep(0.05)
        self.set_default_source(f"{SINK}.monitor")

    def kill(self) -> None:
        """End it at once, as by a crash."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait(_TIMEOUT_S)
            self._process = None
            for path in (self.runtime / "pulse").glob("*"):  # a crash leaves them, and a new server looks at the pid
                path.unlink()

    def hang(self) -> None:
        """Stop it where it is: it answers nobody, and keeps all connections."""
        self._signal(signal.SIGSTOP)

    def unhang(self) -> None:
        """Take `hang` back."""
        self._signal(signal.SIGCONT)

    def play(self, path: Path, sink: str = SINK) -> subprocess.Popen[bytes]:
        """Play an audio file into a sink; the process ends with it."""
        command = ["paplay", f"--device={sink}", str(path)]
        player = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL)
        self._players = [*(one for one in self._players if one.poll() is None), player]
        return player

    def load_sink(self, name: str, options: str = EXACT) -> str:
        """Add a null sink, `options` being those of `module-null-sink`; returns the number of its module."""
        return self.pactl("load-module", "module-null-sink", f"sink_name={name}", *options.split())

    def unload_sink(self, name: str) -> None:
        """Take a null sink away, and with it its monitor, as a device that is unplugged.

        Raises:
            AsrdError: there is no such sink.
        """
        lines = self.pactl("list", "short", "modules").splitlines()
        numbers = [line.split("\t")[0] for line in lines if f"sink_name={name}" in line.split()]
        if not numbers:
            raise AsrdError(f"PulseAudio has no sink {name}: {lines}")
        self.pactl("unload-module", numbers[0])

    def set_default_source(self, name: str) -> None:
        """Make another microphone the default, such as `NAME.monitor` of a sink."""
        self.pactl("set-default-source", name)

    def pactl(self, *arguments: str) -> str:
        """What `pactl` answers.

        Raises:
            AsrdError: it fails.
        """
        answer = self._ask("pactl", *arguments)
        if answer.returncode != 0:
            raise AsrdError(f"pactl {' '.join(arguments)} fails: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def stop(self) -> None:
        """End it and all players, and remove its folder if that was made for it."""
        for player in self._players:
            player.kill()
            player.wait(_TIMEOUT_S)
        self.kill()
        if self._is_own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> PulseServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _ask(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )


def missing_programs() -> list[str]:
    """What would have to be installed."""
    return [name for name in ("pulseaudio", "pactl", "paplay") if shutil.which(name) is None]
