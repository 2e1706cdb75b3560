"""The library's log without what must not be in a log.

At DEBUG, `websockets` logs every request line, header and frame, so tokens and dictated text; some of its releases log
a refused request at ERROR, with its first line in the traceback.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, Final

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
