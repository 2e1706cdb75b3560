"""A result as a JSON object, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from asrd.bench.outcome.result import SCHEMA, Better, Bound, Kind, Line, Measure, Result, Series, Shape, Table

_Types = Mapping[str, tuple[type, ...]]
_TEXT: Final = (str,)
_LIST: Final = (list, tuple)
_OBJECT: Final = (dict,)
_NUMBER: Final = (int, float)
_NUMBER_OR_NONE: Final = (int, float, type(None))
_RESULT: Final[_Types] = {
    "bench": _TEXT,
    "command": _TEXT,
    "date": _TEXT,
    "machine": _OBJECT,
    "model": _OBJECT,
    "settings": _OBJECT,
    "samples": _TEXT,
    "wall_s": _NUMBER,
    "measures": _LIST,
    "tables": _LIST,
    "series": _LIST,
    "notes": _LIST,
}
_MEASURE: Final[_Types] = {
    "name": _TEXT,
    "value": _NUMBER_OR_NONE,
    "unit": _TEXT,
    "kind": _TEXT,
    "better": _TEXT,
    "low": _NUMBER_OR_NONE,
    "high": _NUMBER_OR_NONE,
    "count": (int,),
    "bound": (dict, type(None)),
}
_BOUND: Final[_Types] = {"at_most": _NUMBER_OR_NONE, "at_least": _NUMBER_OR_NONE}
_TABLE: Final[_Types] = {"title": _TEXT, "header": _LIST, "rows": _LIST}
_SERIES: Final[_Types] = {**dict.fromkeys(("name", "title", "shape", "x_label", "y_label"), _TEXT), "lines": _LIST}
_LINE: Final[_Types] = {"label": _TEXT, "x": _LIST, "y": _LIST}


def as_object(result: Result) -> dict[str, Any]:
    """The JSON object of a result; what is not a number becomes null."""
    value: dict[str, Any] = _finite({"schema": SCHEMA, **asdict(result)})
    return value


def from_object(value: Any) -> Result:
    """The result of a JSON object.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    if not isinstance(value, dict):
        raise TypeError("it is no object")
    if value["schema"] != SCHEMA:
        raise ValueError(f"schema {value['schema']!r} is not {SCHEMA}")
    members = _members({name: member for name, member in value.items() if name != "schema"}, _RESULT)
    return Result(
        **{
            **members,
            "machine": _texts_by_name(members["machine"]),
            "model": _texts_by_name(members["model"]),
            "measures": tuple(_measure(one) for one in members["measures"]),
            "tables": tuple(_table(one) for one in members["tables"]),
            "series": tuple(_series(one) for one in members["series"]),
            "notes": _texts(members["notes"]),
        }
    )


def _measure(value: Any) -> Measure:
    members = _members(value, _MEASURE)
    bound = members["bound"]
    return Measure(
        **{
            **members,
            "kind": Kind(members["kind"]),
            "better": Better(members["better"]),
            "bound": None if bound is None else Bound(**_members(bound, _BOUND)),
        }
    )


def _table(value: Any) -> Table:
    members = _members(value, _TABLE)
    header, rows = _texts(members["header"]), tuple(_texts(row) for row in members["rows"])
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"a row of table {members['title']!r} is not as long as its header")
    return Table(members["title"], header, rows)


def _series(value: Any) -> Series:
    members = _members(value, _SERIES)
    shape = Shape(members["shape"])
    lines = tuple(Line(**_members(one, _LINE)) for one in members["lines"])
    for line in lines:
        if not all(isinstance(number, _NUMBER_OR_NONE) for number in (*line.x, *line.y)):
            raise TypeError(f"a line of series {members['name']!r} is not of numbers")
        if shape is not Shape.DISTRIBUTION and len(line.x) != len(line.y):
            raise ValueError(f"a line of series {members['name']!r} has {len(line.x)} x and {len(line.y)} y")
    return Series(**{**members, "shape": shape, "lines": lines})


def _members(value: Any, types: _Types) -> dict[str, Any]:
    """The members of an object that has exactly these, each of one of its types."""
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    if unknown := sorted(value.keys() - types.keys()):
        raise TypeError(f"unknown {', '.join(unknown)}")
    for name, allowed in types.items():
        if not isinstance(value[name], allowed):
            raise TypeError(f"{name} is {value[name]!r}")
    return value


def _texts(value: Any) -> Sequence[str]:
    if not (isinstance(value, _LIST) and all(isinstance(one, str) for one in value)):
        raise TypeError(f"{value!r} is no list of texts")
    return tuple(value)


def _texts_by_name(value: Mapping[str, Any]) -> Mapping[str, str]:
    _texts(list(value.values()))
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
