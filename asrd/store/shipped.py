"""What comes with asrd: beside the package's modules where it is installed, under `model/` in a checkout."""

from __future__ import annotations

from pathlib import Path

import asrd


def shipped(name: str) -> Path | None:
    """The file or folder of that name among the models that come with asrd; None if it did not come."""
    package = Path(asrd.__file__).parent
    places = (package / "models" / name, package.parent / "model" / name)
    return next((place for place in places if place.exists()), None)
