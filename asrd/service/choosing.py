"""The manager of services that this system has."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from asrd.service.errors import ServiceError
from asrd.service.interface import Manager
from asrd.service.launchd import LaunchdManager
from asrd.service.runner import Runner
from asrd.service.systemd import SystemdManager


def own_manager(runner: Runner, environ: Mapping[str, str], platform: str = sys.platform) -> Manager:
    """The manager of this system.

    Raises:
        ServiceError: there is none that asrd knows.
    """
    if platform == "darwin":
        return LaunchdManager(runner, Path(environ.get("HOME") or os.path.expanduser("~")))  # noqa: PTH111
    if platform.startswith("linux"):
        return SystemdManager(runner, environ)
    raise ServiceError(f"asrd knows no service manager of {platform}: have your session start `asrd run`")
