"""The actions as a user starts them, with a real daemon: seconds of speech, and whatever the machine makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import asrd.bench.daemon.idle
from asrd.bench.daemon.pages import numbers_of, troubles_of
from asrd.bench.sets.demo import demo_set, write_demo_set
from asrd.bench.sets.table import read_table
from asrd.cli.main import main
from asrd.errors import AsrdError
from asrd.source.file import read_audio


@pytest.fixture
def sentence(tmp_path: Path) -> Path:
    """A table of the first sentence of the demonstration."""
    table = write_demo_set(tmp_path)
    header, first, *_ = table.read_text(encoding="utf-8").splitlines()
    table.write_text(f"{header}\n{first}\n", encoding="utf-8")
    return table


@pytest.fixture
def with_unreadable(sentence: Path) -> Path:
    """The same, and a clip that is not there."""
    with sentence.open("a", encoding="utf-8") as table:
        table.write("gone.wav\t\tdemo\t0.1\t0.5\n")
    return sentence


@pytest.fixture
def greeting(tmp_path: Path) -> Path:
    """A clip of a second and a half, by its energy alone: "Good morning"."""
    samples = read_audio(write_demo_set(tmp_path).with_name("demo-1.wav")).samples
    path = tmp_path / "greeting.wav"
    soundfile.write(path, samples[: 3 * 8000], 16_000)
    return path


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["bench", *arguments, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def values_of(result: dict[str, Any]) -> dict[str, float | None]:
    return {measure["name"]: measure["value"] for measure in result["measures"]}


def test_latency_of_a_sentence(with_unreadable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, bound = with_unreadable.with_name("log"), "clips_without_final.demo<=0"
    result = outcome(capsys, "latency", str(with_unreadable), "--bound", bound, "--log", str(log))
    values = values_of(result)
    assert "demo: 1 of 2 clips were left out, as they cannot be read." in result["notes"]
    assert values["gaps.demo"] == values["committed_erasure.demo"] == values["utterances_without_end.demo"] == 0
    for name in ("first_partial", "final_after_speech", "final_after_endpoint", "laal", "lag"):
        assert (values[f"{name}.demo.p50"] or 0) > 0
    # The work of a stream is counted: an encoder row is 77 ms of audio, so once for each is 13 a second of speech.
    assert (values["encoder_rows.demo"] or 0) > 5
    assert (values["decoder_positions.demo"] or 0) > 5
    assert {"first_partial", "lag_over_time", "text_over_time", "resident"} <= {one["name"] for one in result["series"]}
    assert result["bench"] == "latency"
    said, *told = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    (final,) = [one for one in told if one["type"] == "final"]
    assert said["onset"] < final["t_audio"] < final["t_wall"]


def test_load_of_two(greeting: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = outcome(
        capsys, "load", str(greeting), str(greeting.with_name("gone.wav")), "--sessions", "2,2", "--clips", "1"
    )
    values = values_of(result)
    assert "files: 1 of 2 clips were left out, as they cannot be read." in result["notes"]
    assert values["gaps.2"] == values["lost.2"] == values["clips_without_final.2"] == 0
    assert (values["lag_ratio.2"] or 0) >= 1
    assert [row[0] for row in result["tables"][0]["rows"]] == ["2"]


def test_idle_with_a_silent_client(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(asrd.bench.daemon.idle, "_SETTLE_S", 0.5)
    result = outcome(capsys, "idle", "--source", "silence", "--seconds", "2")
    values = values_of(result)
    assert values["finals"] == 0
    assert (values["wake_ups"] or 0) > 10  # fifty blocks a second come in
    assert (values["resident_peak"] or 0) >= (values["resident"] or 0) > 20
    assert (values["cpu"] or 0) > 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("latency", "nothing.tsv"), "nothing.tsv cannot be read"),
        (("load", "--sessions", "1,x"), "'x' is not a whole number from 1 to 64, in a list such as 1,2,4"),
        (("load", "--sessions", "0"), "'0' is not a whole number"),
        (("idle", "--source", "radio"), "radio"),
    ],
)
def test_bad_input_is_told(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(["bench", *arguments])
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("action", ["latency", "load"])
def test_clips_without_a_clear_onset_are_refused(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "short.wav", np.full(1600, 0.01), 16_000)
    assert main(["bench", action, str(tmp_path / "short.wav")]) == 2
    assert "nothing tells where speech begins" in capsys.readouterr().err


def test_the_demonstration_is_there_for_as_long_as_it_is_said() -> None:
    with demo_set() as table:
        assert [len(clip.samples()) > 16_000 for clip in read_table(table).clips] == [True] * 3
    assert not table.parent.exists()


def test_a_daemon_that_is_gone_is_told() -> None:
    for ask in (numbers_of, troubles_of):
        with pytest.raises(AsrdError, match="the daemon does not answer a request for /"):
            ask("http://127.0.0.1:1/", "token")
