"""Every way to type, by its name; what each needs is imported when it is opened."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Final

from asrd_clients.injectors.clipboard.interface import Clipboard, Keys
from asrd_clients.injectors.interface import Desktop, InjectError, Injector, Method
from asrd_clients.injectors.options import InjectorOptions, PasteKeys
from asrd_clients.injectors.session import Kind, session
from asrd_clients.injectors.unknown import UnknownDesktop
from asrd_clients.injectors.wayland.uinput import KernelKeys

PURPOSE: Final[Mapping[Method, str]] = {
    Method.X11: "any text into any X11 window",
    Method.XDOTOOL: "X11 through the program xdotool; a slow window can miss a character that the layout lacks",
    Method.WTYPE: "any text into any Wayland window",
    Method.YDOTOOL: "keys of a US keyboard through the kernel; with wl-clipboard, other text is pasted",
    Method.DOTOOL: "keys of a US keyboard through the kernel; with wl-clipboard, other text is pasted",
    Method.MACOS: "any text into any window",
    Method.WINDOWS: "any text into any window",
    Method.CLIPBOARD: "pastes; what was in the clipboard is put back",
    Method.STDOUT: "a line for each final",
}


def open_watching(kind: Kind) -> Desktop:
    """Open what watches the desktop of a session.

    Raises:
        InjectError: the session does not answer, or what is needed is not installed.
    """
    if kind is Kind.X11:
        _need_xlib()
        from asrd_clients.injectors.x11.desktop import X11Desktop

        return X11Desktop()
    if kind is Kind.WAYLAND:
        from asrd_clients.injectors.wayland.sway import SwayDesktop

        return SwayDesktop()
    if kind is Kind.MACOS:
        from asrd_clients.injectors.macos.desktop import MacDesktop

        return MacDesktop()
    if kind is Kind.WINDOWS:
        from asrd_clients.injectors.windows import WindowsDesktop

        return WindowsDesktop()
    return UnknownDesktop()


def _x11(options: InjectorOptions) -> Injector:
    _need_xlib()
    from asrd_clients.injectors.x11.injector import X11Injector

    return X11Injector(options)


def _xdotool(options: InjectorOptions) -> Injector:
    from asrd_clients.injectors.xdotool import XdotoolInjector

    return XdotoolInjector(options)


def _wtype(options: InjectorOptions) -> Injector:
    from asrd_clients.injectors.wayland.wtype import WtypeInjector

    return WtypeInjector(options)


def _ydotool(options: InjectorOptions) -> Injector:
    from asrd_clients.injectors.wayland.uinput import UinputInjector
    from asrd_clients.injectors.wayland.ydotool import YdotoolKeys

    keys = YdotoolKeys()
    return UinputInjector(Method.YDOTOOL, keys, _beside(keys, options))


def _dotool(options: InjectorOptions) -> Injector:
    from asrd_clients.injectors.wayland.dotool import DotoolKeys
    from asrd_clients.injectors.wayland.uinput import UinputInjector

    keys = DotoolKeys()
    return UinputInjector(Method.DOTOOL, keys, _beside(keys, options))


def _macos(options: InjectorOptions) -> Injector:
    from asrd_clients.injectors.macos.injector import MacInjector

    return MacInjector(options)


def _windows(options: InjectorOptions) -> Injector:
    from asrd_clients.injectors.windows import WindowsInjector

    return WindowsInjector(options)


def _stdout(_options: InjectorOptions) -> Injector:
    from asrd_clients.injectors.stdout import StdoutInjector

    return StdoutInjector()


def _clipboard(options: InjectorOptions) -> Injector:
    kind = session().kind
    if kind is Kind.MACOS:
        from asrd_clients.injectors.clipboard.macos import MacClipboard
        from asrd_clients.injectors.macos.injector import MacInjector

        return _pasting(MacClipboard, MacInjector(options), options)
    if kind is Kind.WAYLAND:
        return _pasting(_wayland_clipboard, _wayland_keys(options), options)
    if kind is Kind.WINDOWS:
        raise InjectError("--method clipboard is not there on Windows: use --method windows")
    _need_xlib()
    from asrd_clients.injectors.clipboard.x11 import BOTH, CLIPBOARD, X11Clipboard
    from asrd_clients.injectors.x11.injector import X11Injector

    selections = BOTH if options.paste_keys is PasteKeys.SHIFT_INSERT else CLIPBOARD
    return _pasting(lambda: X11Clipboard(selections), X11Injector(options), options)


def _pasting(open_clipboard: Callable[[], Clipboard], keys: Keys, options: InjectorOptions) -> Injector:
    """Pasting with keys that are open already, and are closed if there is no clipboard."""
    from asrd_clients.injectors.clipboard.injector import ClipboardInjector

    try:
        return ClipboardInjector(open_clipboard(), keys, options)
    except InjectError:
        keys.close()
        raise


def _wayland_clipboard() -> Clipboard:
    from asrd_clients.injectors.clipboard.wayland import WaylandClipboard

    return WaylandClipboard()


def _wayland_keys(options: InjectorOptions) -> Keys:
    from asrd_clients.injectors.wayland.wtype import WtypeInjector

    try:
        return WtypeInjector(options)
    except InjectError as refusal:
        from asrd_clients.injectors.wayland.ydotool import YdotoolKeys

        try:
            return YdotoolKeys()
        except InjectError as error:
            raise InjectError(f"no program can press the keys that paste: wtype: {refusal}; ydotool: {error}") from None


def _beside(keys: KernelKeys, options: InjectorOptions) -> Injector | None:
    """Pasting for what the kernel's keys cannot type, if wl-clipboard is there."""
    from asrd_clients.injectors.clipboard.injector import ClipboardInjector

    try:
        return ClipboardInjector(_wayland_clipboard(), keys, options) if session().kind is Kind.WAYLAND else None
    except InjectError:
        return None


def _need_xlib() -> None:
    if importlib.util.find_spec("Xlib") is None:
        raise InjectError("python-xlib is not installed: install it (pip install python-xlib), or use --method xdotool")


OPENERS: Final[Mapping[Method, Callable[[InjectorOptions], Injector]]] = {
    Method.X11: _x11,
    Method.XDOTOOL: _xdotool,
    Method.WTYPE: _wtype,
    Method.YDOTOOL: _ydotool,
    Method.DOTOOL: _dotool,
    Method.MACOS: _macos,
    Method.WINDOWS: _windows,
    Method.CLIPBOARD: _clipboard,
    Method.STDOUT: _stdout,
}
