from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.server.guard import Refusal
from asrd.server.head import MAX_HEAD_BYTES, MAX_LINE_BYTES, RequestHead

GOOD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), max_size=10))
def test_however_it_comes_it_is_passed_on_whole(cuts: list[int]) -> None:
    head = RequestHead()
    rest = GOOD
    for cut in cuts:
        part, rest = rest[:cut], rest[cut:]
        if not rest:
            rest = part
            break
        assert head.push(part) is None
    assert head.push(rest) == GOOD


@pytest.mark.parametrize("method", [b"HEAD", b"POST", b"OPTIONS", b"CONNECT", b"get"])
def test_other_methods_are_refused_at_once(method: bytes) -> None:
    assert RequestHead().push(method + b" / HTTP/1.1\r\n") == Refusal(405, "only GET is answered here")


@pytest.mark.parametrize("part", [b"", b"G", b"GET", b"POS", b"GET / HTTP/1.1\r\nHost: a\r\n\r"])
def test_half_a_head_is_waited_for(part: bytes) -> None:
    assert RequestHead().push(part) is None


def status(head: bytes) -> int | None:
    result = RequestHead().push(head)
    return result.status if isinstance(result, Refusal) else None


def test_length_of_a_line() -> None:
    line = b"A: " + b"x" * (MAX_LINE_BYTES - 3)
    assert status(b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n") is None
    assert status(b"GET / HTTP/1.1\r\n" + line + b"x\r\n\r\n") == 431
    assert status(b"GET /" + b"x" * MAX_LINE_BYTES) == 431


def test_length_of_the_head() -> None:
    start, line = b"GET / HTTP/1.1", b"\r\nA: " + b"x" * 1000
    count, rest = divmod(MAX_HEAD_BYTES - len(start), len(line))
    fits = start + line * count + b"\r\n" + b"y" * (rest - 2)
    assert len(fits) == MAX_HEAD_BYTES
    assert status(fits + b"\r\n\r\n") is None
    assert status(fits + b"y\r\n\r\n") == 431
    assert status(fits + b"y") == 431


@pytest.mark.parametrize("rest", [b"x", b"\x81\x80\0\0\0\0", bytes(1 << 20)])
def test_nothing_may_follow_the_head(rest: bytes) -> None:
    assert status(GOOD + rest) == 400


def test_garbage_is_left_to_the_library() -> None:
    assert RequestHead().push(b"\x16\x03\x01\x02\x00 \r\n\r\n") is not None
