"""What was installed: kept in the state folder, so that it can be told and be removed again exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from asrd.service.errors import ServiceError
from asrd.service.interface import Part

FILE_NAME: Final = "service.json"
_FORMAT: Final = 1


@dataclass(frozen=True)
class Manifest:
    """What was installed.

    Attributes:
        manager: its name.
        files: every file that was written, and the SHA-256 of its content.
        folders: those that were made for them.
        parts: which services.
        arguments: the flags of `asrd run` that the daemon gets.
    """

    manager: str
    files: Mapping[Path, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    parts: tuple[Part, ...] = (Part.DAEMON,)
    arguments: tuple[str, ...] = ()


def load_manifest(state_folder: Path) -> Manifest | None:
    """What was installed; None if nothing was.

    Raises:
        ServiceError: it cannot be read.
    """
    path = state_folder / FILE_NAME
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        if read["format"] != _FORMAT:
            raise ServiceError(f"{path} was written by another release of asrd: use that one to uninstall")
        return Manifest(
            manager=str(read["manager"]),
            files={Path(name): str(digest) for name, digest in read["files"].items()},
            folders=tuple(map(Path, read["folders"])),
            parts=tuple(map(Part, read["parts"])),
            arguments=tuple(map(str, read["arguments"])),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise ServiceError(f"{path} cannot be used ({reason}): move it away, and install with --force") from None


def manifest_content(manifest: Manifest) -> bytes:
    """Its file."""
    written = {
        "format": _FORMAT,
        "manager": manifest.manager,
        "files": {str(path): digest for path, digest in manifest.files.items()},
        "folders": [str(path) for path in manifest.folders],
        "parts": [part.value for part in manifest.parts],
        "arguments": list(manifest.arguments),
    }
    return (json.dumps(written, ensure_ascii=False, indent=2) + "\n").encode()
