"""Results as files: one JSON object each, `BENCH.json` in a folder of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from asrd.bench.outcome.json_form import as_object, from_object
from asrd.bench.outcome.result import Result
from asrd.errors import ConfigError

SUFFIX: Final = ".json"
_SHOWN_REASON: Final = 120  # characters: what a broken file holds may be long


def keep(result: Result, place: Path) -> Path:
    """Write a result to a file, or into a folder as `BENCH.json`; returns the file.

    Raises:
        ConfigError: it cannot be written.
    """
    path = place if place.suffix == SUFFIX else place / f"{result.bench}{SUFFIX}"
    work = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        work.write_text(_as_lines(as_object(result)), encoding="utf-8")
        work.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): choose another place with --store") from None
    return path


def read(path: Path) -> Result:
    """Read a result that was kept.

    Raises:
        ConfigError: there is none.
    """
    try:
        return from_object(json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _name: None))
    except OSError as error:
        reason = error.strerror
    except KeyError as error:
        reason = f"no result of this version: it has no {error}"
    except (ValueError, TypeError, RecursionError) as error:
        reason = f"no result of this version: {error}"[:_SHOWN_REASON]
    raise ConfigError(f"{path} cannot be read ({reason}): make it with `asrd bench ... --store {path}`")


def paths_in(folder: Path) -> list[Path]:
    """The results that a folder holds, sorted by name.

    Raises:
        ConfigError: there is none.
    """
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise ConfigError(f"{folder} holds no result: make one with `asrd bench ... --store {folder}`")
    return paths


def _as_lines(value: Mapping[str, Any]) -> str:
    """JSON with a line for each member, and for each object in a list: short, and readable as a difference."""
    members = (f" {json.dumps(name)}: {_member(member)}" for name, member in value.items())
    return "{\n" + ",\n".join(members) + "\n}\n"


def _member(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in value) + "\n ]"
    return json.dumps(value, ensure_ascii=False)
