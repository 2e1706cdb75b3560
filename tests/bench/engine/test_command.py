"""`asrd bench engine`, as a command."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from asrd.cli.main import main

FEW = ["--made", "1", "--growing", "2", "--repeats", "1", "--threads", "1"]
NONE = ["--made", "1", "--growing", "", "--repeats", "1", "--threads", "1"]


def values(printed: str) -> Mapping[str, Any]:
    return {one["name"]: one["value"] for one in json.loads(printed)["measures"]}


def test_the_command_prints_tables_of_engines_in_their_own_process(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.json"
    flags = ["--made", "", "--growing", "3", "--repeats", "1", "--threads", "1", "--ablations", "--store", str(kept)]
    assert main(["bench", "engine", str(tiny_model), *flags]) == 0
    printed = capfd.readouterr().out
    assert "- processor: " in printed
    assert "| tiny.no-drafts" in printed
    assert "| tiny.no-windows" in printed
    assert printed.count("| yes ") == 3
    found = values(kept.read_text(encoding="utf-8"))
    assert "drafts_kept.tiny.3s" in found
    assert "drafts_kept.tiny.no-drafts.3s" not in found
    assert "drafts_kept.tiny.no-windows.3s" in found
    chunks = [found[f"work.{name}.3s.front_chunks"] for name in ("tiny", "tiny.no-drafts", "tiny.no-windows")]
    assert chunks[0] == chunks[1] < chunks[2]
    assert found["worth.windows.tiny.3s.back_rows"] == 1  # no window of 8 s is finished


def test_json_is_the_result(tiny_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "engine", str(tiny_model), *FEW, "--json"]) == 0
    printed = capfd.readouterr().out
    found = values(printed)
    assert found["work.tiny.2s.decoder_positions"] > 0
    assert found["rtf.tiny.1s"] > 0
    assert found["engines_failed"] == 0
    assert not any(name.startswith(("worth", "flatness")) for name in found)
    result = json.loads(printed)
    assert (result["bench"], result["series"][0]["name"]) == ("engine", "pass_ms")
    assert result["settings"]["growing audio"] == "made"


def test_the_model_is_that_of_asrd_run_unless_named(
    tiny_model: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASRD_MODEL", str(tiny_model))
    assert main(["bench", "engine", *NONE, "--json"]) == 0
    assert "rtf.tiny.1s" in values(capfd.readouterr().out)


def test_an_engine_that_fails_does_not_stop_the_others(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    peer = f"broken={shlex.quote(sys.executable)} -c 'raise SystemExit(3)'"
    assert main(["bench", "engine", str(tmp_path / "nothing"), str(tiny_model), *NONE, "--peer", peer]) == 1
    printed = capfd.readouterr()
    assert "| tiny " in printed.out
    assert "peer broken ended with exit code 3" in printed.out
    assert "engines_failed is 2 engines, not at most 0" in printed.err


def test_the_only_model_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "engine", str(tmp_path / "nothing"), *NONE]) == 1
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "nothing" in printed.err
    assert len(printed.err.splitlines()) == 1


def test_a_set_and_a_peer_beside_it(tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in "abc":
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * np.sin(np.arange(16_000)), 16_000)
    table = tmp_path / "mine.tsv"
    table.write_text("a.wav\tone\nb.wav\ttwo\nc.wav\tthree\n", encoding="utf-8")
    script = tmp_path / "peer.py"
    script.write_text("import sys\nfor path in sys.stdin: print('text', flush=True)\n", encoding="utf-8")
    flags = ["--set", str(table), "--clips", "2", "--made", "1", "--growing", "2", "--repeats", "2", "--threads", "1"]
    peer = f"echo={shlex.join([sys.executable, str(script)])}"
    assert main(["bench", "engine", str(tiny_model), *flags, "--peer", peer, "--json"]) == 0
    printed = capfd.readouterr().out
    found = values(printed)
    assert found["rtf.tiny.mine"] > 0
    assert found["rtf.echo.mine"] > 0
    assert found["times_faster.tiny.echo.mine"] < 1  # an echo is quick
    assert found["load.echo"] > 0
    result = json.loads(printed)
    assert "mine (2 s)" in result["samples"]
    assert result["settings"]["growing audio"].startswith("clips of the set")


def test_the_demonstration_is_a_set_that_every_machine_has(tiny_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    flags = ["--made", "", "--set", "demo", "--growing", "", "--repeats", "1", "--threads", "1", "--json"]
    assert main(["bench", "engine", str(tiny_model), *flags]) == 0
    assert "rtf.tiny.demo" in values(capfd.readouterr().out)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--made", "a,b"], "--made 'a,b' is not a list of seconds such as 2,5,10, from 1 to 3600"),
        (["--growing", "-1"], "--growing '-1' is not a list of seconds"),
        (["--made", "nan"], "--made 'nan' is not a list of seconds"),
        (["--repeats", "0"], "'0' is not a whole number from 1 to 100"),
        (["--peer", "echo"], "--peer 'echo' has no command"),
        (["--peer", "tiny=cat"], "2 engines are called 'tiny'"),
        (["--set", "/nothing.tsv"], "/nothing.tsv cannot be read"),
    ],
)
def test_wrong_flags_are_one_sentence(
    tiny_model: Path, capfd: pytest.CaptureFixture[str], flags: list[str], sentence: str
) -> None:
    assert main(["bench", "engine", str(tiny_model), *flags]) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert sentence in printed.err
    assert len(printed.err.splitlines()) == 1


def test_two_tables_of_one_name_are_refused(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.tsv").write_text("a.wav\n", encoding="utf-8")
    sets = [flag for folder in ("one", "two") for flag in ("--set", str(tmp_path / folder / "mine.tsv"))]
    assert main(["bench", "engine", str(tiny_model), *NONE, *sets]) == 2
    assert "2 sets of clips are called 'mine'" in capfd.readouterr().err


@pytest.mark.torch
def test_the_reference_runs_the_same_clips(
    tiny_model: Path, tiny_checkpoint: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ["--made", "1,2", "--growing", "", "--repeats", "1", "--threads", "1", "--json"]
    reference = ["--reference", str(tiny_checkpoint), "--reference-dtypes", "float32"]
    assert main(["bench", "engine", str(tiny_model), *flags, *reference]) == 0
    found = values(capfd.readouterr().out)
    assert found["rtf.transformers-float32.2s"] > 0
    assert found["times_faster.tiny.transformers-float32.1s"] > 0
    assert 0 < found["memory_share.tiny.transformers-float32"] < 1
    assert found["engines_failed"] == 0
