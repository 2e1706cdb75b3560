"""Free memory is given back when a session ends."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from asrd.bench.host.memory import resident_bytes
from asrd.daemon import recognising
from asrd.daemon.memory import give_back
from asrd.recognizer.engine import Recognizer
from tests.daemon.rig import clip, running, silence

BLOCKS, BLOCK_BYTES = 4000, 16_000


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
def test_what_is_free_below_what_is_held_is_given_back() -> None:
    blocks = [np.ones(BLOCK_BYTES, np.uint8) for _ in range(BLOCKS)]
    held = resident_bytes()
    del blocks[:-1]  # the last one lies above the others, so that they stay the heap's
    give_back()
    assert held - resident_bytes() > BLOCKS * BLOCK_BYTES // 2
    assert len(blocks[0]) == BLOCK_BYTES


def test_a_session_that_ends_gives_its_memory_back(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(recognising, "give_back", lambda: calls.append("given back"))
    with running(recognizer) as (pipeline, events):
        for name in ("first", "second"):
            session = pipeline.open(name)
            session.hear(clip(0.6))
            session.hear(silence(0.6))
            session.close()
            events.until_closed(name)
        pipeline.stop(5.0)
    assert calls == ["given back"] * 2
