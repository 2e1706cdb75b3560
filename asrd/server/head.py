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
        """The head if it is complete, None if more is to come.

        What follows it before it is answered is refused: the library's frames are not to be made of it, and in some of
        its releases the answer is lost over it.
        """
        self._data += data
        end = self._data.find(_END)
        head = self._data[: end if end >= 0 else None]
        if len(head) > MAX_HEAD_BYTES or any(len(line) > MAX_LINE_BYTES for line in head.split(b"\r\n")):
            return Refusal(431, "the request's head is too long")
        method, blank, _ = head.partition(b" ")
        if blank and method != b"GET" and method.isalpha():
            return Refusal(405, "only GET is answered here")
        if 0 <= end < len(self._data) - len(_END):
            return Refusal(400, "nothing may follow a request before its answer")
        return self._data if end >= 0 else None
