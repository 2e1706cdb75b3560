from __future__ import annotations

import json
from pathlib import Path

import pytest

from asrd.bench.engine.measuring import EngineRequest, measure
from asrd.bench.host.memory import peak_resident_bytes, resident_bytes
from asrd.bench.outcome.text import table
from asrd.cli.main import main

MIB = 2**20


def test_an_engine_is_measured(tiny_model: Path) -> None:
    request = EngineRequest(str(tiny_model), clips_s=[1.0, 2.0], growing_s=[3.0], repeats=2, threads=1)
    result = measure(request)
    assert [clip.clip_s for clip in result.offline] == [1.0, 2.0]
    for clip in result.offline:
        assert 0 < clip.least_s <= clip.total_s <= clip.most_s
        assert clip.timing.total_s <= clip.total_s
    (grown,) = result.growing
    assert grown.final_equals_offline
    assert len(grown.pass_ms) == 6
    assert grown.work.decoder_positions >= grown.most_positions > 0
    assert 20 * MIB < result.resident_bytes <= result.peak_resident_bytes + MIB  # the kernel counts the two apart
    assert resident_bytes() <= peak_resident_bytes() + MIB


def test_the_command_prints_tables_of_engines_in_their_own_process(
    tiny_model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ["--clips", "1", "--growing", "2", "--repeats", "1", "--threads", "1"]
    assert main(["bench", "engine", str(tiny_model), *flags, "--no-drafts"]) == 0
    printed = capfd.readouterr().out
    assert "- processor: " in printed
    assert "| tiny, no drafts" in printed
    assert printed.count("yes |") == 2
    assert main(["bench", "engine", str(tiny_model), *flags, "--json"]) == 0
    measured = json.loads(capfd.readouterr().out)
    assert measured["results"][0]["growing"][0]["work"]["decoder_positions"] > 0
    assert measured["references"] == []


def test_an_engine_that_fails_does_not_stop_the_others(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ["--clips", "1", "--growing", "", "--repeats", "1", "--threads", "1"]
    assert main(["bench", "engine", str(tmp_path / "nothing"), str(tiny_model), *flags]) == 1
    printed = capfd.readouterr()
    assert "| tiny " in printed.out
    assert "asrd.bench.engine.measuring ended with exit code 1" in printed.err


@pytest.mark.parametrize("flags", [["--clips", "a,b"], ["--clips", "-1"], ["--repeats", "0"]])
def test_wrong_flags_are_one_sentence(tiny_model: Path, capfd: pytest.CaptureFixture[str], flags: list[str]) -> None:
    assert main(["bench", "engine", str(tiny_model), *flags]) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1


@pytest.mark.torch
def test_the_reference_runs_the_same_clips(
    tiny_model: Path, tiny_checkpoint: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ["--clips", "1,2", "--growing", "", "--repeats", "1", "--threads", "1"]
    reference = ["--reference", str(tiny_checkpoint), "--reference-dtypes", "float32"]
    assert main(["bench", "engine", str(tiny_model), *flags, *reference]) == 0
    printed = capfd.readouterr().out
    assert printed.count("| transformers float32 |") == 3
    assert "Against transformers float32" in printed


def test_tables_are_markdown() -> None:
    assert table(["a", "bb"], [["x", "1"]]) == "| a | bb |\n| - | -: |\n| x |  1 |\n"
