"""What is left to be typed of a text when what was typed before it cannot be corrected any more. Pure."""

from __future__ import annotations

from asrd.text.units import split_units


def rest_after(typed: str, whole: str) -> str:
    """The end of `whole` that `typed` lacks.

    If the text has changed meanwhile, word is counted against word: what was typed stays wrong, but nothing comes twice
    and no word is cut.
    """
    if whole.startswith(typed):
        return whole[len(typed) :]
    return "".join(split_units(whole)[len(split_units(typed)) :])


def steady_start(renderings: list[str]) -> str:
    """What all of them begin with."""
    shortest, longest = min(renderings), max(renderings)
    same = 0
    for one, other in zip(shortest, longest, strict=False):
        if one != other:
            break
        same += 1
    return shortest[:same]


def steady_words(renderings: list[str]) -> str:
    """The words that all of them begin with; a word that goes on in one of them is not among them."""
    words = [split_units(text) for text in renderings]
    same = 0
    for together in zip(*words, strict=False):
        if len(set(together)) > 1:
            break
        same += 1
    return "".join(words[0][:same])
