"""The card of nano is what `python -m model.train card` writes from the figures that are kept."""

from __future__ import annotations

import json

from asrd.model_folder import read_model_folder
from model.train.card import CARD, card
from model.train.evaluate import FIGURES
from model.train.export import NANO

# In place of the tables whose figures stay in the build folder.
ABSENT = "Not measured in this run."


def test_it_is_up_to_date() -> None:
    figures = json.loads((NANO / FIGURES).read_text(encoding="utf-8"))
    begin, *middle, end = card(read_model_folder(NANO), figures, {}, ()).split(ABSENT)
    text = (NANO / CARD).read_text(encoding="utf-8")
    assert text.startswith(begin)
    assert text.endswith(end)
    assert all(part in text for part in middle)
