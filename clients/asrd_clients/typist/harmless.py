r"""What of a transcript may be typed. Pure.

A transcript is what a model wrote, or another client: it may hold escape sequences for a terminal, controls, marks that
turn the order of reading around, text that nobody sees. `harmless` leaves what can be seen, in Unicode's form C, on
one line. The same again changes nothing. Policy for lengths: `MOST_CHARACTERS` of an utterance are typed, and at most
`MOST_MARKS` marks upon one letter; the rest is not.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from asrd_clients.graphemes import ZWJ, ZWNJ, is_mark

MOST_CHARACTERS: Final = 10_000  # a quarter of an hour of speech; an utterance is some seconds long
MOST_MARKS: Final = 8  # what any script needs is four
_ASSIGNED_LATER: Final = range(0x1F000, 0x1FB00)  # emoji that this Python does not know yet

# ECMA-48: control sequences, command strings (closed ones: of an open one only its beginning is taken away, so that it
# cannot hide what follows), and the shorter escapes. An ESC may also be written as one of C1.
_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)
_BLANK: Final = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u1680\u2000-\u200a\u2028\u2029\u205f]")
_STEERING: Final = re.compile(r"([\n\t])")
# Invisible though no format character: fillers, the joiner of graphemes, a blank in Braille, what stands for an object.
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
_SEEN_FORMAT: Final = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_SELECTOR: Final = re.compile("[\ufe00-\ufe0f\u180b-\u180f\U000e0100-\U000e01ef]")
# The three flags of regions that there are: England, Scotland, Wales. Tags anywhere else are hidden text.
_REGION: Final = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
_FLAG_LETTERS: Final = re.compile("([\U0001f1e6-\U0001f1ff]+)")
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def harmless(text: str, most: int = MOST_CHARACTERS) -> str:
    """One line of visible text: at most `most` code points of it, white space but the ideographic one as spaces."""
    text = _BLANK.sub(" ", _SEQUENCE.sub("", text[: 4 * most]))  # cut first: a long text costs no more than a short one
    while (less := _cut(_visible(text), most)) != text:  # what is taken away may leave a joiner or a mark without use
        text = less
    return text


def typeable(text: str, *, enter: bool, most: int = MOST_CHARACTERS) -> str:
    r"""What the rules made of harmless text, made sure of once more: "\n" and "\t", which a command put there, stay.

    Without `enter` a line feed becomes a space: in a terminal, Return would run the line.
    """
    if not enter:
        text = re.sub(r" *\n[\n ]*", " ", text)
    parts = [part if part in ("\n", "\t") else harmless(part, most) for part in _STEERING.split(text[: 4 * most])]
    return _cut("".join(parts), most)


def _visible(text: str) -> str:
    text = "".join(_kept(piece) for piece in _pieces(text))
    return _with_few_marks(unicodedata.normalize("NFC", _with_few_marks(text)))


def _pieces(text: str) -> list[str]:
    """The text, its flags of regions apart."""
    found: list[str] = []
    end = 0
    for flag in _REGION.finditer(text):
        found += [text[end : flag.start()], flag.group()]
        end = flag.end()
    return [*found, text[end:]]


def _kept(piece: str) -> str:
    if _REGION.fullmatch(piece):
        return piece
    kept: list[str] = []
    visible = "".join(c for c in _with_paired_flags(piece) if c in (ZWJ, ZWNJ) or _SELECTOR.match(c) or _is_seen(c))
    for position, character in enumerate(visible):
        before, after = kept[-1] if kept else "", visible[position + 1 : position + 2]
        if character in (ZWJ, ZWNJ):
            if _may_join(character, before, after):
                kept.append(character)
        elif not _SELECTOR.match(character) or _may_select(character, before):
            kept.append(character)
    return "".join(kept)


def _is_seen(character: str) -> bool:
    category = unicodedata.category(character)
    if character in _UNSEEN:
        return False
    if category == "Cn":
        return ord(character) in _ASSIGNED_LATER
    return category not in _DROPPED or bool(_SEEN_FORMAT.match(character))


def _may_join(joiner: str, before: str, after: str) -> bool:
    """Whether a joiner does something there: between emoji, after a virama, between letters of a joining script."""
    if not before or not after or before in (ZWJ, ZWNJ):
        return False
    if unicodedata.combining(before) == 9 or (_is_indic(before) and _is_indic(after)):
        return True
    if unicodedata.bidirectional(before) in ("AL", "NSM") and unicodedata.bidirectional(after) == "AL":
        return True
    return joiner == ZWJ and _is_pictogram(after) and (_is_pictogram(before) or before == "\ufe0f")


def _may_select(selector: str, before: str) -> bool:
    """Whether there is something before it that has variants."""
    if selector in ("\ufe0e", "\ufe0f"):
        return _is_pictogram(before) or before in tuple("0123456789#*©®")
    if selector < "\u1810":
        return "\u1820" <= before <= "\u18aa"
    return before != "" and unicodedata.category(before) == "Lo" and unicodedata.name(before, "").startswith("CJK")


def _is_indic(character: str) -> bool:
    return "\u0900" <= character <= "\u0dff"


def _is_pictogram(character: str) -> bool:
    if not character:
        return False
    return unicodedata.category(character) in ("So", "Sm", "Sk", "Po", "Cn") and (
        "\u2000" <= character <= "\u33ff" or ord(character) >= 0x1F000
    )


def _with_paired_flags(text: str) -> str:
    """A letter of a flag without its second one is none."""
    return _FLAG_LETTERS.sub(lambda found: found[0][: len(found[0]) // 2 * 2], text)


def _with_few_marks(text: str) -> str:
    """Without marks that have no letter to stand on, and not too many upon one."""
    kept: list[str] = []
    marks = MOST_MARKS
    for character in text:
        marks = marks + 1 if is_mark(character) else MOST_MARKS if character.isspace() else 0
        if marks <= MOST_MARKS or not is_mark(character):
            kept.append(character)
    return "".join(kept)


def _cut(text: str, most: int) -> str:
    """At most `most` code points, and no half of a character at the end."""
    if len(text) <= most:
        return text
    while most and (is_mark(text[most]) or text[most] in (ZWJ, ZWNJ) or text[most - 1] in (ZWJ, ZWNJ)):
        most -= 1
    return text[:most]
