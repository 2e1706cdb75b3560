"""What was probably meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

_LIKENESS: Final = 0.7


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`"; did you mean X?"`, or nothing if no known name is like it."""
    close = closest(name, known)
    return f"; did you mean {close}?" if close else ""


def closest(name: str, known: Iterable[str]) -> str:
    """The known name most like this one, or "" if none is."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=_LIKENESS)
    return found[0] if found else ""
