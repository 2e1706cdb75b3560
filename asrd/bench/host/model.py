"""Which model was measured: named in every report."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from asrd.model_folder import read_model_folder

_READ_BYTES: Final = 1 << 20
_SHOWN_DIGITS: Final = 12


def describe_model(folder: Path) -> dict[str, str]:
    """Name of a model, and the first digits of the digest of its files, one after the other in the order of the stages.

    The digest is that of what lies there, not what the folder says of itself: two models of one name are told apart.

    Raises:
        ModelError: it is none.
    """
    model = read_model_folder(folder)
    digest = hashlib.sha256()
    for file in model.files:
        with file.path.open("rb") as content:
            while block := content.read(_READ_BYTES):
                digest.update(block)
    return {"model": f"{model.name} {model.version}".rstrip(), "sha256": digest.hexdigest()[:_SHOWN_DIGITS]}
