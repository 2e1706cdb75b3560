"""The rules file, read again when it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from asrd.plain_file import read_plain
from asrd_clients.rules.interface import Before, Rendered
from asrd_clients.rules.reading import LONGEST_FILE, parse_rules
from asrd_clients.rules.refusal import RulesError
from asrd_clients.rules.text_rules import RuleSet, TextRules

Notice: TypeAlias = Callable[[str], None]
Stamp: TypeAlias = "tuple[int, int, int] | None"
"""What shows that a file has changed: time of change in ns, size in bytes, inode; None: there is none."""
Stat: TypeAlias = Callable[[Path], Stamp]

_LONGEST_BYTES: Final = 4 * LONGEST_FILE  # of UTF-8


def default_rules() -> TextRules:
    """The rules without a file: the built-in commands, spacing and capitals."""
    return TextRules(RuleSet())


def load_rules(path: Path) -> TextRules:
    """The rules of a file.

    Raises:
        RulesError: there is none, or it cannot be used; the sentence names the file and the line.
    """
    return parse_rules(_read(path), str(path))


def stamp_of(path: Path) -> Stamp:
    """What the file system says about the file now."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class RulesFile:
    """Rules that follow their file: looked at whenever they are used, read again if it has changed.

    A file that cannot be used changes nothing: the rules before it stay, and `notice` is told once what is wrong. A
    file that is taken away leaves the built-in rules.
    """

    def __init__(self, path: Path, notice: Notice, *, stat: Stat = stamp_of) -> None:
        self._path = path
        self._notice = notice
        self._stat = stat
        self._seen: Stamp = None
        self._rules = default_rules()
        self._told = ""

    @property
    def context(self) -> str:
        """Names and terms for the daemon's `context`, or ""."""
        return self.current().context

    def render(self, text: str, language: str, before: Before, *, is_growing: bool = False) -> Rendered:
        """What an utterance's text comes to by the rules as they are now."""
        return self.current().render(text, language, before, is_growing=is_growing)

    def current(self) -> TextRules:
        """The rules as they are now; hold on to them where several renderings must agree."""
        stamp = self._stat(self._path)
        if stamp != self._seen:
            self._seen = stamp
            self._reload(exists=stamp is not None)
        return self._rules

    def _reload(self, *, exists: bool) -> None:
        if not exists:
            self._rules, self._told = default_rules(), ""
            return
        try:
            self._rules, self._told = load_rules(self._path), ""
        except RulesError as error:
            if str(error) != self._told:
                self._told = str(error)
                self._notice(f"{error} (the rules from before stay in use until this is put right)")


def _read(path: Path) -> str:
    try:
        raw = read_plain(path, _LONGEST_BYTES)
        return raw.decode("utf-8-sig")  # some editors begin a file with a byte-order mark
    except FileNotFoundError:
        sentence = f"there is no rules file {path}; `asrd type --rules-example` prints one to begin with"
        raise RulesError(sentence) from None
    except UnicodeDecodeError as error:
        raise RulesError(f"{path} is no UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RulesError(f"the rules file {path} cannot be read: {reason}; check --rules") from None
