"""A real daemon with a tiny model: every kind of fault once, what an interrupt leaves, and a daemon that ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asrd.bench.soak.account import Wrong
from asrd.bench.soak.faults import FAULTS
from asrd.bench.soak.ground import Ground, UnexpectedError
from asrd.bench.soak.plan import Plan, Soaked
from asrd.bench.soak.report import result_of
from asrd.bench.soak.script import clips_of
from asrd.bench.soak.soaking import Tell, soak
from asrd.daemon.sources import DEMO_CLIP
from asrd.options import Config, ModelOptions
from asrd.source.file import read_audio
from tests.audio_server.pulse import pulseaudio

__all__ = ["pulseaudio"]
FLAGS = ["--model-threads", "1"]
WITHOUT_SOUND = [kind for kind, fault in FAULTS.items() if not fault.needs_pulse]
WITH_SOUND = [kind for kind, fault in FAULTS.items() if fault.needs_pulse]


def plan_of(model: Path, kinds: list[str], audio_s: float = 10.0, *, has_sound: bool = False) -> Plan:
    clip = read_audio(DEMO_CLIP).samples[:96_000]
    return Plan(
        model,
        Config(model=ModelOptions(threads=1)),
        FLAGS,
        clips_of([clip]),
        audio_s,
        len(kinds),
        kinds,
        sessions=2,
        seed=2,  # the history is moved before it is blocked, after which it is tried again half a minute later
        has_sound=has_sound,
    )


def run(plan: Plan, state: Callable[[str], None] = lambda _text: None) -> tuple[Soaked, list[str]]:
    wrong: list[str] = []
    return soak(plan, Tell(state, wrong.append)), wrong


def test_every_fault_once(tiny_model: Path) -> None:
    soaked, wrong = run(plan_of(tiny_model, WITHOUT_SOUND))
    assert wrong == []
    assert sorted(one.planned.kind for one in soaked.struck) == sorted(WITHOUT_SOUND)
    result = result_of(soaked, "asrd bench soak")
    assert result.broken() == []
    assert soaked.checked[1] > 0
    assert soaked.written.published == soaked.written.written + soaked.written.lost > 0
    assert len(soaked.main.finals) + len(soaked.main.dropped) > 0


def test_devices_that_fail(tiny_model: Path, pulseaudio: None) -> None:
    soaked, wrong = run(plan_of(tiny_model, WITH_SOUND, has_sound=True))
    assert wrong == []
    assert {one.outcome for one in soaked.struck} == {"mic_lost, then heard again, and a gap"}
    assert result_of(soaked, "asrd bench soak").broken() == []


def test_an_interrupt_ends_it_with_what_there_is(tiny_model: Path) -> None:
    def interrupt(text: str) -> None:
        if not text.startswith(("0.00 of", "recognising")):
            os.kill(os.getpid(), signal.SIGINT)

    soaked, wrong = run(replace(plan_of(tiny_model, ["sleep"]), audio_s=36_000.0), interrupt)
    assert wrong == []
    assert soaked.is_interrupted
    assert 0.0 < soaked.audio_s < 36_000.0
    assert result_of(soaked, "").broken() == []


def test_a_daemon_that_ends_is_found_and_its_traces_are_kept(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def shoot(ground: Ground, _chance: np.random.Generator) -> str:
        ground.daemon.signal(signal.SIGKILL)
        return "gone"

    monkeypatch.setitem(FAULTS, "sleep", replace(FAULTS["sleep"], strike=shoot))
    soaked, wrong = run(plan_of(tiny_model, ["sleep"], audio_s=60.0))
    assert soaked.ends == 1
    assert "unexpected_ends" in [measure.name for measure in result_of(soaked, "").broken()]
    kept = Path(wrong[-1].rpartition(" ")[2])
    assert (kept / "daemon.log").stat().st_size > 0
    assert "ended by itself with -9" in (kept / "findings.txt").read_text()


def test_an_unexpected_answer_is_found_with_its_seed(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def wrong_answer(_ground: Ground, _chance: np.random.Generator) -> str:
        raise UnexpectedError("let in without a token")

    monkeypatch.setitem(FAULTS, "wrong_token", replace(FAULTS["wrong_token"], strike=wrong_answer))
    soaked, wrong = run(plan_of(tiny_model, ["wrong_token"]))
    seed = soaked.struck[0].planned.seed
    assert not soaked.struck[0].is_expected
    assert f"fault 1, wrong_token, seed {seed}: UnexpectedError: let in without a token (soak seed 2)" in wrong[0]
    assert soaked.count(Wrong.UNEXPECTED) == 1
