"""What comes with asrd: beside the package's modules where it is installed, under `model/` in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import asrd
from asrd.errors import ModelError

_MODEL: Final = "nano"


def shipped(name: str) -> Path | None:
    """The file or folder of that name among the models that come with asrd; None if it did not come."""
    package = Path(asrd.__file__).parent
    places = (package / "models" / name, package.parent / "model" / name)
    return next((place for place in places if place.exists()), None)


def shipped_model() -> Path:
    """The folder of the model that comes with asrd.

    Raises:
        ModelError: none came with this one.
    """
    folder = shipped(_MODEL)
    if folder is not None:
        return folder
    raise ModelError(
        "no model is given and none came with this asrd: give the folder of one, as with --model DIR or ASRD_MODEL; "
        "`asrd model pull` fetches one, "
        "`asrd model export` converts a checkpoint, `asrd model random DIR` makes a random one for trying out"
    )
