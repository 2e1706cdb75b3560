"""What kind of graphical session this is, by its environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """Who draws the windows."""

    MACOS = "macOS"
    WINDOWS = "Windows"
    WAYLAND = "Wayland"
    X11 = "X11"
    NONE = "no graphical session"


@dataclass(frozen=True)
class Session:
    """The session.

    Attributes:
        has_x11: an X server is named: in a Wayland session that is XWayland, which reaches X11 programs alone.
        desktop: such as "GNOME"; "" if unknown.
    """

    kind: Kind
    has_x11: bool = False
    desktop: str = ""


def session(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Session:
    """The session that this process runs in."""
    variables = os.environ if environment is None else environment
    if platform == "darwin":
        return Session(Kind.MACOS)
    if platform == "win32":
        return Session(Kind.WINDOWS)
    has_x11 = bool(variables.get("DISPLAY"))
    desktop = variables.get("XDG_CURRENT_DESKTOP", "")
    if variables.get("WAYLAND_DISPLAY"):
        return Session(Kind.WAYLAND, has_x11, desktop)
    return Session(Kind.X11 if has_x11 else Kind.NONE, has_x11, desktop)
