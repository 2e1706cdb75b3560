"""Which finals a client has had, so that none comes twice when it asks for the last ones again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

_KEPT: Final = 20_000  # more than a daemon keeps


class SeenFinals:
    """Finals by the daemon's run, session and utterance: utterances count from 1 again in each run and session."""

    def __init__(self) -> None:
        self._keys: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._run = ""
        self._session = ""

    def greeted(self, hello: Mapping[str, Any]) -> None:
        """The finals that follow are of this run and session."""
        self._run, self._session = str(hello.get("run", "")), str(hello.get("session", ""))

    def is_new(self, final: Mapping[str, Any]) -> bool:
        """Whether this final was not there before; from now on it was."""
        key = (self._run, self._session, str(final.get("utterance", 0)))
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > _KEPT:
            self._keys.popitem(last=False)
        return True
