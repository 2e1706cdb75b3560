"""Lines of JSON that are to be gone on with, as no program should have written them."""

from __future__ import annotations

import pytest

from asrd_clients.captions.existing import parse_existing
from asrd_clients.captions.formats import Format

GOOD = b'{"end": 2.5}\n'


@pytest.mark.parametrize("end", [b"1e999", b"9" * 400, b"NaN", b"-1", b"Infinity", b"1e11", b'"3"', b"null"])
def test_times_that_no_clock_reaches_are_none(end: bytes) -> None:
    found = parse_existing(GOOD + b'{"end": ' + end + b"}\n", Format.JSONL)
    assert found is not None
    assert found.end_s == 2.5


def test_a_line_nested_too_deeply_is_no_line() -> None:
    assert parse_existing(GOOD + b"[" * 100_000 + b"\n", Format.JSONL) is None
