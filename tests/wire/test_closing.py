from __future__ import annotations

import pytest

from asrd.wire import closing
from asrd.wire.closing import Closing, broken_text, going_away


@pytest.mark.parametrize("reason", ["a" * 500, "日" * 100, "short", ""])
def test_a_reason_fits_into_a_control_frame(reason: str) -> None:
    shortened = going_away(reason).reason
    assert len(shortened.encode()) <= 123
    assert reason.startswith(shortened)
    assert len(shortened) >= min(len(reason), 41)


def test_codes() -> None:
    constants = {name: value.code for name, value in vars(closing).items() if isinstance(value, Closing)}
    assert constants == {
        "TOO_BIG": 1009,
        "FLOOD": 1008,
        "BUG": 1011,
        "UNRESPONSIVE": 1011,
        "TOKEN_EXPIRED": 4001,
        "TOKEN_REVOKED": 4001,
        "SLOW": 4008,
    }
    assert (going_away("").code, broken_text("").code) == (1001, 1007)
