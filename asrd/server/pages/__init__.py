"""The pages: live text for people, subtitles for OBS, and how they look.

Each page is one answer: its style and its script are put together here from the files beside this one, so that nothing
is fetched, nothing is cached apart from the rest, and the policy can name the very code that may run, by its hash,
instead of an origin.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

_FOLDER: Final = files(__name__)
_PARTS: Final = re.compile(r"\{\{([\w. ]+)\}\}")


@dataclass(frozen=True)
class Page:
    """What is answered.

    Attributes:
        text: the HTML document.
        headers: what it may do.
    """

    text: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, name: str) -> Page:
        """The page whose document is the file `name`: `{{a.js b.js}}` in it stands for the contents of these files."""
        text = _PARTS.sub(lambda parts: "\n".join(map(_part, parts[1].split())), _read(name))
        return cls(text, _headers(text))


def _read(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


def _part(name: str) -> str:
    """A file's contents; data becomes a constant of its name."""
    stem, _, kind = name.partition(".")
    return f"const {stem.upper()} = {_read(name).strip()};" if kind == "json" else _read(name).strip()


def _headers(text: str) -> Mapping[str, str]:
    return {
        "Content-Security-Policy": "; ".join(
            (
                "default-src 'none'",
                f"script-src {_hashes(text, 'script')}",
                f"style-src {_hashes(text, 'style')}",
                "img-src data:",  # the icon
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
            )
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }


def _hashes(text: str, tag: str) -> str:
    """The sources of all elements of a tag, as Content Security Policy names them (CSP level 3, section 2.3.1)."""
    contents = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() for content in contents)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


PAGES: Final[Mapping[str, Page]] = {
    "/": Page.of("home.html"),
    "/overlay": Page.of("overlay.html"),
    "/overlay/settings": Page.of("settings.html"),
}
