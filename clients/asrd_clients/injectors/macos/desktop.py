"""The focused field on macOS, and how much the user presses."""

from __future__ import annotations

from typing import Any, Final

from asrd_clients.injectors.macos.api import MacApi, load

_HID_STATE: Final = 1  # kCGEventSourceStateHIDSystemState: what programs post is not in it
_PRESSES: Final = (10, 1, 3, 25)  # kCGEventKeyDown, ...LeftMouseDown, ...RightMouseDown, ...OtherMouseDown
_ON_SCREEN: Final = 1  # kCGWindowListOptionOnScreenOnly
_FOCUSED: Final = "AXFocusedUIElement"


class MacDesktop:
    """Asks the accessibility interface, and where that says nothing the list of windows."""

    def __init__(self, api: MacApi | None = None) -> None:
        """Load what is needed.

        Raises:
            InjectError: this is no macOS, or pyobjc is missing.
        """
        self._api = api or load()
        self._system: Any = self._api.services.AXUIElementCreateSystemWide()

    def focus(self) -> str:
        """See `Desktop`."""
        error, element = self._api.services.AXUIElementCopyAttributeValue(self._system, _FOCUSED, None)
        if error or element is None:
            return self._front_window()
        error, pid = self._api.services.AXUIElementGetPid(element, None)
        # Equal elements have equal hashes, although each answer is an object of its own.
        return f"macos:{0 if error else pid}:{hash(element)}"

    def user_acts(self) -> int:
        """See `Desktop`."""
        count = self._api.quartz.CGEventSourceCounterForEventType
        return sum(int(count(_HID_STATE, kind)) for kind in _PRESSES)

    def close(self) -> None:
        """See `Desktop`; nothing is held."""

    def _front_window(self) -> str:
        for window in self._api.quartz.CGWindowListCopyWindowInfo(_ON_SCREEN, 0) or ():
            if window.get("kCGWindowLayer", 1) == 0:
                return f"macos:{window.get('kCGWindowOwnerPID', 0)}:window {window.get('kCGWindowNumber', 0)}"
        return ""
