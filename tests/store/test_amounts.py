from __future__ import annotations

import pytest

from asrd.store.amounts import Speed, amount, duration, progress_text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (599_310_167, "599.3 MB"), (2.35e9, "2.4 GB")],
)
def test_amount(count: float, text: str) -> None:
    assert amount(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (89.4, "89 s"), (90, "2 min"), (3600, "60 min"), (7500, "2 h 5 min")]
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_speed_of_the_last_seconds() -> None:
    now = 0.0
    speed = Speed(lambda: now)
    assert speed.bytes_per_s == 0
    for _ in range(100):
        speed.add(round(now * 1000))
        now += 1
    assert speed.bytes_per_s == 1000
    for _ in range(12):
        speed.add(100_000)
        now += 1
    assert speed.bytes_per_s == 0
    speed.add(0)  # it began anew
    now += 2
    speed.add(500)
    assert speed.bytes_per_s == 250


def test_progress() -> None:
    assert progress_text("x", 10, None, 0) == "x 10 bytes"
    assert progress_text("x", 10, None, 5) == "x 10 bytes, 5 bytes/s"
    assert progress_text("x", 10_000_000, 30_000_000, 1e6) == "x 10.0 MB of 30.0 MB, 1.0 MB/s, 20 s left"
