"""Runs the commands of service managers: bounded in time, and each failure is one sentence."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from asrd.service.errors import ServiceError

ASK_S: Final = 15.0
RUN_S: Final = 60.0
_SHOWN_CHARACTERS: Final = 300


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it wrote."""

    code: int
    out: str = ""
    err: str = ""

    @property
    def reason(self) -> str:
        """What it said, in one line."""
        said = " ".join((self.err or self.out).split())
        return said[:_SHOWN_CHARACTERS] or f"exit code {self.code}"


class Runner(Protocol):
    """Runs commands."""

    @property
    def is_dry(self) -> bool:
        """Whether it only tells what it would run."""

    def ask(self, *command: str, limit_s: float = ASK_S) -> Answer:
        """Run a command that changes nothing; whatever it answers is an answer.

        Raises:
            ServiceError: there is no such program, or it does not end in time.
        """

    def run(self, *command: str, limit_s: float = RUN_S) -> Answer:
        """Run a command that changes something.

        Raises:
            ServiceError: it failed, there is no such program, or it does not end in time.
        """


class SystemRunner:
    """Runs them for real; `told` is called with the text of each that changes something."""

    is_dry = False

    def __init__(
        self, told: Callable[[str], None] = lambda _text: None, environ: Mapping[str, str] | None = None
    ) -> None:
        """`environ`: for the commands; by default this process's."""
        self._told = told
        self._environ = environ

    def ask(self, *command: str, limit_s: float = ASK_S) -> Answer:
        """See `Runner`."""
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=limit_s,
                check=False,
                env={**(os.environ if self._environ is None else self._environ), "LC_ALL": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired:
            raise ServiceError(f"`{shown(command)}` did not end within {limit_s:g} s: try it by hand") from None
        except OSError as error:
            raise ServiceError(f"{command[0]} cannot be run ({error.strerror}): is it installed?") from None
        return Answer(done.returncode, done.stdout, done.stderr)

    def run(self, *command: str, limit_s: float = RUN_S) -> Answer:
        """See `Runner`."""
        self._told(shown(command))
        answer = self.ask(*command, limit_s=limit_s)
        if answer.code != 0:
            raise ServiceError(f"`{shown(command)}` failed: {answer.reason}")
        return answer


class DryRunner(SystemRunner):
    """Tells what would be run, and runs only what changes nothing."""

    is_dry = True

    def run(self, *command: str, limit_s: float = RUN_S) -> Answer:
        """See `Runner`; says that it went well."""
        self._told(shown(command))
        return Answer(0)


def shown(command: tuple[str, ...]) -> str:
    """A command as it would be typed."""
    return shlex.join(command)
