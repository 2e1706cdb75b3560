"""The files of launchd's agents and of the app bundle: from a wish to their text, and nothing else.

~/Library/LaunchAgents/dev.asrd.daemon.plist        the agent
~/Applications/asrd.app/Contents/Info.plist         what macOS says when it asks for the microphone
~/Applications/asrd.app/Contents/MacOS/asrd         compiled from
~/Applications/asrd.app/Contents/Resources/launcher.c
~/Library/Logs/asrd/                                what the agents say
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from asrd.service.errors import ServiceError
from asrd.service.filling import MARK, filled
from asrd.service.interface import File, Part, Wish

BUNDLE_IDENTIFIER: Final = "dev.asrd.app"
LABELS: Final = {Part.DAEMON: "dev.asrd.daemon", Part.TYPIST: "dev.asrd.typist"}
_LOGS: Final = {Part.DAEMON: "asrd.log", Part.TYPIST: "asrd-type.log"}
# https://www.w3.org/TR/xml/#charsets; a carriage return would be read as a line feed.
_NOT_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Places:
    """Where everything lies below a home folder."""

    def __init__(self, home: Path) -> None:
        """`home`: the user's."""
        self.home = home
        self.bundle = home / "Applications" / "asrd.app"
        self.contents = self.bundle / "Contents"
        self.information = self.contents / "Info.plist"
        self.launcher = self.contents / "Resources" / "launcher.c"
        self.executable = self.contents / "MacOS" / "asrd"
        self.logs = home / "Library" / "Logs" / "asrd"

    def agent(self, part: Part) -> Path:
        """The file of an agent."""
        return self.home / "Library" / "LaunchAgents" / f"{LABELS[part]}.plist"

    def log(self, part: Part) -> Path:
        """The file that an agent's output goes to."""
        return self.logs / _LOGS[part]


def agent_files(wish: Wish, places: Places) -> list[File]:
    """All files of the wish but the executable.

    Raises:
        ServiceError: a word cannot be written into them.
    """
    agents = [File(places.agent(part), _agent(wish, part, places).encode()) for part in wish.parts]
    return [*bundle_files(wish, places), *agents]


def bundle_files(wish: Wish, places: Places) -> list[File]:
    """The files of the bundle but the executable."""
    information = filled("Info.plist", {"MARK": MARK, "BUNDLE_IDENTIFIER": BUNDLE_IDENTIFIER})
    launcher = filled(
        "launcher.c", {"MARK": MARK, "WORDS": "\n".join(f"    {c_string(word)}," for word in wish.program)}
    )
    return [File(places.information, information.encode()), File(places.launcher, launcher.encode())]


def xml_text(text: str) -> str:
    """A text within an element.

    Raises:
        ServiceError: it holds characters that XML has none of.
    """
    if _NOT_XML.search(text):
        raise ServiceError(f"{text!a} holds characters that a property list cannot: rename it")
    return escape(text)


def c_string(text: str) -> str:
    """A string of C: everything but plain letters, digits and a few signs as octal escapes of its UTF-8.

    Raises:
        ServiceError: it holds what no path can.
    """
    if "\0" in text:
        raise ServiceError(f"{text!a} holds a zero byte, which no command line can")
    data = text.encode("utf-8", "surrogateescape")
    return '"' + "".join(chr(byte) if _is_plain(byte) else f"\\{byte:03o}" for byte in data) + '"'


def _is_plain(byte: int) -> bool:
    return chr(byte).isascii() and (chr(byte).isalnum() or byte in b" /.-_+=,:@")


def _agent(wish: Wish, part: Part, places: Places) -> str:
    extra = ("--launchd", "--log-file", str(places.log(part))) if part is Part.DAEMON else ()
    words = (str(places.executable), *wish.command(part, *extra))
    return filled(
        "agent.plist",
        {
            "MARK": MARK,
            "LABEL": LABELS[part],
            "ARGUMENTS": "\n".join(f"\t\t<string>{xml_text(word)}</string>" for word in words),
            "BUNDLE_IDENTIFIER": BUNDLE_IDENTIFIER,
            "STOP_S": str(wish.stop_s),
            "HOME": xml_text(str(places.home)),
            "LOG": xml_text(str(places.log(part))),
        },
    )
