"""The functions of macOS that typing needs, each by its own name, so that tests can stand in for them.

Source: CGEvent.h, CGEventSource.h, CGWindow.h (CoreGraphics), AXUIElement.h (ApplicationServices), CarbonEventsCore.h.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import Any, Final

from asrd_clients.injectors.interface import InjectError

_CARBON: Final = "/System/Library/Frameworks/Carbon.framework/Carbon"


@dataclass(frozen=True)
class MacApi:
    """Modules of pyobjc, and Carbon.

    Attributes:
        quartz: Quartz.
        services: ApplicationServices.
        carbon: the Carbon framework, opened by ctypes.
    """

    quartz: Any
    services: Any
    carbon: Any


def load() -> MacApi:
    """Import what is needed.

    Raises:
        InjectError: this is no macOS, or pyobjc is missing.
    """
    if sys.platform != "darwin":
        raise InjectError("--method macos works on macOS alone")
    try:
        import ApplicationServices
        import Quartz
    except ImportError:
        raise InjectError(
            "typing on macOS needs pyobjc-framework-Quartz and pyobjc-framework-ApplicationServices: install asrd again"
        ) from None
    return MacApi(Quartz, ApplicationServices, ctypes.CDLL(_CARBON))
