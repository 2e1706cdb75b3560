"""What the managers of services have in common: what they are given, what they tell, what they can do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from asrd.service.runner import Runner


class Part(Enum):
    """The programs that can be services."""

    DAEMON = "daemon"
    TYPIST = "typist"


@dataclass(frozen=True)
class Wish:
    """What is to be installed.

    Attributes:
        program: the words that start asrd, the first an absolute path.
        arguments: flags of `asrd run`, paths in them absolute.
        typist_arguments: flags of `asrd type`, which lead it to this daemon.
        parts: the daemon, and perhaps more.
        notifies: whether trouble with the microphone is told on the desktop.
        environment: variables that the service needs as this process has them.
        writable: folders that the daemon writes to.
        stop_s: how long its last words may take.
        is_confined: whether the system lets a user's service have its own view of the files (systemd alone).
    """

    program: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    typist_arguments: tuple[str, ...] = ()
    parts: tuple[Part, ...] = (Part.DAEMON,)
    notifies: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    writable: tuple[Path, ...] = ()
    stop_s: int = 20
    is_confined: bool = True

    def command(self, part: Part, *extra: str) -> tuple[str, ...]:
        """The words after the program's; `extra` is for the manager's own."""
        if part is Part.TYPIST:
            return ("type", "--wait", *self.typist_arguments)
        quiet = () if self.notifies else ("--no-notify",)
        flags = ("--", *self.arguments) if self.arguments else ()
        return ("service", "run", *extra, *quiet, *flags)


@dataclass(frozen=True)
class File:
    """A file to write."""

    path: Path
    content: bytes
    mode: int = 0o644


class Activity(Enum):
    """What a service is doing, as its manager says."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPED = "stopped"
    FAILED = "failed"
    ABSENT = "not installed"


@dataclass(frozen=True)
class Condition:
    """A service as its manager sees it.

    Attributes:
        activity: what it does.
        at_login: whether it starts with the session.
        pid: of its main process, or 0.
        last_exit: how it ended the last time, in words; "" if it is not known.
        note: what else the manager says, or "".
    """

    activity: Activity
    at_login: bool = False
    pid: int = 0
    last_exit: str = ""
    note: str = ""


class Manager(Protocol):
    """A manager of the user's services. Every method may raise `ServiceError`."""

    @property
    def name(self) -> str:
        """For people."""

    def check(self) -> None:
        """Refuse where it cannot be used, with the reason and what to do."""

    def prepared(self, wish: Wish) -> Wish:
        """The wish with what this system does not allow left out."""

    def files(self, wish: Wish) -> Sequence[File]:
        """What is to be written, all of it."""

    def products(self) -> Sequence[Path]:
        """Files that are made of the written ones."""

    def build(self, runner: Runner, changed: Collection[Path]) -> None:
        """Make the products, if files that they are made of are among the changed, or they are not there."""

    def activate(self, wish: Wish, runner: Runner, *, has_changed: bool) -> None:
        """Make the written services known, have them start with the session, and start them now; those that run are
        started anew if something has changed."""

    def deactivate(self, runner: Runner) -> None:
        """End them, and forget them; their files are still there."""

    def forgotten(self, runner: Runner) -> None:
        """The files are gone."""

    def start(self, part: Part, runner: Runner) -> None:
        """Start it."""

    def stop(self, part: Part, runner: Runner) -> None:
        """End it in an orderly way."""

    def restart(self, part: Part, runner: Runner) -> None:
        """End it in an orderly way, and start it."""

    def condition(self, part: Part) -> Condition:
        """What it is doing."""

    def log_command(self, part: Part, lines: int, *, follow: bool) -> Sequence[str]:
        """The command that shows its log."""
