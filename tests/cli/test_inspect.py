from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from asrd.recognizer.engine import Recognizer
from tests.cli.commands import Cli, speech, write_wav


def test_every_stage_is_a_line(cli: Cli, tiny_model: Path, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.stack([speech(10.3)] * 2, axis=1))
    ran = cli("inspect", path, "--threads", "1", "--model", tiny_model)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    names = [line.split()[0] for line in lines]
    assert names == ["samples", "mel", *["hidden", "rows"] * 2, "head", "suffix", "tokens", "text", "total"]
    assert "(164800,)" in lines[0]
    assert "10.30 s at 16000 Hz, 2 channels" in lines[0]
    assert "(1030, 128) " in lines[1]
    assert "(104, 64)" in lines[2]
    assert "window 1, 8 chunks" in lines[2]
    assert "(30, 64)" in lines[5]
    assert '"<|audio_start|>"' in lines[6]
    assert "real-time factor" in lines[-1]


def test_it_is_the_plain_pass(cli: Cli, tiny_model: Path, clip: Path, recognizer: Recognizer) -> None:
    value = json.loads(cli("inspect", clip, "--threads", "1", "--model", tiny_model, "--json").out)
    expected = recognizer.transcribe(speech(3.0))
    (piece,) = value["pieces"]
    assert tuple(piece["tokens"]["ids"]) == expected.tokens
    assert (value["text"], value["language"]) == (expected.text, expected.language)
    assert [stage["stage"] for stage in piece["stages"]] == ["mel", "hidden", "rows"]
    assert piece["stages"][0]["shape"] == [300, 128]
    assert piece["stages"][0]["minimum"] <= piece["stages"][0]["mean"] <= piece["stages"][0]["maximum"]
    assert value["samples"]["shape"] == [48_000]
    assert value["elapsed_s"] > 0


def test_long_audio_is_inspected_piece_by_piece(cli: Cli, tiny_model: Path, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", speech(5.0))
    ran = cli("inspect", path, "--threads", "1", "--model", tiny_model, "--max-utterance", "2", "--language", "en")
    pieces = [line for line in ran.out.splitlines() if line.startswith("piece ")]
    assert len(pieces) >= 3
    assert pieces[0].startswith("piece    0.00 to ")
    assert pieces[-1].endswith("to 5.00 s")
    texts = [line for line in ran.out.splitlines() if line.startswith("text ")]
    assert len(texts) == len(pieces)
    assert all(line.startswith("text     English, ") for line in texts)
