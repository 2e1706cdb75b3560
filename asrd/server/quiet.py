"""Logs without what must not be in a log, and not longer than need be.

At DEBUG, the library `websockets` logs every request line, header and frame, so tokens and dictated text; some of its
releases log a refused request at ERROR, with its first line in the traceback.
"""

from __future__ import annotations

import logging
import time
from collections.abc import MutableMapping
from typing import Any, Final

from asrd.hub.rate import TokenBucket

_LINES_PER_S: Final = 1.0
_BURST_S: Final = 20.0
_LIBRARY: Final = logging.getLogger("asrd.server.websockets")


class QuietLogger(logging.LoggerAdapter):  # type: ignore[type-arg] # generic from Python 3.11 on
    """Warnings and errors alone, whatever the level, and without tracebacks: `Client` logs who comes and goes."""

    def __init__(self) -> None:
        super().__init__(_LIBRARY, {})

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name in the base class
        """Whether a record of this level is logged."""
        return level >= logging.WARNING and super().isEnabledFor(level)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Take the traceback out."""
        kwargs.pop("exc_info", None)
        kwargs.pop("stack_info", None)
        kwargs.pop("extra", None)  # the library hands over its connection here
        return msg, kwargs


class LimitedLog:
    """Lines about clients: one that comes again and again must not fill the disk."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._rate = TokenBucket(_LINES_PER_S, _BURST_S)
        self._left_out = 0

    def info(self, message: str, *args: object) -> None:
        """Log a line, if there were not too many; the next one that is logged says how many were left out."""
        if not self._rate.take(time.monotonic()):
            self._left_out += 1
            return
        if self._left_out:
            self._logger.info("%d lines about clients were left out", self._left_out)
            self._left_out = 0
        self._logger.info(message, *args)
