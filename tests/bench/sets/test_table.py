"""Sets of clips as tables: what is read, and what is refused with the line at which it stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.bench.sets.table import Clip, ClipSet, SpokenWord, read_table
from asrd.bench.sets.truth import Speech
from asrd.errors import AudioError, ConfigError


def table(folder: Path, text: str | bytes, name: str = "set.tsv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_plain_table_has_path_reference_speaker(tmp_path: Path) -> None:
    found = read_table(table(tmp_path, "a/1.opus\tone two\tAnna\n2.opus\tthree\t\n3.opus\n"))
    assert found == ClipSet(
        "set",
        [
            Clip(tmp_path / "a/1.opus", "a/1.opus", "one two", "Anna"),
            Clip(tmp_path / "2.opus", "2.opus", "three"),
            Clip(tmp_path / "3.opus", "3.opus"),
        ],
    )
    assert not found.is_labelled


def test_a_header_names_the_columns_in_any_order(tmp_path: Path) -> None:
    text = "path\tend_s\tnotes\tspeaker\tonset_s\treference\n1.opus\t2.5\tnoisy\tAnna\t0.5\tone\n2.opus\t\t\tBen\n"
    found = read_table(table(tmp_path, text))
    assert found.clips == [
        Clip(tmp_path / "1.opus", "1.opus", "one", "Anna", Speech(8000, 40_000)),
        Clip(tmp_path / "2.opus", "2.opus", "", "Ben"),
    ]
    assert not found.is_labelled  # not each of them


def test_a_set_with_a_label_for_each_clip_is_labelled(tmp_path: Path) -> None:
    assert read_table(table(tmp_path, "path\tonset_s\tend_s\n1.opus\t0\t1\n2.opus\t0.1\t0.2\n")).is_labelled


@pytest.mark.parametrize(
    "text",
    [
        "1.opus\tone\n2.opus\ttwo\n",
        "1.opus\tone\n2.opus\ttwo",
        "1.opus\tone\r\n2.opus\ttwo\r\n",
        "\ufeff1.opus\tone\n2.opus\ttwo\n",
        "\ufeffpath\treference\r\n1.opus\tone\r\n2.opus\ttwo\r\n",
        "\n1.opus\tone\n\n \t \n\t\t\n2.opus\ttwo\n\n",
    ],
)
def test_line_ends_a_byte_order_mark_and_empty_lines_change_nothing(tmp_path: Path, text: str) -> None:
    found = read_table(table(tmp_path, text))
    assert [(clip.name, clip.reference) for clip in found.clips] == [("1.opus", "one"), ("2.opus", "two")]


def test_quotation_marks_are_part_of_what_is_said(tmp_path: Path) -> None:
    text = '1.opus\t"Stop," he said\n2.opus\tan unclosed " mark\n3.opus\tit\'s\n'
    said = [clip.reference for clip in read_table(table(tmp_path, text)).clips]
    assert said == ['"Stop," he said', 'an unclosed " mark', "it's"]


def test_a_path_may_lead_anywhere_and_of_an_absolute_one_only_the_end_is_shown(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    soundfile.write(elsewhere / "clip.wav", np.full(1600, 0.25, np.float32), 16_000)
    (tmp_path / "tables").mkdir()
    text = f"../elsewhere/clip.wav\n{elsewhere / 'clip.wav'}\n"
    first, second = read_table(table(tmp_path / "tables", text)).clips
    assert (first.name, second.name) == ("../elsewhere/clip.wav", "clip.wav")
    np.testing.assert_array_equal(first.samples(), second.samples())
    assert first.samples().shape == (1600,)


def test_a_clip_that_is_not_there_is_told_when_it_is_heard(tmp_path: Path) -> None:
    (clip,) = read_table(table(tmp_path, "gone.wav\n")).clips
    with pytest.raises(AudioError, match=r"gone\.wav"):
        clip.samples()


def test_words_lie_beside_the_table(tmp_path: Path) -> None:
    words = "path\tword\tstart_s\tend_s\n1.opus\tone\t0.1\t0.4\n9.opus\tnine\t0\t1\n1.opus\ttwo\t0.5\t0.9\n"
    table(tmp_path, words, "set.words.tsv")
    first, second = read_table(table(tmp_path, "1.opus\tone two\n2.opus\tthree\n")).clips
    assert first.words == (SpokenWord("one", 0.1, 0.4), SpokenWord("two", 0.5, 0.9))
    assert second.words == ()


def test_words_of_a_clip_with_an_absolute_path_are_found(tmp_path: Path) -> None:
    table(tmp_path, f"{tmp_path}/1.opus\tone\t0.1\t0.4\n", "set.words.tsv")
    (clip,) = read_table(table(tmp_path, f"{tmp_path}/1.opus\tone\n")).clips
    assert clip.words == (SpokenWord("one", 0.1, 0.4),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "set.tsv names no clip: each line begins with the path of one, relative to the table"),
        ("path\treference\n", "set.tsv names no clip: each line begins with the path of one, relative to the table"),
        ("1.opus\n\n\tone\n", "set.tsv, line 3 begins with no path: each line begins with that of a clip"),
        (b"1.opus\t\xff\n", "set.tsv cannot be read ("),
        ("path\tonset_s\tend_s\n1.opus\t1\t\n", "line 2: one of onset_s and end_s is missing: give both or neither"),
        ("path\tend_s\n1.opus\t1\n", "line 2: one of onset_s and end_s is missing: give both or neither"),
        (
            "path\tonset_s\tend_s\n1.opus\t1\t0.5\n",
            "line 2: the end, 0.5 s, is not after the begin, 1 s: mend the table",
        ),
        ("path\tonset_s\tend_s\n1.opus\t1\t1\n", "line 2: the end, 1 s, is not after the begin, 1 s: mend the table"),
        *(
            (
                f"path\tonset_s\tend_s\n1.opus\t{number}\t9\n",
                f"line 2: {number!r} is no number of seconds: mend the table",
            )
            for number in ("soon", "-1", "nan", "inf", "1,5")
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_table(table(tmp_path, text))
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "set.tsv"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1.opus\tone\t0.1\n", "line 1: 3 columns instead of path, word, start_s and end_s: mend the table"),
        ("1.opus\tone\t0.1\tlate\n", "line 1: 'late' is no number of seconds: mend the table"),
        ("1.opus\tone\t0.2\t0.1\n", "line 1: the end, 0.1 s, is not after the begin, 0.2 s: mend the table"),
    ],
)
def test_words_that_cannot_be_used_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    table(tmp_path, text, "set.words.tsv")
    with pytest.raises(ConfigError) as caught:
        read_table(table(tmp_path, "1.opus\tone\n"))
    assert str(caught.value) == f"{tmp_path / 'set.words.tsv'}, {sentence}"


def test_a_table_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "gone.tsv", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError) as caught:
            read_table(path)
        assert str(caught.value) == f"{path} cannot be read ({reason}): name a table of clips, one path a line"


def clips(count: int) -> ClipSet:
    return ClipSet("set", [Clip(Path(f"{number}.wav"), f"{number}.wav") for number in range(count)])


@pytest.mark.parametrize(
    ("count", "at_most", "kept"),
    [
        (10, 5, [0, 2, 4, 6, 8]),
        (10, 3, [0, 3, 6]),
        (7, 4, [0, 1, 3, 5]),
        (3, 1, [0]),
        (3, 3, [0, 1, 2]),
        (3, 9, [0, 1, 2]),
        (3, 0, [0, 1, 2]),
    ],
)
def test_thinning_is_even(count: int, at_most: int, kept: list[int]) -> None:
    thinned = clips(count).thinned(at_most)
    assert [clip.name for clip in thinned.clips] == [f"{number}.wav" for number in kept]
    assert thinned.name == "set"


@pytest.mark.parametrize(("count", "at_most"), [(1000, 150), (305, 150), (13, 12), (100, 99)])
def test_the_gaps_of_thinning_differ_by_one_at_most(count: int, at_most: int) -> None:
    kept = [int(clip.path.stem) for clip in clips(count).thinned(at_most).clips]
    gaps = np.diff(kept)
    assert len(set(kept)) == at_most
    assert gaps.max() - gaps.min() <= 1
    assert kept == [int(clip.path.stem) for clip in clips(count).thinned(at_most).clips]


def test_a_label_is_the_truth_and_without_one_the_energy_tells() -> None:
    samples = np.random.default_rng(1).normal(0, 1e-4, 48_000).astype(np.float32)
    samples[16_000:30_000] += (0.3 * np.sin(np.arange(14_000) / 6)).astype(np.float32)
    heard = Clip(Path("a.wav"), "a.wav").speech(samples)
    assert heard is not None
    assert abs(heard.start - 16_000) <= 320
    assert Clip(Path("a.wav"), "a.wav", labelled=Speech(10, 40_000)).speech(samples) == Speech(10, 40_000)
    assert Clip(Path("a.wav"), "a.wav").speech(samples[:16_000]) is None


def test_a_label_may_end_with_the_clip_but_not_beyond() -> None:
    samples = np.zeros(16_000, np.float32)
    assert Clip(Path("a.wav"), "a.wav", labelled=Speech(0, 16_160)).speech(samples) == Speech(0, 16_000)  # rounded
    with pytest.raises(ConfigError, match=r"a\.wav has speech up to 1\.1 s by its label and is 1 s long: mend"):
        Clip(Path("a.wav"), "a.wav", labelled=Speech(0, 17_600)).speech(samples)
