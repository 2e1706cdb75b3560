"""The daemon's own source, by what the user wrote: `mic`, `file:PATH`, `stdin`, `demo` or `none`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from asrd.daemon.protocols import AudioSession
from asrd.errors import ConfigError
from asrd.options import AudioOptions
from asrd.source.interface import Finished, PublishStatus, Source
from asrd.source.paced import FileSource, WhenRoom
from asrd.source.raw import RawFormat, RawSource

DEMO_CLIP: Final = Path(__file__).parent.parent / "models" / "demo.opus"
_FILE: Final = "file:"


class SourceKind(Enum):
    """Where the audio of the session `main` comes from."""

    MICROPHONE = "mic"
    FILE = "file"
    STANDARD_INPUT = "stdin"
    DEMO = "demo"
    NONE = "none"  # clients alone send audio


@dataclass(frozen=True)
class SourceChoice:
    """What to listen to.

    Attributes:
        kind: of source.
        path: of the file.
        is_fast: a file is played as fast as the recognizer takes it, instead of in real time.
        raw: what comes on standard input.
    """

    kind: SourceKind = SourceKind.MICROPHONE
    path: Path = DEMO_CLIP
    is_fast: bool = False
    raw: RawFormat = field(default_factory=RawFormat)

    @property
    def ends(self) -> bool:
        """Whether the source has an end, and the daemon with it."""
        return self.kind in (SourceKind.FILE, SourceKind.STANDARD_INPUT, SourceKind.DEMO)


def parse_source(text: str, *, is_fast: bool = False, raw: RawFormat | None = None) -> SourceChoice:
    """What `text` names.

    Raises:
        ConfigError: nothing of that name, or a file that is not there.
    """
    if text.startswith(_FILE):
        path = Path(text.removeprefix(_FILE)).expanduser()
        if path.is_dir():
            raise ConfigError(f"--source {text}: {path} is a folder: name an audio file in it")
        if not path.is_file():
            raise ConfigError(f"--source {text}: there is no file {path}")
        return SourceChoice(SourceKind.FILE, path, is_fast=is_fast)
    names = [kind.value for kind in SourceKind if kind is not SourceKind.FILE]
    if text not in names:
        raise ConfigError(f"--source {text!r} is none of {', '.join(names)} and file:PATH")
    return SourceChoice(SourceKind(text), is_fast=is_fast, raw=raw or RawFormat())


def make_source(
    choice: SourceChoice, options: AudioOptions, session: AudioSession, publish: PublishStatus, finished: Finished
) -> Source | None:
    """The source, which has not begun; None where there is none.

    Raises:
        AudioError: the format of standard input cannot be used.
        ConfigError: the microphone's policy cannot be read.
    """
    match choice.kind:
        case SourceKind.NONE:
            return None
        case SourceKind.STANDARD_INPUT:
            return RawSource(choice.raw, session, publish, finished)
        case SourceKind.FILE | SourceKind.DEMO:
            pace = WhenRoom(session) if choice.is_fast else None
            return FileSource(choice.path, session, publish, finished, pace=pace)
        case SourceKind.MICROPHONE:
            from asrd.source.supervisor import MicrophoneSupervisor

            return MicrophoneSupervisor(options, session, publish, finished)
