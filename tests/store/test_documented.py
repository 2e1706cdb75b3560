"""docs/MODELS.md tells of every model; the tests that its table of faults names are looked for in `tests/docs`."""

from __future__ import annotations

from asrd.store.manifest import entries
from tests.docs.pages import pages


def test_every_model_is_told() -> None:
    for name in entries():
        assert f"| `{name}` |" in pages()["docs/MODELS.md"].text
