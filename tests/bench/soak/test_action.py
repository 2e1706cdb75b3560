"""`asrd bench soak`: its flags, its exit code, what it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asrd.bench.daemon.process import Usage
from asrd.bench.soak.account import Account, Finding, Wrong
from asrd.bench.soak.plan import Plan, Soaked
from asrd.bench.soak.soaking import Tell
from asrd.cli.bench import soak as action
from asrd.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--hours", "0"], "'0' is not a number of hours up to 10000"),
        (["--hours", "nan"], "'nan' is not a number of hours"),
        (["--faults", "-1"], "'-1' is not a whole number"),
        (["--sessions", "17"], "'17' is not a whole number from 1 to 16"),
        (["--run-flag=--segment-vad=ears"], "ears"),
        (["nothing-here.wav"], "nothing-here.wav"),
        (["nothing-here.tsv"], "nothing-here.tsv"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "soak", *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("findings", "code"), [(0, 0), (1, 1)])
def test_the_result_is_kept_and_its_bounds_are_the_exit_code(
    findings: int,
    code: int,
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plans: list[Plan] = []

    def soak(plan: Plan, tell: Tell) -> Soaked:
        plans.append(plan)
        tell.state("far along")
        usage = Usage(1, 1, 1, 0.0)
        found = [Finding(Wrong.LOST, "somebody", "this and that")] * findings
        return Soaked(plan, plan.kinds, Account("main"), findings=found, rest=[usage, usage], audio_s=360.0, wall_s=9.0)

    monkeypatch.setattr(action, "soak", soak)
    kept = tmp_path / "soak.json"
    arguments = ["--hours", "0.1", "--faults", "0", "--seed", "5", "--run-flag=--segment-hangover-ms=900"]
    assert main(["bench", "soak", "--model", str(tiny_model), *arguments, "--store", str(kept), "--json"]) == code
    printed = capsys.readouterr()
    assert json.loads(printed.out)["settings"]["seed"] == 5
    assert kept.is_file()
    assert ("lost_unannounced is 1" in printed.err) == bool(findings)
    assert "far along" in printed.err  # no terminal: a line for the log
    assert plans[0].config.segment.hangover_ms == 900
    assert plans[0].run_flags == ["--segment-hangover-ms=900"]
    assert len(plans[0].clips) == 1
