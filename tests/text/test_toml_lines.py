"""Every way of writing a key has a line."""

from __future__ import annotations

import pytest

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
