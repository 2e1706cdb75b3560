"""A sound or a notification when the microphone opens and closes. Nothing that was dictated is in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, TextIO

_OPEN_STATES: Final = frozenset({"listening", "speech", "overload"})
_CLOSED_STATES: Final = frozenset({"idle", "paused", "mic_lost", "mic_permission", "stopping"})
_BELL: Final = "\a"


class Cue(Enum):
    """How to say it."""

    BELL = "bell"  # the terminal's
    SOUND = "sound"
    NOTIFICATION = "notification"


class Cues:
    """Compares each state with the one before; starts programs and never waits for them."""

    def __init__(
        self,
        cues: frozenset[Cue],
        *,
        start: Callable[[Sequence[str]], None] | None = None,
        terminal: TextIO | None = None,
        which: Callable[[str], str | None] = shutil.which,
        platform: str = sys.platform,
    ) -> None:
        """`start` starts a program; the others are the terminal to ring, the search for programs, and the platform."""
        self._cues = cues
        self._start = start or _Programs().start
        self._terminal = terminal
        self._which = which
        self._is_mac = platform == "darwin"
        self._is_listening: bool | None = None

    def state(self, state: str) -> None:
        """The session's state, as often as it is told; the first one is only remembered."""
        if state not in _OPEN_STATES | _CLOSED_STATES:
            return
        before, self._is_listening = self._is_listening, state in _OPEN_STATES
        if before is None or before == self._is_listening:
            return
        if Cue.BELL in self._cues:
            self._ring()
        commands = [self._sound()] if Cue.SOUND in self._cues else []
        commands += [self._notification()] if Cue.NOTIFICATION in self._cues else []
        for command in commands:
            if command:
                self._start(command)

    def _ring(self) -> None:
        terminal = self._terminal or sys.stderr
        if terminal.isatty():
            terminal.write(_BELL)
            terminal.flush()

    def _sound(self) -> list[str]:
        """The command that plays a sound of the desktop's own, or []."""
        if self._is_mac:
            name = "Tink" if self._is_listening else "Pop"
            return ["afplay", f"/System/Library/Sounds/{name}.aiff"] if self._which("afplay") else []
        name = "device-added" if self._is_listening else "device-removed"
        if self._which("canberra-gtk-play"):
            return ["canberra-gtk-play", "-i", name]
        if self._which("paplay"):
            return ["paplay", f"/usr/share/sounds/freedesktop/stereo/{name}.oga"]
        return []

    def _notification(self) -> list[str]:
        sentence = "listening" if self._is_listening else "not listening"
        if self._is_mac:
            script = f'display notification "{sentence}" with title "asrd"'
            return ["osascript", "-e", script] if self._which("osascript") else []
        return ["notify-send", "-t", "1500", "-a", "asrd", "asrd", sentence] if self._which("notify-send") else []


class _Programs:
    """Starts programs, and collects those that have ended; one that hangs is ended when the next is to start."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, command: Sequence[str]) -> None:
        """Start it; whether it works is its own affair."""
        self._running = [one for one in self._running if one.poll() is None]
        for old in self._running[:-3]:
            old.kill()
        nothing = subprocess.DEVNULL
        try:
            self._running.append(subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing))
        except OSError:
            return
