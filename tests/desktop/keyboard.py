"""A keyboard that is no XTEST device: what its keys do looks like a user's doing.

XTest may press the keys of any device (XTestFakeDeviceKeyEvent), and Xvfb has one that stands for a real keyboard.
"""

from __future__ import annotations

from typing import Any, Final

from Xlib.display import Display
from Xlib.ext import xinput
from Xlib.protocol import rq

SHIFT: Final = 50
RIGHT_SHIFT: Final = 62
CONTROL: Final = 37
ALT: Final = 64
CAPS_LOCK: Final = 66
A: Final = 38
Z: Final = 52
_PRESS, _RELEASE = 1, 2  # after the first event of the input extension
_NAME: Final = "Xvfb keyboard"
_XTEST: Final = "Virtual core XTEST keyboard"


class _FakeDeviceInput(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(2),
        rq.RequestLength(),
        rq.Card8("kind"),
        rq.Card8("detail"),
        rq.Pad(2),
        rq.Card32("time"),
        rq.Pad(4 + 8 + 4 + 7),
        rq.Card8("device"),
    )


class Keyboard:
    """The keyboard of a display.

    Attributes:
        number: of the device.
        xtest: of the device whose keys XTest presses for programs.
    """

    def __init__(self, display: str) -> None:
        self._display: Any = Display(display)
        self._opcode = self._display.query_extension("XTEST").major_opcode
        self._first_event = self._display.query_extension(xinput.extname).first_event
        devices = self._display.xinput_query_device(xinput.AllDevices).devices
        numbers = {str(one.name): int(one.deviceid) for one in devices}
        self.number, self.xtest = numbers[_NAME], numbers[_XTEST]

    def press(self, keycode: int) -> None:
        """Hold a key down."""
        self._send(_PRESS, keycode)

    def release(self, keycode: int) -> None:
        """Let go of it."""
        self._send(_RELEASE, keycode)

    def tap(self, keycode: int) -> None:
        """Press and let go."""
        self.press(keycode)
        self.release(keycode)

    def close(self) -> None:
        """Disconnect; keys stay as they are."""
        self._display.close()

    def _send(self, kind: int, keycode: int) -> None:
        _FakeDeviceInput(
            display=self._display.display,
            opcode=self._opcode,
            kind=self._first_event + kind,
            detail=keycode,
            time=0,
            device=self.number,
        )
        self._display.sync()
