"""How pages are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import pages as module
from tests.docs.pages import Block, Page, Step, anchor_of, pages

TEXT = """\
# A page: `code`, and more

Text with [a link](other.md#there) and
`a span` beside ![a picture](one.png).

## Twice
## Twice

```console daemon exits=2
$ one  # for people
$ two \\
    three
first
...
```

| a | b |
|---|---|
| `x\\|y` | [in a table](t.md) |

    indented
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "page.md").write_text(TEXT, encoding="utf-8")
    return Page(tmp_path / "page.md")


def test_headings_become_anchors(page: Page) -> None:
    assert page.anchors == ["a-page-code-and-more", "twice", "twice-1"]
    assert anchor_of("What it's like, in 3 steps") == "what-its-like-in-3-steps"


def test_addresses_and_spans_have_their_lines(page: Page) -> None:
    assert [(link.text, link.line) for link in page.links] == [("other.md#there", 3), ("t.md", 19)]
    assert [(picture.text, picture.line) for picture in page.pictures] == [("one.png", 4)]
    assert [(span.text, span.line) for span in page.spans] == [("code", 1), ("a span", 4), ("x|y", 19)]


def test_blocks_and_their_steps(page: Page) -> None:
    (block,) = page.blocks
    assert (block.page, block.line, block.language, block.marks) == ("page.md", 9, "console", ("daemon", "exits=2"))
    assert (block.value("exits"), block.value("by")) == ("2", None)
    assert block.steps == [Step("one  # for people", (), 10), Step("two \\\n    three", ("first", "..."), 11)]
    assert page.indented == [21]


def test_output_before_any_command_is_told() -> None:
    with pytest.raises(AssertionError, match=r"page.md:4: output stands before"):
        Block("page.md", 3, "console", (), "out\n").steps  # noqa: B018 - reading is the work


def test_every_page_of_the_folders_is_known() -> None:
    assert {"README.md", "docs/PROTOCOL.md", "model/nano/MODEL_CARD.md", "launchd/README.md"} <= set(pages())
    assert not any(name.startswith(("docs/benchmarks/", "model/train/")) for name in pages())
