"""What may go wrong with the model store."""

from __future__ import annotations

from asrd.errors import ModelError


class StoreError(ModelError):
    """A model cannot be pulled or removed."""


class NotPulledError(ModelError):
    """A model is known by name and is not on this machine.

    Attributes:
        name: its name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"the model {name} is not on this machine: fetch it with `asrd model pull {name}`")
        self.name = name


class SourceError(Exception):
    """A source is of no use: the next one is tried. Never leaves this package."""


class AgainError(Exception):
    """A source may be tried again after a while. Never leaves this package.

    Attributes:
        after_s: how long it asks to be left alone, in seconds; 0 if it does not say.
    """

    def __init__(self, reason: str, after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.after_s = after_s
