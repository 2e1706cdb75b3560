"""The private PulseAudio of `asrd.bench.soak.pulse` for tests.

PortAudio reads its environment only once, so that tests record in processes of their own
(`tests.audio_server.recorder`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asrd.bench.soak.pulse import EXACT, PulseServer, missing_programs

__all__ = ["EXACT", "PulseServer", "pulse_server", "pulseaudio", "require_pulseaudio"]
_INSTALL = Path(__file__).with_name("install.sh")


def require_pulseaudio() -> None:
    """Install PulseAudio if that is possible; else skip the test, or fail it under CI."""
    if missing_programs() and sys.platform.startswith("linux") and os.geteuid() == 0:
        subprocess.run([str(_INSTALL)], check=False, timeout=600)
    missing = missing_programs()
    if not missing:
        return
    reason = f"{', '.join(missing)} not installed: tests/audio_server/install.sh as root"
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def pulseaudio() -> None:
    """PulseAudio is installed."""
    require_pulseaudio()


@pytest.fixture
def pulse_server(pulseaudio: None) -> Iterator[PulseServer]:
    """A server of the test's own; it starts in a tenth of a second."""
    with PulseServer() as server:
        yield server
