from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.geometry import SAMPLE_RATE_HZ, WINDOW_ROWS
from model.train.vocabulary_smoke import SENTENCES, smoke_vocabulary

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("default")]
pytest.importorskip("torch")
pytest.importorskip("tokenizers")
pytest.importorskip("jiwer")

from model.train.decoder import Decoder, DecoderShape  # noqa: E402  needs torch
from model.train.joint import (  # noqa: E402
    MixedSource,
    Names,
    Repair,
    Utterance,
    collect,
    concatenated,
    measure_merging,
    read_utterances,
    real_example,
    split_speakers,
)
from model.train.simulate import Pieces, Simulator  # noqa: E402
from model.train.speech import Clip  # noqa: E402


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    return Pieces(*smoke_vocabulary(tmp_path_factory.mktemp("pieces")))


@pytest.fixture(scope="module")
def repair(pieces: Pieces) -> Repair:
    return Repair(pieces, Names(["He met Mary in the street.", "Then Mary said that I may go."]))


def heard(pieces: Pieces, windows: Sequence[str], *references: str) -> Utterance:
    ids = tuple(pieces.words(window.split()) for window in windows)
    return Utterance(ids, (WINDOW_ROWS,) * len(ids), references, "somebody")


@pytest.mark.parametrize(
    ("windows", "reference", "expected"),
    [
        # An invented full stop and capital.
        (["He came to the.", "Small harbour."], "he came to the small harbour", ["He came to the", "small harbour."]),
        # A name keeps its capital, and so does "I".
        (["He met.", "Mary there."], "he met mary there", ["He met", "Mary there."]),
        (["He said that.", "I may go."], "he said that i may go", ["He said that", "I may go."]),
        # A word heard twice.
        (["so we would.", "would wait here"], "so we would wait here", ["so we would", "wait here"]),
        # A word cut in two.
        (["near the har", "bour today"], "near the harbour today", ["near the harbour", "today"]),
        (["up mid-s", "stream, searching on"], "up midstream searching on", ["up midstream", "searching on"]),
        # A guess at what only the next window hears whole.
        (
            ["You try not to sing.", "Think about it"],
            "you try not to think about it",
            ["You try not to", "think about it"],
        ),
        # What was said cannot be known from what was heard: it stays.
        (["He came dog.", "The harbour."], "he came elephant the harbour", ["He came dog.", "The harbour."]),
        # Away from the border nothing changes.
        (
            ["He cane to the", "small herb now"],
            "he came to the small harbour now",
            ["He cane to the", "small herb now"],
        ),
        # The reference has a full stop there.
        (["He came.", "The boat."], "He came. The boat.", ["He came.", "The boat."]),
        (["He came.", ""], "he came", ["He came.", ""]),
    ],
)
def test_borders_are_put_right(
    pieces: Pieces, repair: Repair, windows: list[str], reference: str, expected: list[str]
) -> None:
    targets = repair.targets(heard(pieces, windows, reference))
    assert [" ".join(word.text for word in words) for words in targets] == expected
    for words in targets:
        assert "".join(f" {word.text}" for word in words) == pieces.vocabulary.text(i for w in words for i in w.ids)


def test_the_border_of_two_clips_stays(pieces: Pieces, repair: Repair) -> None:
    utterance = heard(pieces, ["He came.", "The boat"], "he came", "the boat")
    assert [[word.text for word in words] for words in repair.targets(utterance)] == [["He", "came."], ["The", "boat"]]


def test_an_example_of_what_was_heard(pieces: Pieces, repair: Repair) -> None:
    utterance = heard(pieces, ["He came to the.", "", "Small harbour."], "he came to the small harbour")
    example = real_example(utterance, repair, pieces)
    assert [window for window, _ in example.windows] == [utterance.windows[0], None, utterance.windows[2]]
    assert pieces.vocabulary.text(example.output) == "language English He came to the. Small harbour."
    assert concatenated(utterance, pieces) == "He came to the. Small harbour."


def test_collecting_goes_on_where_it_stopped(tmp_path: Path) -> None:
    clips = []
    for index in range(4):
        path = tmp_path / f"{index}.wav"
        tone = 0.1 * np.sin(np.arange((3 + index) * SAMPLE_RATE_HZ) * 0.1 * (index + 1))
        soundfile.write(path, tone, SAMPLE_RATE_HZ)
        clips.append(Clip(path, f"tone {index}", "flute"))
    lengths = []

    def recognise(samples: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[list[int]]:
        lengths.append(len(samples))
        return [[1, 2], []]

    collect(clips, recognise, tmp_path / "new" / "a.jsonl", count=2, seed=1)
    collect(clips, recognise, tmp_path / "new" / "a.jsonl", count=5, seed=1)
    collect(clips, recognise, tmp_path / "b.jsonl", count=5, seed=1)
    assert lengths[:5] == lengths[5:]
    assert max(lengths) <= 18 * SAMPLE_RATE_HZ
    utterances = read_utterances(tmp_path / "b.jsonl")
    assert utterances == read_utterances(tmp_path / "new" / "a.jsonl")
    assert {len(utterance.references) for utterance in utterances} >= {1, 2}
    assert utterances[0].windows == ((1, 2), ())


def test_held_out_speakers_are_not_trained_on() -> None:
    clips = [Clip(Path(f"{i}.opus"), f"text {i % 40}", str(i % 20)) for i in range(200)]
    training, held_out = split_speakers(clips)
    assert len(training) + len(held_out) == 200
    assert not {clip.speaker for clip in training} & {clip.speaker for clip in held_out}
    assert len(held_out) == 20
    alone = [Clip(clip.path, clip.reference, "one") for clip in clips]
    training, held_out = split_speakers(alone)
    assert not {clip.reference for clip in training} & {clip.reference for clip in held_out}
    assert len(held_out) == 20


def test_real_and_simulated_examples_are_mixed(pieces: Pieces, repair: Repair) -> None:
    simulator = Simulator([pieces], SENTENCES, seed=3)
    real = real_example(heard(pieces, ["He came."], "he came"), repair, pieces)
    mixed = MixedSource(simulator, [real], 0.5, seed=1)
    examples = mixed.examples(3, 40)
    assert examples == mixed.examples(3, 40)
    assert 10 <= examples.count(real) <= 30


def test_merging_is_measured_through_llama(pieces: Pieces) -> None:
    size, window_id = len(pieces.vocabulary), pieces.vocabulary.window_id
    decoder = Decoder(DecoderShape(size, window_id, hidden=128, layers=2, heads=6, head_dim=32, ffn=96))
    found = measure_merging(decoder, pieces, [heard(pieces, ["He came.", "The boat"], "he came the boat")])
    assert (found.utterances, found.concatenated) == (1, 0.0)
    assert found.merged > 0
