"""Scenes: it is known where in them somebody speaks, and how loud."""

from __future__ import annotations

import numpy as np
import pytest

from asrd.bench.sets.truth import Speech
from asrd.bench.vad.scenes import CONDITIONS, Span, SpokenClip, noise_scene, pink_noise, root_mean_square, spoken_scenes
from tests.bench.vad.signals import NOISE, recording

CLIPS = [
    SpokenClip(recording(16_000, 30_000), Speech(16_000, 30_000)),
    SpokenClip(recording(8000, 20_000), Speech(8000, 20_000)),
]


def test_scenes_know_where_their_clips_are() -> None:
    scenes = list(spoken_scenes("made", CLIPS, [NOISE]))
    assert [scene.condition for scene in scenes] == [condition.name for condition in CONDITIONS]
    for scene in scenes:
        assert scene.noises == ()
        assert len(scene.speech) == 2
        assert scene.speech[0].start >= 24_000 + 16_000
        assert scene.speech[1].start - scene.speech[0].end >= 24_000
        for speech, clip in zip(scene.speech, CLIPS, strict=True):
            heard, spoken = scene.samples[slice(*speech)], clip.samples[slice(*clip.speech)]
            assert np.corrcoef(heard, spoken)[0, 1] > 0.9


def test_conditions_keep_their_levels() -> None:
    for scene, condition in zip(spoken_scenes("made", CLIPS[:1], [NOISE]), CONDITIONS, strict=True):
        before, speech = scene.samples[: scene.speech[0].start - 16_000], scene.samples[slice(*scene.speech[0])]
        background_db = 20 * np.log10(root_mean_square(before))
        if condition.level_db is None or not condition.noise:
            assert background_db == pytest.approx(-75, abs=1)
        else:
            assert background_db == pytest.approx(condition.level_db - condition.snr_db, abs=2)
        if condition.level_db is not None:
            assert 20 * np.log10(root_mean_square(speech)) == pytest.approx(condition.level_db, abs=0.6)


def test_noise_from_the_sets_needs_sets() -> None:
    assert not any("noise" in scene.condition for scene in spoken_scenes("made", CLIPS, []))


def test_equal_scenes_in_every_run() -> None:
    for one, other in zip(spoken_scenes("a", CLIPS, [NOISE]), spoken_scenes("a", CLIPS, [NOISE]), strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)


def test_noise_alone_is_heard_as_it_is_and_knows_its_recordings() -> None:
    scene = noise_scene("made", [NOISE, NOISE[:16_000]])
    assert (scene.source, scene.condition, scene.speech) == ("made", "", ())
    assert scene.noises == (Span(0, 48_000), Span(48_000, 64_000))
    np.testing.assert_array_equal(scene.samples[400:47_600], NOISE[400:47_600])
    assert scene.samples[0] == scene.samples[47_999] == 0  # faded, so that no edge is a click
    assert scene.hours * 3600 == 4


def test_pink_noise_is_pink() -> None:
    noise = pink_noise(1 << 20, np.random.Generator(np.random.PCG64(1)))
    power = np.abs(np.fft.rfft(noise[:960_000])) ** 2
    low, high = power[60 * 200 : 60 * 400].sum(), power[60 * 2000 : 60 * 4000].sum()  # 60 bins a hertz
    assert root_mean_square(noise) == pytest.approx(1, abs=0.02)
    assert low / high == pytest.approx(1, abs=0.1)
