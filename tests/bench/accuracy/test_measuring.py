"""The whole bench over made clips: what a scripted recognizer says is counted, kept, bounded and told."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from asrd.bench.accuracy import gathering
from asrd.bench.accuracy.hearing import Ways, hear
from asrd.bench.accuracy.measuring import AccuracyRequest, measure
from asrd.bench.outcome.result import Result
from asrd.bench.peers.child import PeerError
from asrd.bench.peers.spec import parse_peers
from asrd.cli.main import main
from asrd.errors import ConfigError
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.recognizer.engine import Recognizer
from asrd.values import EngineOptions
from tests.bench.accuracy.scripted import ScriptedRecognizer, clip, text_of, write_set
from tests.bench.needs import NEEDS_TEXT2NUM

pytestmark = NEEDS_TEXT2NUM
ROWS = [(4, "good morning make me"), (6, "good morning make me the coffee"), (2, "")]
PEER = "import sys\nfor line in sys.stdin:\n    print('good morning', flush=True)\n"


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> ScriptedRecognizer:
    recognizer = ScriptedRecognizer()
    monkeypatch.setattr(Recognizer, "open", lambda *_: recognizer)
    return recognizer


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_set(tmp_path, "dev", ROWS)


def measured(model: Path, *tables: Path, said: list[str] | None = None, **changes: Any) -> Result:
    request = {"tables": tables, "model": model, "command": "asrd", "ways": Ways((0.1, 1.0)), **changes}
    return measure(AccuracyRequest(**request), ([] if said is None else said).append)


@pytest.mark.usefixtures("scripted")
def test_streaming_pays_nothing(table: Path, tiny_model: Path) -> None:
    found = measured(tiny_model, table)
    assert found.measure("wer.dev.offline").value == found.measure("wer.dev.streamed").value == 10.0
    assert found.measure("wer.dev.streaming_cost").value == 0.0
    differing = found.measure("finals_differing.dev.streamed")
    assert (differing.value, differing.count, str(differing.bound)) == (0, 2, "at most 0")
    assert found.measure("clips_left_out.dev").value == 0
    assert found.broken() == []
    assert found.samples == "2 clips, 0.1 min"
    assert "dev: 1 clips left out, of which the table says no words." in found.notes
    assert found.settings["margins_s"] == (0.1, 1.0)
    assert "vad" not in found.settings
    assert [one.title for one in found.tables] == [
        "dev: 2 clips, 10 words",
        "dev: stabiliser settings over the same passes",
        "dev: the worst of streamed, as they were compared",
    ]


def test_settings_beside_each_other(scripted: ScriptedRecognizer, table: Path, tiny_model: Path) -> None:
    """A word is wrong when it is new: who commits at once commits nothing wrong, who waits commits late."""
    found = measured(tiny_model, table)
    quick, slow = (found.measure(f"commit_delay.dev.margin_{label}") for label in ("100ms", "1000ms"))
    assert quick.value is not None
    assert slow.value is not None
    assert 0.0 < quick.value < slow.value
    assert found.measure("erasure.dev.margin_100ms").value == found.measure("erasure.dev.margin_1000ms").value
    assert found.measure("unstable_words.dev.margin_100ms").value
    for label in ("100ms", "1000ms"):
        assert found.measure(f"commit_errors_as_words.dev.margin_{label}").value == 0.0
        assert found.measure(f"committed_erasure.dev.margin_{label}").value == 0
    assert scripted.consistent == []
    assert [line.label for line in found.series[0].lines] == ["0.1 s", "1 s (default)"]
    assert any(note.startswith("dev, unstable margin 0.1 s: 0.00 % of the words") for note in found.notes)


def test_what_was_committed_wrongly(scripted: ScriptedRecognizer, table: Path, tiny_model: Path) -> None:
    scripted.misheard_s = 0.5  # the newest word is wrong as long as it is the newest
    found = measured(tiny_model, table)
    assert found.measure("commit_errors.dev.margin_100ms").value == pytest.approx(100 * 2 / 10)
    assert found.measure("commit_errors.dev.margin_1000ms").value == 0.0
    assert found.measure("committed_erasure.dev.margin_100ms").value == 0
    assert scripted.consistent == [0.1, 0.1]  # decoded again where the best final contradicts what was committed
    assert found.measure("wer.dev.consistent_cost.margin_100ms").value == pytest.approx(90.0)
    assert found.measure("wer.dev.consistent_cost.margin_1000ms").value == 0.0


def test_a_stream_that_differs_breaks_the_bound(scripted: ScriptedRecognizer, table: Path, tiny_model: Path) -> None:
    scripted.added = " indeed"
    found = measured(tiny_model, table, ways=Ways((1.0,)))
    assert found.measure("finals_differing.dev.streamed").value == 2
    assert found.measure("wer.dev.streaming_cost").value == pytest.approx(20.0)
    assert [one.name for one in found.broken()] == ["finals_differing.dev.streamed"]


@pytest.mark.usefixtures("scripted")
def test_through_the_segmenter(tmp_path: Path, tiny_model: Path) -> None:
    table = write_set(tmp_path, "dev", ROWS[:2])
    found = measured(tiny_model, table, ways=Ways((1.0,), is_segmented=True))
    segmented = found.measure("finals_differing.dev.segmented")
    assert segmented.value == 0
    assert segmented.bound is not None
    assert found.measure("wer.dev.segmented").count == 2
    assert found.measure("wer.dev.segmenting_cost").low is not None
    assert found.settings["vad"] == "silero"


def test_clips_that_cannot_be_used_are_counted_and_named(
    scripted: ScriptedRecognizer, table: Path, tiny_model: Path
) -> None:
    table.with_name("dev-1.wav").write_bytes(b"nothing")
    with table.open("a", encoding="utf-8") as file:
        file.write("gone.wav\tgood morning\n")
    found = measured(tiny_model, table)
    assert found.measure("clips_left_out.dev").value == 2
    assert found.measure("clips_left_out.dev").count == 3
    assert found.measure("wer.dev.offline").count == len(scripted.offline) == 1
    (note,) = [note for note in found.notes if "left out:" in note]
    assert "dev-1.wav" in note
    assert "gone.wav" in note


def test_clips_longer_than_a_piece_have_no_settings(
    scripted: ScriptedRecognizer, table: Path, tiny_model: Path
) -> None:
    scripted.options = EngineOptions(max_utterance_s=2.5)
    found = measured(tiny_model, table, engine=scripted.options)
    assert found.measure("commit_delay.dev.margin_1000ms").count == 1
    assert found.measure("wer.dev.streamed").count == 2
    assert any(note.startswith("dev: 1 clips, longer than one piece") for note in found.notes)


def test_a_set_thinned_out(scripted: ScriptedRecognizer, table: Path, tiny_model: Path) -> None:
    found = measured(tiny_model, table, clips=1)
    assert (found.measure("wer.dev.offline").count, len(scripted.offline)) == (1, 1)


def test_the_same_again(scripted: ScriptedRecognizer, table: Path, tiny_model: Path) -> None:
    first, second = (measured(tiny_model, table) for _ in range(2))
    ratios = [[one for one in result.measures if not one.name.startswith("rtf")] for result in (first, second)]
    assert ratios[0] == ratios[1]
    assert len(scripted.offline) == 4
    assert first.measure("rtf.dev.offline").value is not None
    assert first.tables[0].header[-1] == "RTF"


def test_a_run_goes_on(
    scripted: ScriptedRecognizer, table: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = table.with_name("kept.jsonl")
    monkeypatch.setattr(gathering, "hear", _failing_at(2))
    with pytest.raises(KeyboardInterrupt):
        measured(tiny_model, table, resume=resume)
    monkeypatch.undo()
    monkeypatch.setattr(Recognizer, "open", lambda *_: scripted)
    scripted.offline.clear()
    found = measured(tiny_model, table, resume=resume)
    assert len(scripted.offline) == 1
    assert measured(tiny_model, table, resume=resume).measures == found.measures
    assert len(scripted.offline) == 1
    assert not any(one.name.startswith("rtf") for one in found.measures)  # of another moment
    assert "RTF" not in found.tables[0].header
    with pytest.raises(ConfigError, match="other settings"):
        measured(tiny_model, table, resume=resume, ways=Ways((0.1, 2.0)))


def _failing_at(number: int) -> Any:
    calls = 0

    def failing(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            raise KeyboardInterrupt
        return hear(*args)

    return failing


def test_a_peer_over_the_same_clips(scripted: ScriptedRecognizer, table: Path, tiny_model: Path) -> None:
    resume = table.with_name("kept.jsonl")
    peers = parse_peers([f"short={shlex.join([sys.executable, '-c', PEER])}"])
    said: list[str] = []
    found = measured(tiny_model, table, peers=peers, resume=resume, said=said)
    assert found.measure("wer.dev.short").value == pytest.approx(60.0)
    assert found.measure("wer.dev.short_less_asrd").value == pytest.approx(50.0)
    assert found.measure("wer.dev.short").count == found.measure("wer.dev.offline").count == 2
    assert found.tables[0].rows[-1][0] == "short - offline"
    assert {"short: clip 1 of 2", "dev: clip 2 of 2"} <= set(said)
    said.clear()
    again = measured(tiny_model, table, peers=peers, resume=resume, said=said)
    assert again.measure("wer.dev.short") == found.measure("wer.dev.short")
    assert not any(line.startswith("short") for line in said)
    assert len(scripted.offline) == 2


@pytest.mark.usefixtures("scripted")
def test_a_peer_that_fails(table: Path, tiny_model: Path) -> None:
    with pytest.raises(PeerError, match="short"):
        measured(tiny_model, table, peers=parse_peers([f"short={sys.executable} -c 'import sys; sys.exit(3)'"]))


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("content", ["", "gone.wav\n", "gone.wav\t...\n", "gone.wav\tgood morning\n"])
def test_tables_that_give_nothing(content: str, tmp_path: Path, tiny_model: Path) -> None:
    table = tmp_path / "dev.tsv"
    table.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="dev"):
        measured(tiny_model, table)


@pytest.mark.usefixtures("scripted")
def test_sets_of_one_name(table: Path, tiny_model: Path) -> None:
    other = table.parent / "other"
    other.mkdir()
    with pytest.raises(ConfigError, match="sets are called dev"):
        measured(tiny_model, table, write_set(other, "dev", ROWS))


def test_the_command(
    scripted: ScriptedRecognizer, table: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["bench", "accuracy", str(table), "--model", str(tiny_model), "--margins", "0.1,1"]
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bench"] == "accuracy"
    assert found["model"]["model"]
    assert main(arguments) == 0
    assert "**dev: stabiliser settings over the same passes**" in capsys.readouterr().out
    scripted.added = " indeed"
    assert main(arguments) == 1
    assert "finals_differing.dev.streamed is 2" in capsys.readouterr().err


@pytest.mark.usefixtures("scripted")
def test_without_a_table_the_demo_clip_is_taken(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "accuracy", "--model", str(tiny_model), "--json"]) == 0
    (offline,) = [one for one in json.loads(capsys.readouterr().out)["measures"] if one["name"] == "wer.demo.offline"]
    assert offline["count"] == 3


@pytest.mark.parametrize("margins", ["", "a", "1,1", "-1", "61", "nan"])
def test_margins_that_are_none(margins: str, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "accuracy", str(table), f"--margins={margins}"]) == 2
    assert "--margins" in capsys.readouterr().err


def test_the_script_says_a_word_each_half_second() -> None:
    assert text_of(len(clip(3))) == "Good morning, make"
    assert len(clip(3)) == 1.5 * SAMPLE_RATE_HZ
