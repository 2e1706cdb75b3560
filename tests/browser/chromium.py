"""Which browser, and how it is started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return found or (str(_MAC) if _MAC.exists() else None)


def launch_options() -> list[str]:
    """Letters as a user's high-resolution screen has them, and the same on every machine; root needs no sandbox."""
    options = ["--font-render-hinting=none", "--force-color-profile=srgb", "--disable-lcd-text"]
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*options, "--no-sandbox"] if is_root else options
