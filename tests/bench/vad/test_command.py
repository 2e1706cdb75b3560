"""`asrd bench vad`: from tables and flags to a result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.bench.sets.table import read_table
from asrd.bench.sets.truth import Speech
from asrd.bench.vad.hearing import hear
from asrd.errors import ConfigError
from tests.bench.vad.signals import NOISE, recording
from tests.cli.commands import Cli, assert_one_line

DEFAULT = "silero-0.5.60-120.700"


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capfd)


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """A table of two clips of speech and one of noise, with a clip that cannot be read in each."""
    quiet = np.zeros(8000, np.float32)
    for number in (3, 5):
        clip = np.concatenate([quiet, make_clip(ClipSpec(seed=number, samples=24_000)), quiet])
        clip += np.random.default_rng(number).normal(0, 1e-4, len(clip)).astype(np.float32)
        soundfile.write(tmp_path / f"clip{number}.wav", clip, 16_000)
    soundfile.write(tmp_path / "noise.wav", NOISE, 16_000)
    (tmp_path / "damaged.wav").write_bytes(b"RIFF")
    speech, noise = tmp_path / "speech.tsv", tmp_path / "noise.tsv"
    speech.write_text("path\treference\nclip3.wav\tone\tsomebody\nclip5.wav\ttwo\nmissing.wav\tthree\n")
    noise.write_text("noise.wav\t\tmade\ndamaged.wav\n")
    return speech, noise


def result_of(cli: Cli, *args: str | Path) -> dict[str, Any]:
    ran = cli("bench", "vad", "--json", *args)
    assert ran.code == 0, ran.err
    result: dict[str, Any] = json.loads(ran.out)
    return result


def test_out_of_the_box_the_default_misses_nothing_and_rests_in_noise(cli: Cli) -> None:
    bounds = [f"--bound={DEFAULT}.{name}<=0" for name in ("missed", "false_starts", "merged", "late", "early")]
    result = result_of(cli, "--detectors", "silero:0.5,webrtc:3", *bounds)
    values = {measure["name"]: measure["value"] for measure in result["measures"]}
    assert values[f"{DEFAULT}.missed"] == 0
    assert values["webrtc-3.60-120.700.open"] > values[f"{DEFAULT}.open"]
    assert values["webrtc-3.60-120.700.false_starts"] > values[f"{DEFAULT}.false_starts"] == 0
    assert result["settings"]["speech"] == "demo"
    assert result["samples"].startswith("3 clips of speech in 6 conditions, 4 recordings (1 min) of noise")
    assert any(note.startswith(f"The default is {DEFAULT}: missed (0 clips)") for note in result["notes"])
    assert [series["name"] for series in result["series"]] == ["known", "closed"]


def test_a_broken_bound_is_an_error(cli: Cli, tables: tuple[Path, Path]) -> None:
    sets = ("--speech", tables[0], "--noise", tables[1])
    ran = cli("bench", "vad", *sets, "--detectors", "webrtc:0", "--bound", "webrtc-0.60-120.700.open<=0")
    assert ran.code == 1
    assert "webrtc-0.60-120.700.open is" in ran.err
    assert "All variants" in ran.out


def test_the_command_prints_its_tables(cli: Cli, tables: tuple[Path, Path]) -> None:
    flags = ["--detectors", "silero:0.5,webrtc:3", "--vary", "onset_ms/onset_window_ms=60/120,90/180"]
    ran = cli("bench", "vad", "--speech", tables[0], "--noise", tables[1], *flags)
    assert ran.code == 0, ran.err
    assert f"{DEFAULT} by condition" in ran.out
    assert "| speech, pink 10 dB " in ran.out
    assert "| noise | webrtc-3.90-180.700 " in ran.out
    assert "1 of the 3 clips of speech cannot be read; they are left out." in ran.out
    assert "1 of the 2 clips of noise cannot be read; they are left out." in ran.out


def test_sets_are_thinned_and_the_default_is_not_claimed_where_it_is_not_measured(
    cli: Cli, tables: tuple[Path, Path]
) -> None:
    result = result_of(cli, "--speech", tables[0], "--detectors", "webrtc:1", "--clips", "1")
    assert result["samples"].startswith("1 clips")
    assert result["settings"] == {"speech": "speech", "noise": "made", "variants": "webrtc-1.60-120.700"}
    assert [row[0] for row in result["tables"][1]["rows"]] == [
        f"speech, {one}" for one in ("clean", "faint", "pink 20 dB", "pink 10 dB", "noise 20 dB", "noise 10 dB")
    ]
    assert any("is not among the variants" in note for note in result["notes"])


def test_two_runs_give_equal_figures_but_for_the_time(cli: Cli, tables: tuple[Path, Path]) -> None:
    flags = ("--speech", tables[0], "--noise", tables[1], "--detectors", "silero:0.5")
    one, other = (
        [measure for measure in result_of(cli, *flags)["measures"] if measure["kind"] != "time"] for _ in range(2)
    )
    assert one == other


def test_the_labels_of_a_table_are_the_truth(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "clip.wav", recording(16_000, 30_000), 16_000)
    soundfile.write(tmp_path / "noise.wav", NOISE, 16_000)
    table = tmp_path / "set.tsv"
    table.write_text("path\tonset_s\tend_s\nclip.wav\t0.5\t2\nnoise.wav\t1\t2.5\n")
    (found,) = hear([read_table(table)], []).speech
    assert [clip.speech for clip in found.clips] == [Speech(8000, 32_000), Speech(16_000, 40_000)]


def test_clips_without_clear_speech_are_left_out_and_told(tmp_path: Path) -> None:
    for name, samples in (("clear", recording(16_000, 30_000)), ("loud", NOISE)):
        soundfile.write(tmp_path / f"{name}.wav", samples, 16_000)
    (tmp_path / "set.tsv").write_text("clear.wav\nloud.wav\n")
    material = hear([read_table(tmp_path / "set.tsv")], [])
    assert len(material.speech[0].clips) == 1
    (note,) = material.notes
    assert note.startswith("In 1 of the 2 clips of set speech is not clear enough")
    (tmp_path / "bad.tsv").write_text("loud.wav\n")
    with pytest.raises(ConfigError, match=r"in no clip of bad .* onset_s and end_s"):
        hear([read_table(tmp_path / "bad.tsv")], [])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--detectors", "energy:1"], "'energy:1' is none of silero, webrtc"),
        (["--vary", "hangover=1"], "did you mean hangover_ms"),
        (["--speech", "gone.tsv"], "gone.tsv cannot be read (No such file or directory)"),
        (["--speech", "nothing.wav"], "none of the 1 clips of files can be read"),
        (["--bound", "silero.missed<=0", "--detectors", "webrtc:3"], "has measured no 'silero.missed'"),
    ],
)
def test_wrong_flags_are_one_sentence(cli: Cli, flags: list[str], words: str) -> None:
    ran = cli("bench", "vad", *flags)
    assert_one_line(ran._replace(out=""), 2, words)
