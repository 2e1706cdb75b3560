"""`asrd run`: what it says on standard error and in the log."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asrd.cli.run_run import _Front
from asrd.cli.screen import Screen
from asrd.daemon.service import Setup
from asrd.daemon.sources import SourceChoice, SourceKind
from asrd.events import FinalEvent, SessionEvent
from asrd.model_folder import ModelFolder
from asrd.options import Config, LogOptions
from asrd.server.listening import Address
from asrd.values import EngineOptions, UtteranceOptions
from tests.cli.commands import Cli, assert_one_line

FLAGS = argparse.Namespace(json=False, text=False)


@pytest.fixture(autouse=True)
def log_levels() -> Iterator[None]:
    """The command sets levels for its process; here other tests share it."""
    loggers = [logging.getLogger(name) for name in ("asrd", "asrd.llama")]
    before = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(
        config=Config(log=LogOptions(text=True)),
        model=tmp_path,
        engine=EngineOptions(),
        utterance=UtteranceOptions(),
        source=SourceChoice(SourceKind.NONE),
        token_file=tmp_path / "tokens.json",
        history_folder=tmp_path,
    )


class Beside:
    """Notes what it sees."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def ready(self, address: Address, folder: ModelFolder) -> None:
        self.seen.append((address, folder))

    def event(self, event: SessionEvent) -> None:
        self.seen.append(event)


def test_who_stands_beside_the_front_sees_the_same(setup: Setup) -> None:
    beside, address, final = Beside(), Address("127.0.0.1", 8765), FinalEvent("main", 1, "one", "English", 0, 16_000)
    folder: Any = SimpleNamespace(name="nano")
    with Screen() as screen:
        front = _Front(FLAGS, setup, screen, None, beside)
        front.ready(address, folder)
        front.event(final)
    assert beside.seen == [(address, folder), final]


def test_text_that_is_asked_for_stays_within_its_line_of_the_log(
    caplog: pytest.LogCaptureFixture, setup: Setup
) -> None:
    caplog.set_level(logging.INFO)
    with Screen() as screen:
        front = _Front(FLAGS, setup, screen, None, None)
        front.event(FinalEvent("main", 1, "one\nERROR asrd: two\x1b[2J", "English", 0, 16_000))
    assert [record.getMessage() for record in caplog.records] == ["main: final 1: one ERROR asrd: two [2J"]


def test_a_folder_is_no_file(cli: Cli, tmp_path: Path) -> None:
    assert_one_line(cli("run", "--source", f"file:{tmp_path}"), 2, f"{tmp_path} is a folder: name an audio file in it")
    missing = tmp_path / "none.wav"
    assert_one_line(cli("run", "--source", f"file:{missing}"), 2, f"there is no file {missing}")


def test_a_daemon_that_anyone_may_use_says_so(cli: Cli, tmp_path: Path) -> None:
    flags = ("--source", "none", "--model", str(tmp_path), "--port", "0", "--token-file", str(tmp_path / "tokens.json"))
    _, _, error = cli("run", *flags, "--server-require-token", "no")
    assert "server.require_token is off" in error
    _, _, error = cli("run", *flags)
    assert "require_token" not in error
