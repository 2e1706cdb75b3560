"""Results as files: one JSON object each, `BENCH.json` in a folder of them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from asrd.bench.outcome.result import SCHEMA, Better, Bound, Kind, Line, Measure, Result, Series, Shape, Table
from asrd.errors import ConfigError


def as_object(result: Result) -> dict[str, Any]:
    """The JSON object of a result; what is not a number becomes null."""
    value: dict[str, Any] = _finite({"schema": SCHEMA, **asdict(result)})
    return value


def from_object(value: Mapping[str, Any]) -> Result:
    """The result of a JSON object.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    if value["schema"] != SCHEMA:
        raise ValueError(f"schema {value['schema']} is not {SCHEMA}")
    members = {name: member for name, member in value.items() if name != "schema"}
    return Result(
        **{
            **members,
            "measures": tuple(_measure(one) for one in value["measures"]),
            "tables": tuple(Table(**one) for one in value["tables"]),
            "series": tuple(_series(one) for one in value["series"]),
        }
    )


def keep(result: Result, place: Path) -> Path:
    """Write a result to a file, or into a folder as `BENCH.json`; returns the file.

    Raises:
        ConfigError: it cannot be written.
    """
    path = place if place.suffix == ".json" else place / f"{result.bench}.json"
    work = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        work.write_text(json.dumps(as_object(result), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
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
        return from_object(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"no result of this version: {error}"
        raise ConfigError(f"{path} cannot be read ({reason}): make it with `asrd bench ... --store {path}`") from None


def read_all(place: Path) -> dict[str, Result]:
    """The results of a file, or of all files of a folder, by the name of the bench.

    Raises:
        ConfigError: there is none.
    """
    paths = sorted(place.glob("*.json")) if place.is_dir() else [place]
    if not paths:
        raise ConfigError(f"{place} holds no result: make one with `asrd bench ... --store {place}`")
    return {path.stem if place.is_dir() else read(path).bench: read(path) for path in paths}


def _measure(value: Mapping[str, Any]) -> Measure:
    bound = value["bound"]
    return Measure(
        **{
            **value,
            "kind": Kind(value["kind"]),
            "better": Better(value["better"]),
            "bound": None if bound is None else Bound(**bound),
        }
    )


def _series(value: Mapping[str, Any]) -> Series:
    return Series(**{**value, "shape": Shape(value["shape"]), "lines": tuple(Line(**one) for one in value["lines"])})


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
