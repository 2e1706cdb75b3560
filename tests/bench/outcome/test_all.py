"""`asrd bench all`: every bench has its turn, and the short form keeps its bounds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from asrd.bench.outcome.json_form import from_object
from asrd.bench.outcome.result import Bound
from asrd.bench.outcome.store import keep, paths_in, read
from asrd.cli.bench import all_
from asrd.cli.bench.plan import SHORT, Planned, full_plan
from asrd.cli.main import main, parse
from asrd.config.model import MODEL_VARIABLE
from asrd.errors import ConfigError
from tests.bench.outcome.results import result

BENCHES = ("engine", "accuracy", "latency", "load", "idle", "vad", "soak")
FINE = Planned("vad", ("vad", "--help"))
WRONG = Planned("idle", ("idle", "--seconds", "never"))
NO_MODEL = Planned("latency-wrong", ("latency", "--model", "no/such/folder"))


def make_sets(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("a.wav\thello\n")
    return folder


def test_the_full_form_takes_speech_and_noise_and_leaves_training_out(tmp_path: Path) -> None:
    names = ("dev-a.tsv", "dev-a.words.tsv", "dev-b.tsv", "noise-rain.tsv", "train-c.tsv", "README.md")
    sets = make_sets(tmp_path / "sets", *names)
    plan = full_plan(sets)
    assert {one.arguments[0] for one in plan} == set(BENCHES)
    assert len({one.name for one in plan}) == len(plan)
    speech = [str(sets / "dev-a.tsv"), str(sets / "dev-b.tsv")]
    (vad,) = [one for one in plan if one.name == "vad"]
    assert list(vad.arguments) == ["vad", "--speech", *speech, "--noise", str(sets / "noise-rain.tsv")]
    for one in plan:
        parse(["bench", *one.argv])
        if one.name != "idle":
            assert set(speech) <= set(one.arguments)


@pytest.mark.parametrize(("names", "missing"), [((), "speech"), (("noise-a.tsv",), "speech"), (("a.tsv",), "noise")])
def test_a_folder_without_tables_is_one_sentence(tmp_path: Path, names: tuple[str, ...], missing: str) -> None:
    with pytest.raises(ConfigError, match=f"holds no {missing}"):
        full_plan(make_sets(tmp_path / "sets", *names))


def test_the_short_form_is_of_known_flags_and_all_its_bounds_are_read() -> None:
    for one in SHORT:
        args = parse(["bench", *one.argv])
        assert [bound.name for bound in args.bounds] == [
            bound.partition("<=")[0].partition(">=")[0] for bound in one.bounds
        ]
    assert tuple(one.name for one in SHORT) == BENCHES


def test_what_is_measured_is_the_choice_of_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "all"]) == 2
    assert "one of the arguments --sets --short is required" in capsys.readouterr().err
    assert main(["bench", "all", "--short", "--sets", "x"]) == 2


def test_one_that_fails_does_not_stop_the_others_and_the_worst_code_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(all_, "SHORT", [WRONG, NO_MODEL, FINE])
    keep(result(bench="vad"), tmp_path)
    assert main(["bench", "all", "--short", "--store", str(tmp_path)]) == 3
    shown = capfd.readouterr()
    assert shown.out.count("usage: asrd bench vad") == 1
    lines = [line.split() for line in shown.out.splitlines()[-5:]]
    assert [line[1] for line in lines if len(line) > 1] == ["idle", "latency-wrong", "vad", "all"]
    assert "| 1 done" in shown.out
    assert "asrd: 2 of 3: asrd bench latency --model no/such/folder\n" in shown.err
    assert "asrd: there is no model folder no/such/folder" in shown.err
    assert shown.err.endswith("asrd: 2 of 3 benches failed, with exit code: idle (2), latency-wrong (3)\n")
    assert list(tmp_path.iterdir()) == []  # what an earlier run kept is not a result of this one


def test_json_is_one_object(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(all_, "SHORT", [Planned("vad", ("vad", "--detectors", "webrtc:3")), WRONG])
    assert main(["bench", "all", "--short", "--json"]) == 2
    shown = json.loads(capfd.readouterr().out)
    assert list(shown) == ["vad", "idle"]
    assert (shown["vad"]["exit_code"], shown["idle"]["exit_code"]) == (0, 2)
    assert shown["idle"]["result"] is None
    assert from_object(shown["vad"]["result"]).bench == "vad"


def test_a_process_that_is_killed_counts_as_in_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed:
        returncode = -9

    monkeypatch.setattr(all_, "SHORT", [FINE])
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_kwargs: Killed())
    assert main(["bench", "all", "--short"]) == 137


def test_the_short_form_measures_the_model_that_comes_along_and_the_full_one_that_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = []

    class Done:
        returncode = 0

        def __init__(self, _argv: list[str], env: dict[str, str], **_options: object) -> None:
            chosen.append(env.get(MODEL_VARIABLE))

    monkeypatch.setenv(MODEL_VARIABLE, "mine")
    monkeypatch.setattr(subprocess, "run", Done)
    monkeypatch.setattr(all_, "SHORT", [FINE])
    assert main(["bench", "all", "--short"]) == 0
    assert chosen == [None]
    sets = make_sets(tmp_path / "sets", "dev.tsv", "noise-rain.tsv")
    assert main(["bench", "all", "--sets", str(sets)]) == 0
    assert set(chosen[1:]) == {"mine"}


def test_the_short_form_keeps_its_bounds(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """CI's bench: counters and ratios of one run alone, so that no slow machine fails it."""
    code = main(["bench", "all", "--short", "--store", str(tmp_path)])
    shown = capfd.readouterr()
    assert code == 0, shown.err
    assert [path.stem for path in paths_in(tmp_path)] == sorted(one.name for one in SHORT)
    for path in paths_in(tmp_path):
        kept = read(path)
        assert kept.measures
        assert kept.command.startswith(f"asrd bench {path.stem}")
        assert str(Path.home()) not in path.read_text()
        for measure in kept.measures:
            if measure.bound is not None:
                is_none_at_all = measure.bound == Bound(at_most=0)  # as of audio that was lost
                assert is_none_at_all or measure.kind.value in ("counter", "ratio"), (
                    f"{path.stem} {measure.name} bounds an absolute figure"
                )
