"""Which recognizer, and the command that runs it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asrd.errors import ConfigError

WAV: Final = "{wav}"
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.+-]*", re.ASCII)
_TIMEOUT_S: Final = 300.0


@dataclass(frozen=True)
class PeerSpec:
    """A peer, not yet started.

    Attributes:
        name: stands in tables and in names of measures.
        words: of the command; no shell sees them. With `{wav}` in one of them the command is run for each clip and
            prints the text; without, it is run once, takes the path of a clip a line, and prints its text, a line.
        timeout_s: it may think so long about a clip, and so long to start.
    """

    name: str
    words: tuple[str, ...]
    timeout_s: float = _TIMEOUT_S

    @property
    def is_run_once_a_clip(self) -> bool:
        """Whether every clip has a process of its own."""
        return any(WAV in word for word in self.words)


def parse_peers(texts: Sequence[str]) -> list[PeerSpec]:
    """The peers that `NAME=COMMAND` texts stand for.

    Raises:
        ConfigError: one is not of this form, or two have one name.
    """
    specs = [_parse(text) for text in texts]
    names = [spec.name for spec in specs]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"--peer {name} is given twice: give each peer a name of its own")
    return specs


def _parse(text: str) -> PeerSpec:
    name, _, command = text.partition("=")
    if not _NAME.fullmatch(name):
        raise ConfigError(f"--peer {text!r} does not begin with a name: write NAME=COMMAND")
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise ConfigError(f"--peer {text!r}: {error}: quote it as for a shell") from None
    if not words:
        raise ConfigError(f"--peer {text!r} has no command: write NAME=COMMAND")
    return PeerSpec(name, words)
