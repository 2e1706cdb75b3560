"""The messages of a run as lines of a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asrd.bench.daemon.eventlog import write_log
from asrd.errors import ConfigError
from tests.bench.daemon.test_measures import good


def test_the_truth_and_every_message_with_both_times(tmp_path: Path) -> None:
    write_log(tmp_path / "log", [good()])
    lines = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 2 + 10
    where = {"set": "good", "repeat": 1}
    words = [["good", 1.75], ["day", 3.0]]
    assert lines[0] == {**where, "type": "said", "onset": 1.0, "end": 3.0, "reference": "good day", "words": words}
    times = {"t_wall": 2.5, "t_audio": 2.25, "start": 0.75, "end": 2.25}
    assert lines[5] == {**where, "type": "partial", "utterance": 1, "committed": "Good", "tail": " they", **times}
    assert lines[2] == {**where, "type": "status", "t_wall": 1.1, "t_audio": None, "state": "speech"}


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="choose another place with --log"):
        write_log(tmp_path / "none" / "log", [good()])
