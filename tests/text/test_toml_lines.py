"""Every way of writing a key has a line."""

from __future__ import annotations

from typing import Any

import pytest

from asrd.text import toml, toml_lines
from asrd.text.toml_lines import Lines

TEXT = '''\
# port = 0

"server".host = "x"  # a dotted key
server."port" = 1
history = { folder = "h", audio = true }

[model]
context = """
[audio]
device = "no"
"""
path = \'\'\'
threads = 3\'\'\'
threads = 4

  [ "segment" ]
vad = [
  "a",

  "b",
]
onset_ms = 1

[a.b]
c = 1
[[d]]
e = 1
[[d]]
f = "\x85 \u2028"
g = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("server", "host"), 3),
        (("server", "port"), 4),
        (("server",), 3),
        (("history", "audio"), 5),
        (("model",), 7),
        (("model", "context"), 8),
        (("model", "path"), 12),
        (("model", "threads"), 14),
        (("segment",), 16),
        (("segment", "vad"), 17),
        (("segment", "onset_ms"), 22),
        (("a", "b", "c"), 25),
        (("d", "e"), 27),
        (("d", "f"), 29),
        (("d", "g"), 30),
        (("nothing",), 1),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_lines(path: tuple[str, ...], line: int, line_end: str) -> None:
    assert Lines(TEXT.replace("\n", line_end)).of(path) == line


def test_keys_thousands_of_tables_down() -> None:
    deep = ".".join("a" * 3000)
    lines = Lines(f"[server]\nport.{deep} = 1\n[b.{deep}]\nc = 2")
    assert lines.of(("server", "port")) == 2
    assert lines.of(("b",)) == 3


def test_a_statement_of_many_lines_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its lines could be the last one: n lines were n attempts, each as long as all before."""
    parsed = 0

    def loads(text: str) -> Any:
        nonlocal parsed
        parsed += len(text)
        return toml.loads(text) if len(text) < 1000 else refuse()

    def refuse() -> None:
        raise toml.TOMLDecodeError

    monkeypatch.setattr(toml_lines, "toml", type("Toml", (), {"loads": loads, "TOMLDecodeError": toml.TOMLDecodeError}))
    lines = Lines("[server]\nport = 1\nhosts = [\n" + "[1],\n" * 10_000 + "]\nother = 1")
    assert lines.of(("server", "port")) == 2
    assert lines.of(("server", "other")) == 1
    assert parsed <= toml_lines._MOST_PARSED
