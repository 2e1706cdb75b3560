"""Sets that a synthesizer says: with a stand-in for festival, and with festival itself where it is installed."""

from __future__ import annotations

import os
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from asrd.bench.sets.labelled import VOICES, make_labelled_set
from asrd.bench.sets.sentences import SENTENCES
from asrd.bench.sets.table import SpokenWord, read_table
from asrd.bench.sets.truth import Speech, speech_of
from asrd.cli.main import main

# Says what festival says of "Good, it's late.": a mark is a word without sound, and "it's" is said as two words.
STAND_IN = """\
#!/bin/sh
cat >> "$0.heard"
printf 'Good\\t0.200000 0.500000\\t0.500000 0.000000\\n'
printf "it's\\t0.750000 0.900000\\t0.900000 1.000000\\n"
printf 'late\\t1.000000 1.500000\\t1.500000 0.000000\\n'
"""


@pytest.fixture
def festival(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "festival"
    program.parent.mkdir()
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return program


def test_words_have_the_times_that_festival_tells(festival: Path, tmp_path: Path) -> None:
    told: list[str] = []
    table = make_labelled_set(tmp_path / "set", ["Good, it's late.", "And good."], ("one", "two"), told.append)
    first, second = read_table(table).clips
    assert first.reference == "Good, it's late."
    assert first.labelled == Speech(3200, 24_000)
    assert first.words == (SpokenWord("Good", 0.2, 0.5), SpokenWord("it's", 0.75, 1.0), SpokenWord("late", 1.0, 1.5))
    assert [first.speaker, second.speaker] == ["one", "two"]
    assert told == ["1 of 2 sentences", "2 of 2 sentences"]
    asked = festival.with_name("festival.heard").read_text(encoding="utf-8")
    assert "(voice_one)" in asked
    assert f'(say "{tmp_path}/set/0001.wav" "And good.")' in asked


@pytest.mark.parametrize("sentence", ['Say "yes".', "In 1984.", "", "a\\b", "(exit)", "é"])
def test_what_a_synthesizer_reads_otherwise_is_refused(
    sentence: str, festival: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text"
    text.write_text(f"{sentence}\n", encoding="utf-8")
    assert main(["bench", "labelled", str(tmp_path / "set"), "--text", str(text)]) == 2
    told = capsys.readouterr().err
    assert ("has more than letters and punctuation" if sentence else "holds no sentence") in told
    assert not festival.with_name("festival.heard").exists()


def test_festival_that_is_missing_or_has_no_such_voice_is_told(
    festival: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    festival.write_text("#!/bin/sh\necho 'SIOD ERROR: unbound variable : voice_x' >&2\nexit 255\n", encoding="utf-8")
    assert main(["bench", "labelled", str(tmp_path), "--voices", "x"]) == 2
    assert "festival cannot use the voice x (SIOD ERROR: unbound variable" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["bench", "labelled", str(tmp_path)]) == 2
    assert "festival is not installed" in capsys.readouterr().err


def test_places_that_cannot_be_read_or_written(
    festival: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "labelled", str(festival / "below")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["bench", "labelled", str(tmp_path), "--text", str(tmp_path / "none")]) == 2
    assert "--text" in capsys.readouterr().err


def test_the_sentences_that_come_along_can_be_said(
    festival: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(set(SENTENCES)) == 60
    assert main(["bench", "labelled", str(tmp_path / "set")]) == 0
    assert len(read_table(Path(capsys.readouterr().out.strip())).clips) == 60


@pytest.mark.skipif(shutil.which("festival") is None, reason="festival is not installed")
@pytest.mark.parametrize("voice", VOICES)
def test_labels_agree_with_the_energy_of_the_sound(voice: str, tmp_path: Path) -> None:
    if not any(Path("/usr/share/festival/voices").glob(f"*/{voice}")):
        pytest.skip(f"festival has no voice {voice}")
    table = make_labelled_set(
        tmp_path, ["Please open the window, it's late.", "The road goes up the hill and through the forest."], (voice,)
    )
    for clip in read_table(table).clips:
        assert [word.word for word in clip.words] == [word.strip(",.") for word in clip.reference.split()]
        assert all(one.end_s <= other.start_s + 1e-6 for one, other in pairwise(clip.words))
        heard = speech_of(clip.samples())
        assert heard is not None
        assert clip.labelled is not None
        assert abs(heard.start - clip.labelled.start) < 2400  # 150 ms: a soft consonant is no loud frame yet
        assert abs(heard.end - clip.labelled.end) < 2400
