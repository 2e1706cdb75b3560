"""The tables of a page, as rows of cells."""

from __future__ import annotations

from tests.docs.pages import Page


def rows_below(page: Page, heading: str) -> list[list[str]]:
    """All rows of all tables between a heading and the next one of any depth, as written, without the tables' heads."""
    found: list[list[str]] = []
    inside, in_body = False, False
    for number, token in enumerate(page.tokens):
        if token.type == "heading_open":
            inside = page.tokens[number + 1].content == heading
        elif token.type in ("tbody_open", "tbody_close"):
            in_body = token.type == "tbody_open"
        elif inside and in_body and token.type == "tr_open":
            found.append([])
        elif inside and in_body and token.type == "inline":
            found[-1].append(token.content)
    assert found, f"{page.name} has no table below the heading {heading!r}"
    return found


def rows_by_name(page: Page, heading: str) -> dict[str, list[str]]:
    """The same by the code span that their first cell is; none comes twice."""
    rows = rows_below(page, heading)
    names = [row[0].strip("`") for row in rows]
    assert len(set(names)) == len(names), (
        f"{page.name}, {heading}: twice: {sorted({n for n in names if names.count(n) > 1})}"
    )
    return dict(zip(names, rows, strict=True))
