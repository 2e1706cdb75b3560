"""Types by pasting."""

from __future__ import annotations

import re
from typing import Final

from asrd_clients.injectors.clipboard.interface import Clipboard, Keys
from asrd_clients.injectors.interface import InjectError, Method
from asrd_clients.injectors.options import DEFAULTS, InjectorOptions
from asrd_clients.injectors.text import harmless


class ClipboardInjector:
    """Puts text into the clipboard, presses the keys that paste, and puts back what was there.

    Return and Tab are pressed as keys, since a pasted line feed does not send a message or leave a field.
    """

    method: Final = Method.CLIPBOARD
    can_erase: Final = True

    def __init__(self, clipboard: Clipboard, keys: Keys, options: InjectorOptions = DEFAULTS) -> None:
        self._clipboard = clipboard
        self._keys = keys
        self._options = options

    def type(self, text: str) -> None:
        """See `Injector`.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: the text was not taken from the clipboard, or that cannot be reached.
        """
        for part in re.split("([\n\t]+)", harmless(text)):
            if part and part[0] in "\n\t":
                self._keys.type(part)
            elif part:
                self._paste(part)

    def erase(self, count: int) -> None:
        """See `Injector`.

        Raises:
            InjectError: the keys could not be pressed.
        """
        self._keys.erase(count)

    def close(self) -> None:
        """See `Injector`."""
        self._keys.close()
        self._clipboard.close()

    def _paste(self, text: str) -> None:
        self._clipboard.lend(text)
        try:
            self._keys.paste(self._options.paste_keys)
            is_taken = self._clipboard.wait_until_taken(self._options.paste_s)
        finally:
            self._clipboard.restore()
        if not is_taken:
            raise InjectError(
                f"the window did not fetch the text within {self._options.paste_s:g} s: it may paste with other keys "
                f"than {self._options.paste_keys.value}"
            )
