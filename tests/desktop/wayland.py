"""sway without a screen, and what tests do to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from tests.desktop.server import end, require, started, until

_TIMEOUT_S: Final = 20.0
_NOBODY: Final = 65534
_CONFIG: Final = "output HEADLESS-1 resolution 1024x640\nxwayland disable\nseat seat0 fallback true\n"


class SwayServer:
    """A compositor with a keyboard that stays: without one, a window loses the first key of each virtual keyboard.

    Attributes:
        variables: the environment of its session, beside that of this process.
    """

    def __init__(self) -> None:
        require("sway", "wtype", "wl-copy")
        self.folder = Path(tempfile.mkdtemp(prefix="asrd-sway-"))
        (self.folder / "config").write_text(_CONFIG)
        self._processes: list[subprocess.Popen[Any]] = []
        self.variables = {"XDG_RUNTIME_DIR": str(self.folder), "GDK_BACKEND": "wayland", "LC_ALL": "C.UTF-8"}
        self._start_sway()
        until(lambda: bool(self._sockets()), lambda: f"sway does not start: {(self.folder / 'log').read_text()}")
        self.variables["WAYLAND_DISPLAY"] = "wayland-1"
        self.variables["SWAYSOCK"] = str(self._sockets()[0])
        self.start(["wtype", "-s", "3600000"])

    @property
    def environment(self) -> dict[str, str]:
        """For programs that are to show their windows here."""
        kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "XAUTHORITY")}
        return {**kept, "NO_AT_BRIDGE": "1", "GTK_IM_MODULE": "gtk-im-context-simple", **self.variables}

    def start(self, command: list[str], *, talks: bool = False) -> subprocess.Popen[Any]:
        """Start a program here, which ends with the server; `talks`: through pipes, which must be read."""
        process = started(command, self.environment, talks=talks)
        self._processes.append(process)
        return process

    def run(self, *command: str, data: bytes = b"") -> bytes:
        """Run a program here; returns what it wrote."""
        done = subprocess.run(
            command,
            env=self.environment,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, " ".join(command)
        return done.stdout

    def copy(self, data: bytes, kind: str) -> None:
        """Put something into the clipboard, as a program does."""
        subprocess.run(
            ["wl-copy", "--type", kind],
            env=self.environment,
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=True,
        )

    def activate(self, title: str) -> None:
        """Give the keyboard to the window of a title."""
        self.run("swaymsg", f'[title="^{title}$"] focus')

    def close(self) -> None:
        """End all that was started here."""
        end(self._processes)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> SwayServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start_sway(self) -> None:
        command = ["sway", "-c", str(self.folder / "config")]
        if os.geteuid() == 0:  # sway refuses to run as root
            os.chown(self.folder, _NOBODY, _NOBODY)
            self.folder.chmod(0o755)
            command = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *command]
        headless = {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}
        kept = {name: value for name, value in self.environment.items() if name not in ("SWAYSOCK", "WAYLAND_DISPLAY")}
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env={**kept, **headless, "HOME": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._processes.append(process)

    def _sockets(self) -> list[Path]:
        return sorted(self.folder.glob("sway-ipc.*.sock")) if (self.folder / "wayland-1").exists() else []
