"""`asrd bench vad`: the truth, the scenes, the comparison and the command, on signals made here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.bench.sets.truth import Speech, speech_of
from asrd.bench.vad.measuring import variants_of
from asrd.bench.vad.scenes import (
    CONDITIONS,
    Clip,
    Scene,
    clean_clips,
    pink_noise,
    read_set,
    root_mean_square,
    spoken_scenes,
)
from asrd.bench.vad.scoring import Found, find_utterances, score
from asrd.bench.vad.trace import Trace
from asrd.cli.main import main
from asrd.errors import AudioError, ConfigError
from asrd.options import SegmentOptions

HOP = 160
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(0, 0.05, 48_000).astype(np.float32)


def recording(start: int, end: int, samples: int = 48_000) -> np.ndarray:
    """Hiss at -80 dB with a loud vowel from `start` to `end`."""
    hiss = np.random.default_rng(1).normal(0, 1e-4, samples)
    hiss[start:end] += 0.3 * np.sin(2 * np.pi * 400 * np.arange(end - start) / 16_000)
    return hiss.astype(np.float32)


def test_the_truth_is_where_it_is_loud() -> None:
    speech = speech_of(recording(16_000, 30_000))
    assert speech is not None
    assert abs(speech.start - 16_000) <= 2 * HOP
    assert abs(speech.end - 30_000) <= 2 * HOP


def test_a_click_is_not_where_speech_begins() -> None:
    clicked = recording(16_000, 30_000)
    clicked[4000:4400] = 0.5
    clicked[40_000:40_300] = 0.5
    assert speech_of(clicked) == speech_of(recording(16_000, 30_000))


@pytest.mark.parametrize("samples", [NOISE, NOISE[:500], np.zeros(48_000, np.float32)])
def test_without_a_clear_level_there_is_no_truth(samples: np.ndarray) -> None:
    assert speech_of(samples) is None
    with pytest.raises(AudioError, match="cleaner"):
        clean_clips([samples])


def test_scenes_know_where_their_clips_are() -> None:
    clips = clean_clips([recording(16_000, 30_000), recording(8000, 20_000), NOISE])
    assert len(clips) == 2
    scenes = list(spoken_scenes("made", clips, [NOISE]))
    assert [scene.condition for scene in scenes] == [condition.name for condition in CONDITIONS]
    for scene in scenes:
        assert len(scene.speech) == 2
        assert scene.speech[0].start >= 24_000 + clips[0].speech.start
        for speech, clip in zip(scene.speech, clips, strict=True):
            heard, spoken = scene.samples[slice(*speech)], clip.samples[slice(*clip.speech)]
            assert np.corrcoef(heard, spoken)[0, 1] > 0.9


def test_conditions_keep_their_levels() -> None:
    clip = Clip(recording(16_000, 30_000), Speech(16_000, 30_000))
    for scene, condition in zip(spoken_scenes("made", [clip], [NOISE]), CONDITIONS, strict=True):
        before, speech = scene.samples[: scene.speech[0].start - 16_000], scene.samples[slice(*scene.speech[0])]
        background_db = 20 * np.log10(root_mean_square(before))
        if condition.level_db is None or not condition.noise:
            assert background_db == pytest.approx(-75, abs=1)
        else:
            assert background_db == pytest.approx(condition.level_db - condition.snr_db, abs=2)
        if condition.level_db is not None:
            assert 20 * np.log10(root_mean_square(speech)) == pytest.approx(condition.level_db, abs=0.6)


def test_noise_from_the_sets_needs_sets() -> None:
    clips = clean_clips([recording(16_000, 30_000)])
    assert not any("noise" in scene.condition for scene in spoken_scenes("made", clips, []))


def test_equal_scenes_in_every_run() -> None:
    clips = clean_clips([recording(16_000, 30_000)])
    for one, other in zip(spoken_scenes("a", clips, [NOISE]), spoken_scenes("a", clips, [NOISE]), strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)


def test_pink_noise_is_pink() -> None:
    noise = pink_noise(1 << 20, np.random.Generator(np.random.PCG64(1)))
    power = np.abs(np.fft.rfft(noise[:960_000])) ** 2
    low, high = power[60 * 200 : 60 * 400].sum(), power[60 * 2000 : 60 * 4000].sum()  # 60 bins a hertz
    assert root_mean_square(noise) == pytest.approx(1, abs=0.02)
    assert low / high == pytest.approx(1, abs=0.1)


def trace(pattern: str, frame_samples: int = 320) -> Trace:
    return Trace(frame_samples, np.array([letter == "+" for letter in pattern], np.float32), 0.0)


def test_utterances_of_a_trace_are_its_voiced_stretches() -> None:
    options = replace(SegmentOptions(), hangover_ms=300, onset_ms=60, onset_window_ms=60)
    found = find_utterances(trace("-" * 50 + "+" * 20 + "-" * 10 + "+" * 20 + "-" * 30 + "+" * 10), options, 0.5)
    assert found == [Found(50 * 320, 53 * 320, 100 * 320), Found(130 * 320, 133 * 320, 140 * 320)]


def test_what_is_cut_for_its_length_is_one_utterance() -> None:
    options = replace(SegmentOptions(), max_utterance_s=2.0)
    assert find_utterances(trace("+" * 500), options, 0.5) == [Found(0, 3 * 320, 500 * 320)]


def test_too_short_utterances_are_not_found() -> None:
    options = replace(SegmentOptions(), min_speech_ms=200)
    assert find_utterances(trace("-" * 20 + "+" * 5 + "-" * 100), options, 0.5) == []


def test_a_score_counts_each_kind_of_mistake() -> None:
    speech = tuple(Speech(at, at + 1600) for at in (16_000, 32_000, 48_000, 64_000))
    scene = Scene("made", "clean", np.zeros(160_000, np.float32), speech)
    found = [
        Found(16_160, 17_000, 16_800),  # split
        Found(17_200, 17_500, 17_760),
        Found(31_840, 32_900, 48_100),  # bridges two
        Found(100_000, 101_000, 116_000),  # nobody speaks
    ]
    result = score(scene, found)
    assert (result.clips, result.missed, result.split, result.merged, result.false_starts) == (4, 1, 1, 1, 1)
    assert (result.onset_ms, result.delay_ms, result.end_ms) == ([10.0], [62.5], [10.0])
    assert result.open_hours * 3600 == 1.0
    assert (result + result).onset_ms == [10.0, 10.0]


def test_variants_are_all_combinations() -> None:
    variants = variants_of([("silero", 0.4), ("webrtc", 2.0)], [(30, 30), (90, 180)], [500, 700])
    assert len(variants) == 8
    assert {(one.vad, one.hangover_ms, one.onset_ms, one.resume_ms) for one in variants} == {
        (vad, hangover, onset, resume)
        for vad in ("silero", "webrtc")
        for hangover in (500, 700)
        for onset, resume in ((30, 30), (90, 60))
    }
    assert {one.threshold for one in variants if one.vad == "silero"} == {0.4}
    assert {one.aggressiveness for one in variants if one.vad == "webrtc"} == {2}


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """A table of two clips of speech and one of noise, with a clip that cannot be read in each."""
    quiet = np.zeros(8000, np.float32)
    for number in (3, 5):
        clip = np.concatenate([quiet, make_clip(ClipSpec(seed=number, samples=24_000)), quiet])
        clip += RANDOM.normal(0, 1e-4, len(clip)).astype(np.float32)
        soundfile.write(tmp_path / f"clip{number}.wav", clip, 16_000)
    soundfile.write(tmp_path / "noise.wav", NOISE, 16_000)
    (tmp_path / "damaged.wav").write_bytes(b"RIFF")
    speech, noise = tmp_path / "speech.tsv", tmp_path / "noise.tsv"
    speech.write_text("path\treference\nclip3.wav\tone\tsomebody\nclip5.wav\ttwo\nmissing.wav\tthree\n")
    noise.write_text("noise.wav\t\tmade\ndamaged.wav\n")
    return speech, noise


def test_the_command_prints_tables(tables: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
    flags = ["--detectors", "silero:0.5,webrtc:3", "--onsets", "60/120,90/180"]
    assert main(["bench", "vad", "--speech", str(tables[0]), "--noise", str(tables[1]), *flags]) == 0
    printed = capfd.readouterr()
    assert printed.out.count("| silero 0.5 ") == 4  # two variants, and in the heads of the other tables
    assert "| speech, pink 10 dB " in printed.out
    assert "|silero0.5|webrtc3|" in printed.out.replace(" ", "")
    assert "1 of the clips of speech cannot be read" in printed.err


def test_the_command_gives_json(tables: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
    flags = ["--detectors", "webrtc:1", "--json", "--clips", "1"]
    assert main(["bench", "vad", "--speech", str(tables[0]), *flags]) == 0
    (result,) = json.loads(capfd.readouterr().out)["results"]
    assert result["detector"] == "webrtc 1"
    assert [scene["clips"] for scene in result["scenes"]] == [1] * 4
    assert result["options"]["aggressiveness"] == 1


def test_a_set_is_thinned_out_evenly(tables: tuple[Path, Path]) -> None:
    assert len(read_set(tables[0], 0).recordings) == 2
    assert read_set(tables[0], 1).unreadable == 0
    assert len(read_set(tables[0], 1).recordings) == 1


@pytest.mark.parametrize("text", ["", "path\n", "nothing.wav\n"])
def test_a_table_without_clips_is_refused(tmp_path: Path, text: str) -> None:
    table = tmp_path / "table.tsv"
    table.write_text(text)
    with pytest.raises(ConfigError, match=r"table\.tsv"):
        read_set(table, 0)
    with pytest.raises(ConfigError, match=r"gone\.tsv"):
        read_set(tmp_path / "gone.tsv", 0)


@pytest.mark.parametrize(
    "flags",
    [
        ["--detectors", "energy:1"],
        ["--detectors", "webrtc:4"],
        ["--detectors", "silero:1.5"],
        ["--detectors", "silero"],
        ["--onsets", "90"],
        ["--onsets", "90/60"],
        ["--hangovers", "a"],
        ["--hangovers", "100"],  # shorter than the pause
    ],
)
def test_wrong_flags_are_one_sentence(
    tables: tuple[Path, Path], capfd: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    assert main(["bench", "vad", "--speech", str(tables[0]), "--clips", "1", *flags]) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
