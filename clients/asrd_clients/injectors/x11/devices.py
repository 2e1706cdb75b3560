"""The devices that XTest presses keys and buttons with."""

from __future__ import annotations

from typing import Any, Final

from Xlib.ext import xinput

_NAME: Final = "XTEST"


def xtest_devices(display: Any) -> frozenset[int]:
    """Their numbers; none if the server does not tell."""
    return frozenset(int(one.deviceid) for one in _devices(display) if _NAME in str(one.name))


def xtest_keyboard(display: Any) -> int | None:
    """The keyboard that XTest presses keys of; None if the server does not tell."""
    keyboards = (one for one in _devices(display) if _NAME in str(one.name) and one.use == xinput.SlaveKeyboard)
    return next((int(one.deviceid) for one in keyboards), None)


def _devices(display: Any) -> Any:
    if display.query_extension(xinput.extname) is None:
        return ()
    return display.xinput_query_device(xinput.AllDevices).devices
