"""The public Python interface as text: what is compared with `public_api.txt`."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import asrd
import asrd.client

MODULES = (asrd, asrd.client)


def exported() -> dict[str, Any]:
    return {name: getattr(module, name) for module in MODULES for name in module.__all__}


def described() -> str:
    """Every public name with what it takes and gives."""
    lines = []
    for module in MODULES:
        for name in module.__all__:
            lines.append(f"{module.__name__}.{name}{summary(getattr(module, name))}")
            lines += [f"    {line}" for line in members(getattr(module, name))]
    return "\n".join(lines) + "\n"


def summary(thing: Any) -> str:
    if inspect.isclass(thing):
        bases = ", ".join(base.__name__ for base in thing.__bases__ if base is not object)
        return f"({bases})" if bases else ""
    return signature(thing) if inspect.isfunction(thing) else f" = {thing}"


def members(thing: Any) -> Iterator[str]:
    if not inspect.isclass(thing):
        return
    if issubclass(thing, enum.Enum):
        yield from (f"{item.name} = {item.value!r}" for item in thing)
        return
    if dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield f"{field.name}: {field.type}{default_of(field.default, dataclasses.MISSING)}"
    elif "__init__" in vars(thing) and thing.__qualname__ not in ("Utterance",):
        yield f"__init__{signature(thing.__init__)}"
    for name, item in vars(thing).items():
        if not name.startswith("_"):
            yield from member(name, item)


def member(name: str, item: Any) -> Iterator[str]:
    if isinstance(item, property):
        assert item.fget is not None
        yield f"{name}: {inspect.signature(item.fget).return_annotation}"
    elif isinstance(item, classmethod):
        yield f"{name}{signature(item.__func__)}  # of the class"
    elif inspect.isfunction(item):
        yield f"{name}{signature(item)}"


def signature(function: Callable[..., Any]) -> str:
    found = inspect.signature(function)
    words = []
    for parameter in found.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        words.append(f"{parameter.name}: {parameter.annotation}{default_of(parameter.default, parameter.empty)}")
    return f"({', '.join(words)}) -> {found.return_annotation}"


def default_of(value: Any, missing: object) -> str:
    if value is missing:
        return ""
    return " = ..." if callable(value) or dataclasses.is_dataclass(value) else f" = {value!r}"


if __name__ == "__main__":
    sys.stdout.write(described())
