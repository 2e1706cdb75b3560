"""The head of a request, before the library sees it: how long it may be, and which method it has.

The library's releases differ in how they treat other methods, and their limit is a hundred kilobytes and more.
"""

from __future__ import annotations

from typing import Final

from asrd.server.guard import Refusal

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_LINE_BYTES: Final = 8 * 1024 - 2  # the library's own limit
_END: Final = b"\r\n\r\n"


class RequestHead:
    """Collects bytes until the empty line."""

    def __init__(self) -> None:
        self._data = b""

    def push(self, data: bytes) -> bytes | Refusal | None:
        """The bytes so far if the head is complete, None if more is to come."""
        self._data += data
        end = self._data.find(_END)
        head = self._data[: end if end >= 0 else None]
        if len(head) > MAX_HEAD_BYTES or any(len(line) > MAX_LINE_BYTES for line in head.split(b"\r\n")):
            return Refusal(431, "the request's head is too long")
        method, blank, _ = head.partition(b" ")
        if blank and method != b"GET" and method.isalpha():
            return Refusal(405, "only GET is answered here")
        return self._data if end >= 0 else None
