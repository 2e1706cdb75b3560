"""Runs a block as a reader would: its commands one after the other in one shell, until one fails."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.docs.marks import UNTIL_STOPPED
from tests.docs.pages import Block, Step
from tests.docs.worlds.world import Ground, World

PATIENCE_S = 120.0
_POLL_S = 0.05
_SETTLE_S = 0.5  # what writes an error and ends has ended by then
_ANY = "..."
_CRASH = "Traceback (most recent call last)"
_STOPPED = (0, 130, -signal.SIGINT)
_TOO_LONG = 124  # as `timeout` says it
_TOO_EARLY = -1  # it ended by itself, though it runs until it is stopped


@dataclass(frozen=True)
class Ended:
    """How a script ended.

    Attributes:
        code: of the shell.
        outputs: what each command wrote that began.
        said: what the shell itself said.
    """

    code: int
    outputs: tuple[str, ...]
    said: str


def run_block(block: Block, ground: Ground, world: World) -> None:
    """Run a console or python block, and compare it with what it shows.

    Raises:
        AssertionError: a command failed, or wrote something else; with the place, the command and its output.
    """
    world.enter(ground)
    steps = block.steps if block.language == "console" else [_program(block, ground, world)]
    ended = run(steps, ground, world, is_stopped=UNTIL_STOPPED in block.marks)
    _check(block, _as_here(steps, world), ended)
    world.leave(ground)


def run(steps: Sequence[Step], ground: Ground, world: World, *, is_stopped: bool = False) -> Ended:
    """Run commands in one shell; `is_stopped`: Ctrl-C ends the last once it has written what is shown."""
    script = ground.outputs / "script.sh"
    script.write_text(_script(steps, ground, world), encoding="utf-8")
    said = ground.outputs / "shell"
    with said.open("wb") as own:
        process = subprocess.Popen(
            world.command(script),
            cwd=ground.checkout,
            env=world.variables(ground),
            stdin=subprocess.DEVNULL,
            stdout=own,
            stderr=own,
            start_new_session=True,
        )
    try:
        lives = is_stopped and _lives(process, steps, ground, world)
        if lives:
            os.killpg(process.pid, signal.SIGINT)
        code = process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        code = _TOO_LONG
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if is_stopped:
        code = 0 if lives and code in _STOPPED else code or _TOO_EARLY
    return Ended(code, tuple(_outputs(steps, ground)), said.read_text(encoding="utf-8", errors="replace"))


def shows(output: str, shown: Sequence[str]) -> bool:
    """Whether an output has the words that are shown; `...` stands for any."""
    pattern = [r"(?:\S+ )*?" if word == _ANY else f"{re.escape(word)} " for word in _words("\n".join(shown), dots=True)]
    return re.fullmatch("".join(pattern), "".join(f"{word} " for word in _words(output))) is not None


def _words(text: str, *, dots: bool = False) -> list[str]:
    """Without punctuation and capitals: they may differ between processors and releases of ONNX Runtime."""
    return re.findall(r"\.\.\.|[\w']+" if dots else r"[\w']+", text.lower())


def _program(block: Block, ground: Ground, world: World) -> Step:
    """A Python block as a command; its lines have the numbers of the page."""
    path = ground.outputs / "example.py"
    path.write_text("\n" * block.line + _rewritten(block.text, world), encoding="utf-8")
    return Step(f"python -u {path}", (), block.line)


def _script(steps: Sequence[Step], ground: Ground, world: World) -> str:
    lines = ["set -e -o pipefail"]
    for number, step in enumerate(steps):
        lines.append(f"{{ {_rewritten(step.command, world)}\n}} >{_output(ground, number)} 2>&1")
    return "\n".join(lines) + "\n"


def _as_here(steps: Sequence[Step], world: World) -> list[Step]:
    """The steps with the outputs that they have in this world."""
    return [replace(step, output=tuple(_rewritten(line, world) for line in step.output)) for step in steps]


def _rewritten(text: str, world: World) -> str:
    for shown, real in world.rewritten.items():
        text = text.replace(shown, real)
    return text


def _lives(process: subprocess.Popen[bytes], steps: Sequence[Step], ground: Ground, world: World) -> bool:
    """Wait until the last command has written what is shown, or another sign of life; False if it ends before."""
    path = _output(ground, len(steps) - 1)
    wanted = [*_as_here(steps, world)[-1].output, _ANY]
    deadline_s = time.monotonic() + PATIENCE_S
    while process.poll() is None:
        if time.monotonic() > deadline_s:
            raise subprocess.TimeoutExpired(process.args, PATIENCE_S)
        written = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        if _CRASH not in written and world.lives(ground, written) and shows(written, wanted):
            time.sleep(_SETTLE_S)
            break
        time.sleep(_POLL_S)
    return process.poll() is None


def _outputs(steps: Sequence[Step], ground: Ground) -> list[str]:
    paths = [_output(ground, number) for number in range(len(steps))]
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths if path.exists()]


def _output(ground: Ground, number: int) -> Path:
    return ground.outputs / str(number)


def _check(block: Block, steps: Sequence[Step], ended: Ended) -> None:
    assert ended.outputs, f"{block.place}: the shell did not begin: {ended.said}"
    last = steps[len(ended.outputs) - 1]
    what = f"{block.page}:{last.line}: {last.command}\nended with {ended.code} and wrote:\n{ended.outputs[-1]}"
    assert len(ended.outputs) == len(steps), what
    assert ended.code == int(block.value("exits") or 0), what
    assert ended.outputs[-1].strip() or "print(" not in block.text, f"{block.place} prints nothing"
    for step, output in zip(steps, ended.outputs, strict=True):
        shown = "\n".join(step.output)
        if shown.strip() and UNTIL_STOPPED not in block.marks:
            assert shows(output, step.output), (
                f"{block.page}:{step.line}: {step.command}\nshows:\n{shown}\nand wrote:\n{output}"
            )
