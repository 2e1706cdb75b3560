"""A folder as nano's export writes it, and the card beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asrd.convert.folder import sha256
from asrd.model_folder import read_model_folder
from asrd.recognizer.engine import Recognizer
from model.train.card import CARD, write_card
from model.train.evaluate import FIGURES
from model.train.export import NANO, Parts, export, read_head, save_head
from model.train.parts import SpeechHead
from model.train.tiny import SIZES, random_whisper
from tests.conftest import ONE_THREAD
from tests.model.reading import tiny_code, tiny_reading


@pytest.fixture
def parts(tiny_model: Path, recognizer: Recognizer) -> Parts:
    decoder = read_model_folder(tiny_model).decoder.path
    return Parts(random_whisper(), tiny_reading(), None, tiny_code(width=recognizer.model.width), decoder)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_folder_opens_and_recognises(parts: Parts, tmp_path: Path, precision: Any) -> None:
    export(parts, tmp_path / "nano", precision=precision)
    folder = read_model_folder(tmp_path / "nano")
    assert folder.languages == ("English",)
    assert {path.name for path in folder.path.iterdir()} >= {"LICENSE-whisper.txt", "NOTICE.md", "asrd.json"}
    samples = np.random.default_rng(0).normal(size=24_000).astype(np.float32) * 0.1
    with Recognizer.open(folder.path, ONE_THREAD) as recognizer:
        whole = recognizer.transcribe(samples)
        utterance = recognizer.utterance()
        utterance.append(samples[:9000])
        utterance.hypothesis()
        utterance.append(samples[9000:])
        assert utterance.final().tokens == whole.tokens


def test_a_second_export_gives_the_same_files(parts: Parts, tmp_path: Path) -> None:
    export(parts, tmp_path / "one")
    export(parts, tmp_path / "two")
    first, second = (read_model_folder(tmp_path / name) for name in ("one", "two"))
    assert [file.sha256 for file in first.files] == [file.sha256 for file in second.files]


def test_an_export_keeps_the_figures(parts: Parts, tmp_path: Path) -> None:
    export(parts, tmp_path / "nano")
    (tmp_path / "nano" / FIGURES).write_text("{}", encoding="utf-8")
    export(parts, tmp_path / "nano")
    assert (tmp_path / "nano" / FIGURES).read_text(encoding="utf-8") == "{}"


def figures_of(folder: Path) -> dict[str, Any]:
    rate = {"percent": 12.3, "low": 10.0, "high": 15.0}
    values: dict[str, Any] = {
        "clips": 5,
        "of_clips": 9,
        "wer": rate,
        "runaway": 0,
        "streamed_equal": 5,
        "empty": 1,
        "peers": {},
    }
    values["peers"] = {"whisper-base": {"clips": 4, "wer": rate, "nano": rate}}
    speed = ("threads", "load_s", "peak_resident_mb", "open_window_pass_ms_median", "open_window_pass_ms_least")
    return {
        "sha256": {file.role: file.sha256 for file in read_model_folder(folder).files},
        "merging": [
            {
                "windows": 3,
                "utterances": 7,
                "joined": rate,
                "merged": rate,
                "same_text": 7,
                "same_tokens": 7,
                "unended": 0,
            }
        ],
        "precision": {"dev-commands": {"clips": 4, "fp32": rate, "shipped": rate, "cost": rate}},
        "sets": {"dev-commands": values},
        "noise": {
            "clips": 9,
            "unreadable": 1,
            "with_text": 1,
            "with_text_trained_half": [0, 4],
            "with_text_unseen_half": [1, 4],
        },
        "speed": {"machine": {"processor": "some", "cores": "2"}, "load": 0.5}
        | dict.fromkeys((*speed, "real_time_factor_28_s"), 1.5),
    }


def test_the_card_tells_the_figures_and_the_checksums(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "nano"
    export(parts, folder)
    (folder / FIGURES).write_text(json.dumps(figures_of(folder)), encoding="utf-8")
    write_card(folder, {})
    text = (folder / CARD).read_text(encoding="utf-8")
    assert "12.3 (10.0 to 15.0)" in text
    assert all(str(file.sha256) in text for file in read_model_folder(folder).files)
    assert "[[" not in text
    assert "Not measured with these files yet" not in text


def test_a_card_without_speed_says_so(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "nano"
    export(parts, folder)
    figures = figures_of(folder)
    del figures["speed"]
    (folder / FIGURES).write_text(json.dumps(figures), encoding="utf-8")
    write_card(folder, {})
    assert "Not measured with these files yet" in (folder / CARD).read_text(encoding="utf-8")


def test_a_card_of_other_files_is_refused(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "nano"
    export(parts, folder)
    (folder / FIGURES).write_text(json.dumps(figures_of(folder) | {"sha256": {}}), encoding="utf-8")
    with pytest.raises(ValueError, match="other files"):
        write_card(folder, {})


def test_a_head_is_read_as_it_was_written(tmp_path: Path) -> None:
    head = SpeechHead(np.arange(2 * SIZES.width, dtype=np.float32), -1.5)
    save_head(head, tmp_path / "head.npz")
    again = read_head(tmp_path / "head.npz")
    np.testing.assert_array_equal(again.weight, head.weight)
    assert again.bias == head.bias


@pytest.mark.skipif(not (NANO / CARD).is_file(), reason="model/nano has no card yet")
def test_the_card_in_the_repository_is_of_the_files_beside_it() -> None:
    text = (NANO / CARD).read_text(encoding="utf-8")
    for file in read_model_folder(NANO).files:
        assert sha256(file.path) == file.sha256
        assert str(file.sha256) in text


@pytest.mark.skipif(not NANO.is_dir(), reason="model/nano is not there yet")
def test_the_folder_in_the_repository_is_small_enough() -> None:
    from model.train.export import MOST_BYTES, folder_bytes

    assert folder_bytes(NANO) <= MOST_BYTES
