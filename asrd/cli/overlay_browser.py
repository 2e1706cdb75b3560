"""Opens an address in a browser without its token on a command line, which all users of the machine can read.

What the browser is given is the name of a page that leads there, and that its user alone can read.
"""

from __future__ import annotations

import html
import secrets
import time
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Final

from asrd.config.places import state_folder
from asrd.plain_file import replace_plain

_NAME: Final = "asrd-open-{}.html"
_READ_WITHIN_S: Final = 60.0
_SNAPS: Final = Path("/snap")  # there where packages of that kind can be installed
_PAGE: Final = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<title>asrd</title>
<a href="{address}">To asrd's page</a>
"""


def open_page(address: str) -> bool:
    """Open `address`; returns whether a browser was started.

    The page that leads there stays until `forget_pages`: nobody can know when the browser has read it.

    Raises:
        OSError: that page cannot be written.
    """
    page = (_folder() / _NAME.format(secrets.token_hex(4))).absolute()
    page.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_plain(page, _PAGE.format(address=html.escape(address)).encode())
    if webbrowser.open(page.as_uri()):
        return True
    page.unlink(missing_ok=True)
    return False


def forget_pages() -> None:
    """Remove the pages of earlier calls which a browser had the time to read, as far as that can be done."""
    with suppress(OSError):
        for page in _folder().glob(_NAME.format("?" * 8)):
            if time.time() - page.stat().st_mtime > _READ_WITHIN_S:
                page.unlink()


def _folder() -> Path:
    """A browser that is a snap, as on Ubuntu, can read neither hidden folders nor the system's temporary one."""
    return Path.home() if _SNAPS.is_dir() else state_folder()
