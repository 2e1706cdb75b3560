from __future__ import annotations

from asrd.hub.rate import TokenBucket


def taken(bucket: TokenBucket, attempts: int, now_s: float) -> int:
    return sum(bucket.take(now_s) for _ in range(attempts))


def test_a_run_of_so_many_seconds_worth_is_allowed_at_once() -> None:
    assert taken(TokenBucket(20, 10), 1000, 0.0) == 200


def test_then_so_many_a_second() -> None:
    bucket = TokenBucket(20, 10)
    taken(bucket, 1000, 5.0)
    assert taken(bucket, 1000, 5.5) == 10
    assert taken(bucket, 1000, 5.5) == 0


def test_no_more_is_saved_up_than_a_run() -> None:
    bucket = TokenBucket(20, 10)
    assert taken(bucket, 10_000, 0.0) == 200
    assert taken(bucket, 10_000, 1e6) == 200


def test_the_allowed_rate_is_never_refused() -> None:
    bucket = TokenBucket(200, 10)
    assert all(bucket.take(number / 200) for number in range(20_000))
