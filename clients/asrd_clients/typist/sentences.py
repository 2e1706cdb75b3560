"""What the typist tells the user. Nothing in it was dictated."""

from __future__ import annotations

from typing import Final

from asrd_clients.typist.harmless import MOST_CHARACTERS

_SHOWS: Final = "`asrd listen --replay 1` shows what was said last"

OUT_OF_ORDER: Final = f"an utterance came after a later one, and was not typed: {_SHOWS}"
UNWATCHED: Final = (
    "this desktop does not tell which window has the focus, or what is pressed, so nothing is taken back: words are "
    "typed when they have settled"
)
CANNOT_ERASE: Final = "it cannot be known here what Backspace would erase"
TOUCHED: Final = "a key or button was pressed since, or another window has the focus"
UNSURE: Final = "it holds characters of which no Backspace is sure, or a Tab"


def not_taken_back(reason: str) -> str:
    """Why "scratch that" did nothing."""
    return f"nothing was taken back: {reason}"


def moved(characters: int) -> str:
    """The utterance belongs to another window."""
    return (
        f"another window got the focus meanwhile, and {_count(characters)} not typed: {_SHOWS}, "
        "and with --focus follow it is typed there"
    )


def untyped(characters: int) -> str:
    """An injector failed."""
    return f"{_count(characters)} perhaps not typed: {_SHOWS}"


def held(characters: int) -> str:
    """A modifier key was held for too long."""
    return f"a key such as Ctrl was held for too long, and {_count(characters)} not typed: {_SHOWS}"


def cut(characters: int) -> str:
    """Nobody says so much in one utterance."""
    return (
        f"only the first {MOST_CHARACTERS} characters of an utterance are typed: the {characters} after them were not"
    )


def missed(utterances: int) -> str:
    """They were said while the daemon could not be heard."""
    what = (
        "1 utterance that was said meanwhile was" if utterances == 1 else f"{utterances} that were said meanwhile were"
    )
    return f"{what} not typed: `asrd listen --replay {utterances}` shows {'it' if utterances == 1 else 'them'}"


def _count(characters: int) -> str:
    return "1 character was" if characters == 1 else f"{characters} characters were"
