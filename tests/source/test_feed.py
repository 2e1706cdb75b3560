from __future__ import annotations

import numpy as np

from asrd.source.feed import Feed
from tests.source.fakes import HandClock, Notes


class Scene:
    def __init__(self) -> None:
        self.clock, self.notes = HandClock(), Notes()
        self.feed = Feed(self.notes, self.clock.clocks())

    def hear(self, *, after_s: float = 0.06, samples: int = 960) -> None:
        self.clock.now_s += after_s
        self.feed.hear(np.ones(samples, np.float32))


def test_what_is_heard_goes_on() -> None:
    scene = Scene()
    for after_s in (0.06, 0.1, 0.02, 5.0, 0.0):  # blocks that come in bursts are complete nevertheless
        scene.hear(after_s=after_s)
    assert scene.notes.told == ["hear 960"] * 5


def test_a_loss_is_told_before_the_first_block_after_it() -> None:
    scene = Scene()
    scene.hear()
    scene.feed.broken()
    scene.clock.now_s += 10
    scene.hear()
    scene.hear()
    assert scene.notes.told == ["hear 960", "flush", f"lost {10 * 16_000}", "hear 960", "hear 960"]


def test_two_losses_in_a_row_are_one() -> None:
    scene = Scene()
    scene.hear()
    scene.feed.broken()
    scene.clock.now_s += 1
    scene.feed.broken()
    scene.hear(after_s=1.06)
    assert scene.notes.told[-2:] == [f"lost {2 * 16_000}", "hear 960"]


def test_a_loss_is_never_nothing() -> None:
    scene = Scene()
    scene.hear()
    scene.feed.broken()
    scene.hear(after_s=0.0)
    assert "lost 1" in scene.notes.told


def test_nothing_is_missing_before_the_first_block() -> None:
    scene = Scene()
    scene.feed.broken()
    scene.hear(after_s=60)
    assert scene.notes.told == ["flush", "hear 960"]


def test_positions_stand_still_while_closed_on_purpose() -> None:
    scene = Scene()
    scene.hear()
    scene.feed.closed()
    scene.hear(after_s=3600)
    assert scene.notes.told == ["hear 960", "flush", "hear 960"]


def test_a_loss_that_ends_in_a_pause_is_forgotten() -> None:
    scene = Scene()
    scene.hear()
    scene.feed.broken()
    scene.feed.closed()
    scene.hear(after_s=3600)
    assert scene.notes.told == ["hear 960", "flush", "flush", "hear 960"]


def test_a_sleep_is_missing_even_if_nobody_noticed_it() -> None:
    scene = Scene()
    scene.hear()
    scene.clock.slept_s += 100
    scene.hear()
    scene.hear()
    assert scene.notes.told == ["hear 960", f"lost {100 * 16_000}", "hear 960", "hear 960"]


def test_a_sleep_within_a_loss_counts_once() -> None:
    scene = Scene()
    scene.hear()
    scene.clock.slept_s += 100
    scene.feed.broken()
    scene.hear(after_s=1.06)
    scene.hear()
    assert scene.notes.told == ["hear 960", "flush", f"lost {101 * 16_000}", "hear 960", "hear 960"]


def test_the_microphones_own_losses_go_on() -> None:
    scene = Scene()
    scene.feed.lost(5)
    assert scene.notes.told == ["lost 5"]
