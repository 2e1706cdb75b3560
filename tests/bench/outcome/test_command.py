"""The command line of a result repeats it, and tells nothing of the machine."""

from __future__ import annotations

import shlex

import pytest

from asrd.bench.outcome.command import command_of


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("model/nano", "model/nano"),
        ("../sets/dev.tsv", "../sets/dev.tsv"),
        ("./a/b/c", "./a/b/c"),
        ("/home/somebody/speech/dev.tsv", "speech/dev.tsv"),
        ("/dev.tsv", "dev.tsv"),
        ("--model=/home/somebody/build/rand06", "--model=build/rand06"),
        ("--run-flag=--config=/home/somebody/a.toml", "--run-flag=--config=somebody/a.toml"),
        ("peer=/opt/peer/bin/python /opt/peer/lib/main.py {wav}", "peer=bin/python lib/main.py {wav}"),
        ("one:/a/b/c,two:/a/b/d", "one:b/c,two:b/d"),
        ("60/120", "60/120"),
        ("ws://127.0.0.1:8765/v1/stream", "ws://127.0.0.1:8765/v1/stream"),
        ("silero:0.4,webrtc:2", "silero:0.4,webrtc:2"),
    ],
)
def test_absolute_paths_lose_what_belongs_to_the_machine(argument: str, shown: str) -> None:
    assert command_of(["asrd", "bench", argument]) == shlex.join(["asrd", "bench", shown])


@pytest.mark.parametrize("program", ["/usr/local/bin/asrd", "/checkout/asrd/__main__.py", "asrd"])
def test_the_program_is_asrd(program: str) -> None:
    assert command_of([program, "bench", "idle"]) == "asrd bench idle"


@pytest.mark.parametrize(
    "shown",
    [
        ["--json"],
        ["--store", "/tmp/a/b"],
        ["--store=/tmp/a"],
        ["--plots", "x"],
        ["--plots=x"],
        ["--resume", "texts"],
        ["--log=x"],
        ["--store"],
    ],
)
def test_what_becomes_of_the_result_is_left_out(shown: list[str]) -> None:
    assert command_of(["asrd", "bench", "vad", "--clips", "3", *shown]) == "asrd bench vad --clips 3"
    if len(shown) == 2 or "=" in shown[0]:
        assert command_of(["asrd", "bench", "vad", *shown, "--clips", "3"]) == "asrd bench vad --clips 3"


def test_bounds_are_part_of_it() -> None:
    assert command_of(["asrd", "bench", "--bound", "lost <= 0"]) == "asrd bench --bound 'lost <= 0'"
