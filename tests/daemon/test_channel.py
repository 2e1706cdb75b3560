"""The bounded channel: what is lost, and how that is told."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd.daemon.channel import Channel


def samples(count: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.zeros(count, np.float32)


def test_blocks_come_in_order_with_their_positions() -> None:
    wakes: list[None] = []
    channel = Channel(100, lambda: wakes.append(None))
    channel.put(samples(30))
    channel.put(samples(20))
    first, second = channel.take(), channel.take()
    assert first is not None
    assert second is not None
    assert (first.start, len(first.samples), second.start, len(second.samples)) == (0, 30, 30, 20)
    assert channel.take() is None
    assert len(wakes) == 2


def test_what_finds_no_room_is_a_jump_of_the_position() -> None:
    channel = Channel(100, lambda: None)
    channel.put(samples(60))
    channel.put(samples(50))  # no room
    assert channel.overflow_samples == 50
    assert channel.take() is not None
    channel.put(samples(10))
    block = channel.take()
    assert block is not None
    assert block.start == 110
    assert channel.position == 120


def test_reported_losses_count_as_time_but_not_as_overflow() -> None:
    channel = Channel(100, lambda: None)
    channel.lose(40)
    channel.put(samples(5))
    block = channel.take()
    assert block is not None
    assert (block.start, channel.overflow_samples, channel.position) == (40, 0, 45)


def test_nothing_is_no_block() -> None:
    channel = Channel(100, lambda: pytest.fail("woken for nothing"))
    channel.put(samples(0))
    assert channel.take() is None


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=80))
def test_every_sample_is_taken_or_lost(steps: list[tuple[bool, int]]) -> None:
    channel = Channel(100, lambda: None)
    came, taken, held = 0, 0, 0
    for puts, count in steps:
        if puts:
            channel.put(samples(count))
            came += count
            held = channel.position - channel.overflow_samples - taken
            assert held <= 100
        elif (block := channel.take()) is not None:
            taken += len(block.samples)
        assert channel.room() == 100 - (came - channel.overflow_samples - taken)
    while (block := channel.take()) is not None:
        taken += len(block.samples)
    assert came == taken + channel.overflow_samples == channel.position


def test_two_threads_lose_and_double_nothing() -> None:
    channel = Channel(1000, lambda: None)
    count = 20_000

    def produce() -> None:
        for value in range(count):
            while channel.room() < 1:
                pass
            channel.put(np.full(1, value, np.float32))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        thread = threading.Thread(target=produce)
        thread.start()
        got: list[float] = []
        while len(got) < count:
            if (block := channel.take()) is not None:
                assert block.start == len(got)
                got.append(float(block.samples[0]))
        thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert got == list(range(count))
