"""The pasteboard of macOS."""

from __future__ import annotations

from typing import Any, Final

from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.options import SYSTEM_CLOCK, Clock

_TEXT: Final = "public.utf8-plain-text"
# nspasteboard.org: clipboard histories leave out what has these.
_SENSITIVE: Final = ("org.nspasteboard.ConcealedType", "org.nspasteboard.TransientType")
_PASTING_S: Final = 0.3  # nobody tells when the text was fetched


class MacClipboard:
    """Keeps every kind of data of every item that was there."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK, app_kit: Any = None) -> None:
        """Reach the pasteboard; `app_kit`: instead of AppKit.

        Raises:
            InjectError: this is no macOS, or pyobjc is missing.
        """
        self._app_kit = app_kit or _load()
        self._clock = clock
        self._board: Any = self._app_kit.NSPasteboard.generalPasteboard()
        self._before: list[Any] = []
        self._ours = -1

    def lend(self, text: str) -> None:
        """See `Clipboard`.

        Raises:
            InjectError: it takes no text.
        """
        self._before = [self._copy(item) for item in self._board.pasteboardItems() or ()]
        self._board.clearContents()
        item = self._app_kit.NSPasteboardItem.alloc().init()
        item.setString_forType_(text, _TEXT)
        for mark in _SENSITIVE:
            item.setString_forType_("", mark)
        is_written = self._board.writeObjects_([item])
        self._ours = int(self._board.changeCount())
        if not is_written:
            self.restore()
            raise InjectError("the clipboard takes no text: use --method macos")

    def wait_until_taken(self, limit_s: float) -> bool:
        """See `Clipboard`; it cannot be known here, so that there is a wait, and the answer yes."""
        self._clock.sleep(min(_PASTING_S, limit_s))
        return True

    def restore(self) -> None:
        """See `Clipboard`."""
        before, self._before = self._before, []
        if int(self._board.changeCount()) != self._ours:
            return  # somebody has copied something meanwhile: that stays
        self._board.clearContents()
        if before:
            self._board.writeObjects_(before)

    def close(self) -> None:
        """See `Clipboard`; the system keeps the data."""

    def _copy(self, item: Any) -> Any:
        """An item may be in a pasteboard only once; a copy of it can go back."""
        copy = self._app_kit.NSPasteboardItem.alloc().init()
        for kind in item.types():
            data = item.dataForType_(kind)
            if data is not None:
                copy.setData_forType_(data, kind)
        return copy


def _load() -> Any:
    try:
        import AppKit
    except ImportError:
        raise InjectError("the clipboard of macOS needs pyobjc-framework-Cocoa: install asrd again") from None
    return AppKit
