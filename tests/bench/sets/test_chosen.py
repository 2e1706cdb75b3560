"""The clips that a command line names, and those that come along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.bench.sets.chosen import read_sets, readable
from asrd.bench.sets.demo import write_demo_set
from asrd.bench.sets.table import Clip, ClipSet, read_table
from asrd.bench.sets.truth import speech_of
from asrd.errors import ConfigError


def test_a_set_for_each_table_and_one_of_all_files(tmp_path: Path) -> None:
    table = tmp_path / "some.tsv"
    table.write_text("a.wav\nb.wav\nc.wav\n", encoding="utf-8")
    some, files = read_sets([tmp_path / "x.wav", table, tmp_path / "y.opus"], 2)
    assert (some.name, [clip.name for clip in some.clips]) == ("some", ["a.wav", "b.wav"])
    assert (files.name, [clip.path for clip in files.clips]) == ("files", [tmp_path / "x.wav", tmp_path / "y.opus"])
    assert [len(one.clips) for one in read_sets([table], 0)] == [3]


def test_two_sets_with_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    tables = [tmp_path / "some.tsv", tmp_path / "other" / "some.tsv"]
    for table in tables:
        table.write_text("a.wav\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="2 sets are called some, and figures go by that name: rename one"):
        read_sets(tables, 0)


def test_clips_that_cannot_be_read_are_left_out_unless_that_is_all_of_them(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sound.wav", 0.1 * np.sin(np.arange(1600)), 16_000)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    broken, sound, gone = (Clip(tmp_path / name, name) for name in ("broken.wav", "sound.wav", "gone.wav"))
    [(clip, samples)] = readable(ClipSet("mine", [broken, sound, gone]))
    assert clip == sound
    assert samples.shape == (1600,)
    with pytest.raises(ConfigError, match="none of the 2 clips of mine can be read: do they lie beside the table"):
        readable(ClipSet("mine", [broken, gone]))


def test_labels_of_the_demonstration_agree_with_its_energy(tmp_path: Path) -> None:
    clips = read_table(write_demo_set(tmp_path))
    assert clips.is_labelled
    assert [len(clip.reference.split()) for clip in clips.clips] == [9, 20, 15]
    for clip in clips.clips:
        samples = clip.samples()
        heard = speech_of(samples)
        assert heard is not None
        assert clip.labelled is not None
        assert abs(heard.start - clip.labelled.start) < 800
        assert abs(heard.end - clip.labelled.end) < 800
        assert clip.labelled.end < len(samples)
