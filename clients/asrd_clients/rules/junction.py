"""Fits an utterance to what stands before the cursor: the space between them, and the first word's capital."""

from __future__ import annotations

import re
from typing import Final

from asrd_clients.rules.assembly import Assembled, fit_case
from asrd_clients.rules.options import Options
from asrd_clients.rules.places import Place, place_after, space_after, space_between
from asrd_clients.rules.styles import Style
from asrd_clients.rules.tokens import tokens_of

_HEAD: Final = 200  # characters in which the first word is looked for
_OPENING: Final = re.compile(r"[\s\"'(\[{“„‚‘«‹¿¡（「『]*")


def join(before: str, utterance: Assembled, style: Style, options: Options) -> str:
    """The utterance's text as it is typed behind `before`."""
    text = utterance.text
    if not text:
        return ""
    text = _with_first_word(before, utterance, style, options)
    if utterance.is_glued or not options.spacing:
        return text
    return (space_after(before) if utterance.is_apart else space_between(before, text)) + text


def _with_first_word(before: str, utterance: Assembled, style: Style, options: Options) -> str:
    text = utterance.text
    opening = _OPENING.match(text)
    start = opening.end() if opening else 0
    head = tokens_of(text[start : start + _HEAD])
    if not head or head[0].is_mark:
        return text
    word = head[0].text
    place = place_after(before[-_HEAD:] + text[:start])
    if place is Place.WITHIN and utterance.keeps_capital:
        return text
    return text[:start] + fit_case(word, place, style, options) + text[start + len(word) :]
