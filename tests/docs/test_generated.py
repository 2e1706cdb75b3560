"""Pages that programs write are what these write today, and say so."""

from __future__ import annotations

import re

import pytest

from tests.docs.generated import GENERATED
from tests.docs.pages import pages

EACH = pytest.mark.parametrize("name", GENERATED)


@EACH
def test_it_is_up_to_date(name: str) -> None:
    assert pages()[name].text == GENERATED[name](), f"{name} is not what its program writes: make docs"


@EACH
def test_it_says_how_it_is_made(name: str) -> None:
    top = pages()[name].text.partition("\n## ")[0]
    assert re.search(r"is made from .*? by `.*?`", top, re.DOTALL), f"{name} must say at its top how it is made"
