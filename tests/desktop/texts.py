"""Texts that are typed, in many scripts."""

from __future__ import annotations

from typing import Final

ASCII: Final = "".join(map(chr, range(0x20, 0x7F)))
ACCENTS: Final = "Ünïcödé: çéàèù ñ ß œ ø å ğ ő ž Ł – “quotes” … €"
CYRILLIC: Final = "Съешь же ещё этих мягких французских булок, да выпей чаю. Їжак, Ґанок"
GREEK: Final = "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία"
CJK: Final = "我能吞下玻璃而不伤身体。日本語の文章です。한국어 문장"
ARABIC: Final = "مرحبا بالعالم، می‌خواهم"
INDIC: Final = "नमस्ते दुनिया, क्‍ष"
EMOJI: Final = "👍🏽 👩‍👩‍👧‍👦 🇩🇪🇯🇵 ❤️‍🔥 🏴󠁧󠁢󠁳󠁣󠁴󠁿 😀"
TAGS: Final = "".join(map(chr, range(0xE0020, 0xE0080)))  # of which flags of regions consist
ALL: Final = {
    "ascii": ASCII,
    "accents": ACCENTS,
    "cyrillic": CYRILLIC,
    "greek": GREEK,
    "cjk": CJK,
    "arabic": ARABIC,
    "indic": INDIC,
    "emoji": EMOJI,
}
EVERYTHING: Final = " | ".join(ALL.values())
