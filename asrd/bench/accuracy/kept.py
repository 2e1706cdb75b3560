"""What was recognised, line by line in a file as it comes, so that a run that was interrupted goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from asrd.bench.accuracy.hearing import Heard, Said, Segmented
from asrd.bench.accuracy.steadiness import Pass
from asrd.errors import ConfigError


class Kept:
    """Texts of clips and of peers by the name of their clip. Without a file nothing outlasts the run.

    Attributes:
        is_resumed: whether there were texts of an earlier run.
    """

    def __init__(self, path: Path | None, identity: Mapping[str, Any]) -> None:
        """Read `path` if it is there; `identity` is what its texts depend on: model and settings.

        Raises:
            ConfigError: it cannot be read or written, or was made with another model or other settings.
        """
        self._path = path
        self.is_resumed = False
        self._lines: dict[tuple[str, str], Any] = {}
        if path is None:
            return
        own = json.loads(json.dumps(identity))
        lines = _whole_lines(path)
        if not lines:
            self._write(own)
            return
        self.is_resumed = len(lines) > 1
        if _parsed(lines[0]) != own:
            raise ConfigError(f"{path} was made with another model or other settings: name another file with --resume")
        for number, line in enumerate(lines[1:], 2):
            match _parsed(line):
                case [str(by), str(clip), dict(value)]:
                    self._lines[by, clip] = value
                case _:
                    raise ConfigError(f"{path}, line {number}: this is no text that was kept: delete that line")

    def heard(self, clip: str) -> Heard | None:
        """What asrd made of a clip, if that is known."""
        value = self._lines.get(("", clip))
        return None if value is None else _heard(value)

    def keep_heard(self, clip: str, heard: Heard) -> None:
        """Keep it.

        Raises:
            ConfigError: the file cannot be written.
        """
        self._keep("", clip, asdict(heard))

    def said(self, peer: str, clip: str) -> Said | None:
        """What a peer, named with its command, made of a clip."""
        value = self._lines.get((peer, clip))
        return None if value is None else Said(**value)

    def keep_said(self, peer: str, clip: str, said: Said) -> None:
        """Keep it. Raises as `keep_heard`."""
        self._keep(peer, clip, asdict(said))

    def _keep(self, by: str, clip: str, value: Any) -> None:
        self._lines[by, clip] = value
        self._write([by, clip, value])

    def _write(self, value: Any) -> None:
        if self._path is None:
            return
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(value, ensure_ascii=False) + "\n")
        except OSError as error:
            raise ConfigError(
                f"{self._path} cannot be written ({error.strerror}): choose another place with --resume"
            ) from None


def _whole_lines(path: Path) -> list[str]:
    """All lines; one that was cut off when a run was killed is taken out of the file."""
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
        end = text.rfind("\n") + 1
        if end < len(text):
            path.write_text(text[:end], encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): name another file with --resume") from None
    return text[:end].split("\n")[:-1]


def _parsed(line: str) -> Any:
    """The value of a JSON line; None where it is something else."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _heard(value: Mapping[str, Any]) -> Heard:
    segmented = value["segmented"]
    return Heard(
        samples=value["samples"],
        offline=Said(**value["offline"]),
        streamed=Said(**value["streamed"]),
        passes=tuple(Pass(one["samples"], one["text"], tuple(one["ends"])) for one in value["passes"]),
        consistent=tuple(value["consistent"]),
        segmented=None
        if segmented is None
        else Segmented(Said(**segmented["joined"]), segmented["finals"], segmented["differing"]),
    )
