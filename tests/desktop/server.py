"""An X server without a screen, a window manager, and what tests do to them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import pytest
from PIL import Image

from tests.desktop.windows import windows_of

_TIMEOUT_S: Final = 20.0
_INSTALL: Final = Path(__file__).with_name("install.sh")
SCREEN: Final = (1024, 640)


def require(*programs: str) -> None:
    """Install what is missing if that is possible; else skip the test, or fail it under CI."""
    if not all(map(shutil.which, programs)) and shutil.which("apt-get") and os.geteuid() == 0 and "CI" in os.environ:
        subprocess.run([str(_INSTALL)], check=False, timeout=600)
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing:
        return
    reason = f"{', '.join(missing)} not installed: tests/desktop/install.sh as root"
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


def end(processes: Sequence[subprocess.Popen[Any]]) -> None:
    """End processes, the last one first, and close what they were talked to by."""
    for process in reversed(processes):
        process.terminate()  # does nothing to one that has ended
    for process in reversed(processes):
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_TIMEOUT_S)
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def until(condition: Callable[[], bool], what: Callable[[], str] | str, limit_s: float = _TIMEOUT_S) -> None:
    """Wait for something that another process does.

    Raises:
        AssertionError: it did not happen in time.
    """
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s, what if isinstance(what, str) else what()
        time.sleep(0.01)


def started(
    command: Sequence[str], environment: Mapping[str, str], pass_fds: tuple[int, ...] = (), *, talks: bool
) -> subprocess.Popen[Any]:
    """A program; `talks`: through pipes, which must be read."""
    pipe = subprocess.PIPE if talks else subprocess.DEVNULL
    return subprocess.Popen(
        command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, pass_fds=pass_fds
    )


class DesktopServer:
    """Xvfb on a free display with a window manager.

    Attributes:
        name: of the display, such as ":7".
    """

    def __init__(self, *, has_window_manager: bool = True) -> None:
        require("Xvfb", "openbox", "setxkbmap")
        self._processes: list[subprocess.Popen[Any]] = []
        reading, writing = os.pipe()
        size = f"{SCREEN[0]}x{SCREEN[1]}x24"
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
        self._start(command, (writing,))
        os.close(writing)
        with os.fdopen(reading) as answer:
            self.name = f":{answer.readline().strip()}"
        assert self.name != ":", "Xvfb does not start"
        if has_window_manager:
            self.start(["openbox", "--sm-disable"])
            self._wait_for_window_manager()

    @property
    def environment(self) -> dict[str, str]:
        """For programs that are to show their windows here."""
        kept = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "XAUTHORITY")}
        own = {"DISPLAY": getattr(self, "name", ""), "GDK_BACKEND": "x11", "LC_ALL": "C.UTF-8"}
        return {**kept, **own, "NO_AT_BRIDGE": "1", "GTK_IM_MODULE": "gtk-im-context-simple"}

    def start(self, command: Sequence[str], *, talks: bool = False) -> subprocess.Popen[Any]:
        """Start a program here, which ends with the server; `talks`: through pipes, which must be read."""
        return self._start(command, talks=talks)

    def run(self, *command: str) -> str:
        """Run a program here; returns what it wrote."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def layout(self, layout: str, variant: str = "") -> None:
        """Choose keyboard layouts ("us,ru") for all keyboards."""
        self.run("setxkbmap", "-layout", layout, "-variant", variant)

    def activate(self, title: str) -> None:
        """Give the keyboard to the window whose title matches, as a click on it does; waits for both."""
        with windows_of(self.name) as windows:
            until(lambda: windows.find(title) is not None, lambda: f"no window {title!r} among {windows.titles()}")
            window = windows.find(title)
            until(lambda: windows.activate(window), f"the window {title!r} does not get the focus")

    def keymap(self, device: int | None = None) -> str:
        """The whole keyboard map as text, for comparison: of all keyboards, or of one."""
        which = [] if device is None else ["-i", str(device)]
        return self.run("xkbcomp", "-w", "0", *which, self.name, "-")

    def screenshot(self, name: str) -> Image.Image:
        """A picture of the screen; also a file for people to look at, where ASRD_ARTEFACTS names a folder."""
        from Xlib import X
        from Xlib.display import Display

        display = Display(self.name)
        raw = display.screen().root.get_image(0, 0, *SCREEN, X.ZPixmap, 0xFFFFFFFF)
        display.close()
        picture = Image.frombytes("RGB", SCREEN, raw.data, "raw", "BGRX")
        folder = os.environ.get("ASRD_ARTEFACTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            picture.save(Path(folder) / f"{name}.png")
        return picture

    def close(self) -> None:
        """End all that was started here."""
        end(self._processes)

    def __enter__(self) -> DesktopServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(
        self, command: Sequence[str], pass_fds: tuple[int, ...] = (), *, talks: bool = False
    ) -> subprocess.Popen[Any]:
        process = started(command, self.environment, pass_fds, talks=talks)
        self._processes.append(process)
        return process

    def _wait_for_window_manager(self) -> None:
        with windows_of(self.name) as windows:
            until(windows.are_managed, "the window manager does not start")
