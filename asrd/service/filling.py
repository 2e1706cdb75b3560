"""The templates of the files that are installed: `@NAME@` stands for what is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import asrd
from asrd.service.errors import ServiceError

MARK: Final = "Written by `asrd service install`"
_PLACE: Final = re.compile(r"@([A-Z_]+)@")


def template(name: str) -> str:
    """The text of a template: in a checkout from `launchd/`, else from where the package keeps them.

    Raises:
        ServiceError: it did not come with this asrd.
    """
    package = Path(asrd.__file__).parent
    for folder in (package / "service" / "templates", package.parent / "launchd"):
        path = folder / name
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise ServiceError(f"the template {name} did not come with this asrd: install asrd again")


def filled(name: str, values: Mapping[str, str]) -> str:
    """A template with its places filled; the values are in the language of the file already.

    Raises:
        ValueError: a place has no value, or a value no place.
    """
    text = template(name)
    places = set(_PLACE.findall(text))
    if places != set(values):
        raise ValueError(f"{name} has the places {sorted(places)}, and {sorted(values)} were given")
    return _PLACE.sub(lambda found: values[found[1]], text)
