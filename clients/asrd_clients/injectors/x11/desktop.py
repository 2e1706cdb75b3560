"""The focused window of an X11 session, and how much the user presses.

Source of the raw events' layout: The X Input Extension, version 2.3, section "RawEvent".
"""

from __future__ import annotations

import struct
import threading
from typing import Any, Final

from Xlib import X
from Xlib.ext import ge, xinput

from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.x11.connection import close, connect, talking
from asrd_clients.injectors.x11.devices import xtest_devices
from asrd_clients.injectors.x11.own_keys import OWN_KEYS, OwnKeys

# From 2.1 on, raw events come while some program has grabbed the keyboard, too.
_VERSION: Final = (2, 2)
_RAW_KEY, _RAW_BUTTON = 13, 15
_RAW_EVENT: Final = struct.Struct("=HIIHHI")  # device, time, key or button, source, length of valuators, flags
_IS_REPEAT: Final = 1 << 16
_WHEEL: Final = range(4, 8)


class X11Desktop:
    """Watches a display through a connection of its own. What XTest presses counts, unless this process pressed it."""

    def __init__(self, display: str | None = None, own_keys: OwnKeys = OWN_KEYS) -> None:
        """Connect to a display; None: that of DISPLAY.

        Raises:
            InjectError: there is no X server, or it does not tell of keys.
        """
        self._own_keys = own_keys
        self._lock = threading.Lock()
        self._acts = 0
        self._display: Any = connect(display)
        try:
            with talking():
                self._root = self._display.screen().root
                self._active = self._display.get_atom("_NET_ACTIVE_WINDOW")
                self._xtest = self._listen()
        except InjectError:
            close(self._display)
            raise
        own_keys.watch(1)

    def focus(self) -> str:
        """See `Desktop`: the active window; and what gets the keys, where that is another program's."""
        with self._lock:
            try:
                with talking():
                    return self._focus()
            except InjectError:
                return ""

    def user_acts(self) -> int:
        """See `Desktop`: keys and mouse buttons without the wheel, a key that repeats once."""
        with self._lock:
            try:
                with talking():
                    while self._display is not None and self._display.pending_events():
                        self._acts += self._is_act(self._display.next_event())
            except InjectError:
                pass  # the server is gone; nobody acts any more
            return self._acts

    def close(self) -> None:
        """See `Desktop`."""
        with self._lock:
            if self._display is not None:
                close(self._display)
                self._display = None
                self._own_keys.watch(-1)

    def _focus(self) -> str:
        if self._display is None:
            return ""
        active = self._root.get_full_property(self._active, X.AnyPropertyType)
        window = int(active.value[0]) if active is not None and len(active.value) else 0
        focused = self._display.get_input_focus().focus
        number = int(getattr(focused, "id", focused))
        mask = int(self._display.display.info.resource_id_mask)
        if window and window & ~mask == number & ~mask:
            # Within its window, a program hands the focus on to helpers of its own, some time after it was activated.
            return f"x11:{window:#x}"
        return f"x11:{window:#x}:{number:#x}"

    def _listen(self) -> frozenset[int]:
        """Ask for raw events; returns the devices that XTest presses keys and buttons with."""
        extension = self._display.query_extension(xinput.extname)
        if extension is None:
            raise InjectError("this X server has no XInputExtension: it cannot be seen what the user does")
        major, minor = _VERSION
        xinput.XIQueryVersion(
            display=self._display.display, opcode=extension.major_opcode, major_version=major, minor_version=minor
        )
        self._root.xinput_select_events([(xinput.AllMasterDevices, 1 << _RAW_KEY | 1 << _RAW_BUTTON)])
        self._display.sync()
        return xtest_devices(self._display)

    def _is_act(self, event: Any) -> bool:
        if event.type != ge.GenericEventCode or event.evtype not in (_RAW_KEY, _RAW_BUTTON):
            return False
        _device, _time, detail, source, _valuators, flags = _RAW_EVENT.unpack_from(event.data)
        if flags & _IS_REPEAT:
            return False
        if event.evtype == _RAW_BUTTON:
            return detail not in _WHEEL
        return source not in self._xtest or not self._own_keys.is_own(detail)
