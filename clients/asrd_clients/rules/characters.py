"""What the rules know of single characters."""

from __future__ import annotations

from typing import Final

NO_BREAK_SPACES: Final = "\u00a0\u202f"
# Scripts written without spaces: Thai to Burmese, kana, CJK ideographs; and the punctuation of the latter.
UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
WIDE_MARKS: Final = "，。！？；：、（）「」『』《》〈〉【】〔〕．～"

CLAUSE_MARKS: Final = ",;:，；：、،؛"
SENTENCE_ENDS: Final = ".!?。！？．؟।"
ELLIPSES: Final = "…"
OPENING: Final = "([{“„‚«‹¿¡（「『《〈【〔"
CLOSING: Final = ")]}”»›）」』》〉】〕"
DASHES: Final = "-–—"
OTHER_MARKS: Final = "\"'‘’/\\|@#&*+=~^%$€£§°_·•<>～"
MARKS: Final = CLAUSE_MARKS + SENTENCE_ENDS + ELLIPSES + OPENING + CLOSING + DASHES + OTHER_MARKS

# Marks that a model writes where a speaker paused; those around a spoken command are its guesses at the command.
PAUSE_MARKS: Final = frozenset(CLAUSE_MARKS + SENTENCE_ENDS + ELLIPSES)
COMMAS: Final = frozenset(",;，；、،؛")


def is_wide(character: str) -> bool:
    """Whether this character is set without a space beside it: an ideograph, kana, or their punctuation."""
    return (
        character in WIDE_MARKS
        or "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003134f"
    )
