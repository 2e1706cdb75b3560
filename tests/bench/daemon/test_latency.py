"""What the live bench makes of messages and their times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from asrd.bench.daemon.latency import Clip, Record, latencies_of, percentiles_ms, script_of
from asrd.bench.sets.truth import Speech

RATE = 16_000


def scripted() -> tuple[list[Speech], Any]:
    clip = Clip(np.full(2 * RATE, 0.1, np.float32), Speech(RATE // 2, 3 * RATE // 2))
    script = script_of([clip, clip], seed=0)
    return list(script.speech), script


def partial(utterance: int, start: float, end: float, text: str, lag_ms: float = 100.0) -> dict[str, Any]:
    return {
        "type": "partial", "utterance": utterance, "start": start, "end": end, "committed": "", "tail": text,
        "lag_ms": lag_ms,
    }  # fmt: skip


def final(utterance: int, start: float, end: float) -> dict[str, Any]:
    return {"type": "final", "utterance": utterance, "start": start, "end": end, "text": "x"}


def test_the_script_says_where_speech_is() -> None:
    speech, script = scripted()
    assert speech == [Speech(24_000, 40_000), Speech(24_000 + 72_000, 40_000 + 72_000)]
    assert len(script.samples) == 2 * 4.5 * RATE
    quiet = script.samples[:RATE]
    assert 0.0 < np.abs(quiet).max() < 1e-2


def test_latencies_count_from_the_truth() -> None:
    _, script = scripted()  # speech at 1.5 to 2.5 s and 6.0 to 7.0 s
    messages = [
        (1.9, partial(1, 1.2, 1.8, "", 50.0)),  # no text yet
        (2.1, partial(1, 1.2, 2.0, "a", 100.0)),
        (3.1, {"type": "status", "state": "listening"}),
        (3.12, final(1, 1.2, 2.6)),
        (6.4, partial(2, 5.7, 6.3, "b", 300.0)),
        (7.6, {"type": "status", "state": "listening"}),
        (7.7, final(2, 5.7, 7.1)),
    ]
    found, tally = latencies_of(script, Record(messages))
    assert found.first_partial == pytest.approx([0.6, 0.4])
    assert found.final_after_endpoint == pytest.approx([0.02, 0.1])
    assert found.final_after_speech == pytest.approx([0.62, 0.7])
    assert found.lag == pytest.approx([0.05, 0.1, 0.3])
    assert (tally.clips, tally.with_final, tally.split, tally.gaps, tally.unended) == (2, 2, 0, 0, 0)


def test_what_is_missing_or_lost_is_counted() -> None:
    _, script = scripted()
    messages = [
        (2.1, partial(1, 1.2, 2.0, "a")),
        (3.0, {"type": "gap", "start": 4.0, "end": 5.5}),
        (6.4, final(2, 5.9, 6.3)),
        (7.4, final(3, 6.3, 7.1)),
    ]
    found, tally = latencies_of(script, Record(messages))
    assert (tally.with_final, tally.split, tally.gaps, tally.lost_s, tally.unended) == (1, 1, 1, 1.5, 1)
    assert found.final_after_speech == pytest.approx([0.4])
    assert found.final_after_endpoint == []


def test_percentiles() -> None:
    assert percentiles_ms([0.1, 0.2, 0.3]) == {"count": 3, "p50_ms": 200.0, "p95_ms": 290.0, "max_ms": 300.0}
    assert percentiles_ms([])["count"] == 0
