"""Shows a notice on the desktop, with a program of the system's, and without waiting for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Final

from asrd.service.trouble import Notice

_LIMIT_S: Final = 10.0
_MAX_CHARACTERS: Final = 300
_ICON: Final = "audio-input-microphone"
_SERVER: Final = ("org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.freedesktop.Notifications")
# The texts are arguments of the script: nothing in them is read as AppleScript.
_APPLE: Final = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)
Which = Callable[[str], "str | None"]


def notice_command(
    notice: Notice, environ: Mapping[str, str], platform: str = sys.platform, which: Which = shutil.which
) -> Sequence[str] | None:
    """The command that shows a notice; None where there is no desktop, or no program for it."""
    title, text = _plain(notice.title), _plain(notice.text)
    if platform == "darwin":
        lines = [word for line in _APPLE for word in ("-e", line)]
        return ("/usr/bin/osascript", *lines, title, text)
    if not _has_bus(environ):
        return None
    # Desktops read the text as markup.
    if program := which("notify-send"):
        return (program, "--app-name=asrd", f"--icon={_ICON}", "--", title, escape(text, quote=False))
    if program := which("busctl"):  # part of systemd: there where notify-send is not installed
        call = ("call", "--", *_SERVER, "Notify", "susssasa{sv}i")
        return (program, "--user", *call, "asrd", "0", _ICON, title, escape(text, quote=False), "0", "0", "-1")
    return None


def show(notice: Notice, environ: Mapping[str, str] | None = None, *, wait: bool = False) -> None:
    """Show it, in a thread of its own unless `wait`; what goes wrong is nobody's trouble."""
    command = notice_command(notice, os.environ if environ is None else environ)
    if command is None:
        return
    thread = threading.Thread(target=_run, args=(command,), name="notice", daemon=True)
    thread.start()
    if wait:
        thread.join(_LIMIT_S)


def _run(command: Sequence[str]) -> None:
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_LIMIT_S,
            check=False,
        )


def _has_bus(environ: Mapping[str, str]) -> bool:
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return bool(environ.get("DBUS_SESSION_BUS_ADDRESS")) or (runtime != "" and (Path(runtime) / "bus").exists())


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)[:_MAX_CHARACTERS]
