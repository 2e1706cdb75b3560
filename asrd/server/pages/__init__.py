"""The page that shows what is said, in a browser or in OBS. Its policy allows its own script and style alone."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

OVERLAY_HTML: Final = files(__name__).joinpath("overlay.html").read_text(encoding="utf-8")


def _hashes(tag: str) -> str:
    """The sources of all elements of a tag, as Content Security Policy names them (CSP level 3, section 2.3.1)."""
    contents = re.findall(rf"<{tag}>(.*?)</{tag}>", OVERLAY_HTML, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() for content in contents)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


OVERLAY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes('script')}",
            f"style-src {_hashes('style')}",
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
