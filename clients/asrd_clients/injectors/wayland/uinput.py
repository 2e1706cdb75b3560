"""Types through the kernel: for desktops that let no program type otherwise. It knows keys, not characters.

The desktop makes characters of the keys by its own layout, which cannot be asked; so that text is right on any, what
is not plain ASCII goes through the clipboard, and ASCII is right on the US layout alone.
"""

from __future__ import annotations

from typing import Protocol

from asrd_clients.injectors.interface import InjectError, Injector, Method
from asrd_clients.injectors.options import PasteKeys
from asrd_clients.injectors.text import harmless


class KernelKeys(Protocol):
    """A program that has a keyboard of the kernel."""

    def type(self, text: str) -> None:
        r"""Type printable ASCII, "\n" and "\t" as on a US keyboard."""

    def erase(self, count: int) -> None:
        """Press Backspace."""

    def paste(self, keys: PasteKeys) -> None:
        """Press the keys that paste."""

    def close(self) -> None:
        """Let go of it; twice does no harm."""


class UinputInjector:
    """Types ASCII by keys, and other text by pasting it."""

    def __init__(self, method: Method, keys: KernelKeys, pasting: Injector | None = None) -> None:
        """`pasting`: for text that is not ASCII; None: it is refused."""
        self._method = method
        self._keys = keys
        self._pasting = pasting

    @property
    def method(self) -> Method:
        """See `Injector`."""
        return self._method

    @property
    def can_erase(self) -> bool:
        """See `Injector`."""
        return True

    def type(self, text: str) -> None:
        """See `Injector`.

        Raises:
            InjectError: the text is not ASCII and cannot be pasted, or the program failed.
        """
        text = harmless(text)
        if text.isascii():
            self._keys.type(text)
        elif self._pasting is not None:
            self._pasting.type(text)
        else:
            raise InjectError(
                f"{self._method.value} types nothing but the characters of a US keyboard: install wl-clipboard, and "
                "other text is pasted"
            )

    def erase(self, count: int) -> None:
        """See `Injector`.

        Raises:
            InjectError: the program failed.
        """
        self._keys.erase(count)

    def close(self) -> None:
        """See `Injector`."""
        if self._pasting is not None:
            self._pasting.close()
        self._keys.close()
