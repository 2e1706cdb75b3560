"""What a client says, and where in it is speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.bench.daemon.script import Saying, blocks_of, sayings_of, script_of
from asrd.bench.sets.table import Clip, ClipSet, SpokenWord
from asrd.bench.sets.truth import Speech
from asrd.errors import ConfigError

RATE = 16_000
CLIP = Saying(
    samples=np.full(2 * RATE, 0.1, np.float32),
    speech=Speech(RATE // 2, 3 * RATE // 2),
    reference="a word",
    words=(SpokenWord("word", 0.75, 1.25),),
    clip="set/a.wav",
)


def test_the_script_says_where_speech_is() -> None:
    script = script_of([CLIP, CLIP], seed=0)
    loud = np.flatnonzero(script.samples == np.float32(0.1))
    begins = [loud[0] / RATE, loud[2 * RATE] / RATE]
    assert len(loud) == 4 * RATE
    for said, begin_s in zip(script.said, begins, strict=True):
        assert said.onset_s == pytest.approx(begin_s + 0.5)
        assert said.end_s == pytest.approx(begin_s + 1.5)
        ((word, end_s),) = said.words
        assert word == "word"
        assert end_s == pytest.approx(begin_s + 1.25)
        assert (said.reference, said.clip) == ("a word", "set/a.wav")
    assert begins[1] - begins[0] - 2.0 > 1.5  # silence that ends an utterance
    assert script.audio_s == len(script.samples) / RATE


def test_pauses_differ_from_seed_to_seed_and_no_other_way() -> None:
    first, again, other = (script_of([CLIP], seed) for seed in (1, 1, 2))
    assert np.array_equal(first.samples, again.samples)
    assert first.said[0].onset_s != other.said[0].onset_s
    pauses = [script_of([CLIP], seed).said[0].onset_s - 0.5 for seed in range(50)]
    assert 0.4 <= min(pauses) < 0.5
    assert 0.8 < max(pauses) <= 0.9
    assert 0.0 < np.abs(first.samples[: RATE // 4]).max() < 1e-2


def test_clips_in_which_nobody_can_be_heard_are_left_out(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.1, RATE)
    soundfile.write(tmp_path / "noise.wav", noise, RATE)
    clips = [Clip(tmp_path / "noise.wav", "a"), Clip(tmp_path / "noise.wav", "b", labelled=Speech(100, 900))]
    (kept,), notes = sayings_of(ClipSet("set", clips))
    assert (kept.speech, kept.clip) == (Speech(100, 900), "set/b")
    assert notes == ["set: 1 of 2 clips were left out, as noise hides where speech begins."]
    assert sayings_of(ClipSet("set", clips[1:]))[1] == []
    with pytest.raises(ConfigError, match="set: nothing tells where speech begins in any of its 1 clips"):
        sayings_of(ClipSet("set", clips[:1]))


def test_a_clip_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "good.wav", np.full(RATE, 0.1), RATE)
    (tmp_path / "bad.wav").write_text("no audio", encoding="utf-8")
    clips = [Clip(tmp_path / name, name, labelled=Speech(100, 900)) for name in ("bad.wav", "gone.wav", "good.wav")]
    (kept,), notes = sayings_of(ClipSet("set", clips))
    assert kept.clip == "set/good.wav"
    assert notes == ["set: 2 of 3 clips were left out, as they cannot be read."]
    with pytest.raises(ConfigError, match="none of the 2 clips of set can be read"):
        sayings_of(ClipSet("set", clips[:2]))


def test_blocks_hold_all_samples() -> None:
    samples = np.arange(1000, dtype=np.float32)
    blocks = blocks_of(samples, 0.02)
    assert [len(block) for block in blocks] == [320, 320, 320, 40]
    assert np.array_equal(np.concatenate(blocks), samples)
