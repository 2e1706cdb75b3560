"""The languages that Qwen3-ASR names in its output.

Source: the model cards of Qwen3-ASR-0.6B and -1.7B.
"""

from __future__ import annotations

from typing import Final

from asrd.errors import ConfigError

LANGUAGES: Final = (
    "Chinese",
    "English",
    "Cantonese",
    "Arabic",
    "German",
    "French",
    "Spanish",
    "Portuguese",
    "Indonesian",
    "Italian",
    "Korean",
    "Russian",
    "Thai",
    "Vietnamese",
    "Japanese",
    "Turkish",
    "Hindi",
    "Malay",
    "Dutch",
    "Swedish",
    "Danish",
    "Finnish",
    "Polish",
    "Czech",
    "Filipino",
    "Persian",
    "Greek",
    "Romanian",
    "Hungarian",
    "Macedonian",
)
# ISO 639-1 codes (Cantonese and Filipino have only 639-3 ones), for people who are used to write `en`.
_CODE_LIST: Final = "zh en yue ar de fr es pt id it ko ru th vi ja tr hi ms nl sv da fi pl cs fil fa el ro hu mk"
_CODES: Final = dict(zip(_CODE_LIST.split(), LANGUAGES, strict=True))


def language_name(language: str) -> str:
    """The model's name for `language`, given as a name or an ISO 639 code in any case.

    Raises:
        ConfigError: it is not one of them.
    """
    wanted = language.strip()
    name = _CODES.get(wanted.lower(), wanted.capitalize())
    if name not in LANGUAGES:
        raise ConfigError(f"unknown language {language!r}; use one of: {', '.join(LANGUAGES)} (or a code such as en)")
    return name
