"""The PortAudio library, through sounddevice: loaded when needed, its list of devices renewed only where that is safe.

PortAudio reads the list of devices once, when it is initialised; to renew it, it must be terminated, and that frees all
streams of the process. So whoever has a stream open holds a claim here, and nothing is renewed meanwhile.
"""

from __future__ import annotations

import atexit
import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asrd.errors import NativeError
from asrd.installing import reinstall_command
from asrd.source.quiet import native_stderr_silenced
from asrd.system_packages import SystemLibrary, install_command

_lock = threading.RLock()
_claims: set[object] = set()


def library() -> Any:
    """The module sounddevice, with PortAudio initialised.

    Raises:
        NativeError: the PortAudio library is not installed, or does not start.
    """
    # Listing the devices makes ALSA and JACK write dozens of lines about what this machine does not have.
    with _lock, native_stderr_silenced("sounddevice" not in sys.modules):
        try:
            return importlib.import_module("sounddevice")
        except OSError as error:
            remedy = f"install it again: {reinstall_command('sounddevice')}"
            if sys.platform.startswith("linux"):
                remedy = f"install it: {install_command(SystemLibrary.PORTAUDIO)}"
            raise NativeError(f"the PortAudio library, which records, cannot be loaded ({error}): {remedy}") from None
        except Exception as error:  # sounddevice.PortAudioError has no name before the import
            if type(error).__name__ != "PortAudioError":
                raise
            raise NativeError(f"PortAudio does not start ({error}): check the system's sound settings") from None


def renew_devices() -> bool:
    """Read the list of devices anew (40 to 100 ms); False, with nothing done, while a stream of this process is open.

    Raises:
        NativeError: PortAudio does not start any more.
    """
    with _lock:
        module = library()
        if _claims:
            return False
        with native_stderr_silenced(True):
            try:
                if module._initialized:  # sounddevice offers no other way
                    module._terminate()
                module._initialize()
            except module.PortAudioError as error:
                raise NativeError(
                    f"PortAudio does not start again ({error}): check the system's sound settings"
                ) from None
        return True


@contextmanager
def claimed(owner: object) -> Iterator[None]:
    """While a stream is being opened: the list stays; afterwards as well, until `release`, unless opening failed."""
    with _lock:
        _claims.add(owner)
        try:
            yield
        except BaseException:
            _claims.discard(owner)
            raise


def release(owner: object) -> None:
    """The owner's stream is closed."""
    with _lock:
        _claims.discard(owner)


def abandon() -> None:
    """A stream could not be closed: terminating PortAudio when the process ends would wait for it forever."""
    atexit.unregister(library()._exit_handler)
