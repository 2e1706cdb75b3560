"""The schedule of the faults, and what is said: from a seed, the same each time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.bench.sets.truth import Speech
from asrd.bench.soak.schedule import schedule
from asrd.bench.soak.script import SpokenClip, as_heard, clips_of, soak_script

KINDS = ["a", "b", "c"]


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert schedule(KINDS, 50, 3600.0, 7) == schedule(KINDS, 50, 3600.0, 7)
    assert schedule(KINDS, 50, 3600.0, 7) != schedule(KINDS, 50, 3600.0, 8)


def test_every_kind_comes_equally_often_and_in_the_order_of_the_audio() -> None:
    planned = schedule(KINDS, 50, 3600.0, 1)
    assert [one.number for one in planned] == list(range(1, 51))
    assert sorted(Counter(one.kind for one in planned).values()) == [16, 17, 17]
    places = [one.at_s for one in planned]
    assert places == sorted(places)
    assert 0.03 * 3600 <= places[0] < places[-1] <= 0.95 * 3600
    assert len({one.seed for one in planned}) == 50


@pytest.mark.parametrize(("kinds", "count"), [(KINDS, 0), ([], 0)])
def test_no_faults(kinds: list[str], count: int) -> None:
    assert schedule(kinds, count, 100.0, 0) == []


def test_a_script_is_the_same_again_and_says_where_speech_is() -> None:
    clip = SpokenClip(np.full(16_000, 0.25, np.float32), Speech(4_000, 12_000))
    first, again = (soak_script([clip], (3, 1), 10.0) for _ in range(2))
    assert np.array_equal(first.samples, again.samples)
    assert len(first.samples) >= 160_000
    for speech in first.speech:
        assert np.all(first.samples[speech.start : speech.end] == 0.25)
        assert np.abs(first.samples[speech.start - 4_001]) < 0.01
    assert not np.array_equal(first.samples[:16_000], soak_script([clip], (3, 2), 10.0).samples[:16_000])


def test_clips_whose_energy_tells_nothing_are_said_and_expected_nowhere() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    clips = clips_of([noise, make_clip(ClipSpec(1, 32_000))])
    assert clips[0].speech is None
    assert soak_script(clips[:1], (0,), 5.0).speech == []


def test_samples_are_those_of_16_bits() -> None:
    heard = as_heard(np.array([0.1, 1.5, -1.5], np.float32))
    assert np.array_equal(np.rint(heard * 32_768), [3277, 32_767, -32_768])
    assert np.array_equal(as_heard(heard), heard)
