"""Which fenced blocks there are, and what their marks mean.

| block | marks | what the tests do |
|---|---|---|
| console | `macos`, `download`, `long` | nothing but read it: it needs macOS, the internet, or many minutes |
| | `daemon`, `desktop`, `service` | run it in a world that has these (`tests.docs.worlds`) |
| | `until-stopped` | the last command runs until Ctrl-C: it must write something before that |
| | `exits=N` | the last command ends with this code instead of 0 |
| | `by=tests/x/test_y.py` | nothing: that file takes the block and runs it |
| python | as console | run it as a program |
| toml | `settings` or `rules` | read it as asrd does |
| json | `message` or `command`, or nothing | read it, and compare it with the schema |
| ini | | read it |
| text | | nothing: diagrams and folders, no commands |

In a console block every line that begins with `$ ` is a command, and the lines below it are its output, compared by
words; `...` stands for any words. Where no line is below, the output is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LONG: Final = "long"
NOT_RUN: Final = frozenset({"macos", "download", LONG})
WORLDS: Final = frozenset({"daemon", "desktop", "service"})
UNTIL_STOPPED: Final = "until-stopped"
_RUN: Final = NOT_RUN | WORLDS | {UNTIL_STOPPED, "exits", "by"}
# The marks of each language; those with a value by what is before the `=`.
KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "console": _RUN,
    "python": _RUN,
    "toml": frozenset({"settings", "rules"}),
    "json": frozenset({"message", "command"}),
    "ini": frozenset(),
    "text": frozenset(),
}
NEEDED: Final = {"toml"}  # one of the marks is a must
