"""What tests of commands that record need of the machine."""

from __future__ import annotations

import pytest

from asrd.errors import NativeError
from asrd.source import portaudio


def need_portaudio() -> None:
    """Skip the test where the library is not installed."""
    try:
        portaudio.library()
    except NativeError as error:
        pytest.skip(str(error))
