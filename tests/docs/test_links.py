"""Links lead somewhere, and every page is led to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import ROOT, Page, pages

PAGES = pytest.mark.parametrize("page", pages().values(), ids=list(pages()))
LONGEST = 120
# Folders of one machine; `~/...`, /etc and the like are the same everywhere, and Ada is the reader.
OF_A_MACHINE = re.compile(r"(?<![\w.~}])/(?:(?:home|Users)/(?!ada\b)|root/|work/|mnt/|srv/|build/|data/)[\w.]+")


def target(page: Page, address: str) -> tuple[Path, str]:
    """The file that a link within the repository means, and the anchor in it."""
    path, _, anchor = address.partition("#")
    return (page.path.parent / unquote(path)).resolve() if path else page.path, anchor


def is_external(address: str) -> bool:
    return bool(urlsplit(address).scheme)


@PAGES
def test_what_a_link_names_is_there(page: Page) -> None:
    for link in (*page.links, *page.pictures):
        if is_external(link.text):
            continue
        place = f"{page.name}:{link.line}: {link.text}"
        path, anchor = target(page, link.text)
        assert path.is_relative_to(ROOT), f"{place} leads out of the repository"
        assert path.exists(), f"{place} is not there"
        if anchor:
            name = path.relative_to(ROOT).as_posix()
            assert name in pages(), f"{place}: only pages have anchors"
            assert anchor in pages()[name].anchors, f"{place}: {name} has {', '.join(pages()[name].anchors)}"


@PAGES
def test_external_addresses_are_well_formed(page: Page) -> None:
    for link in (*page.links, *page.pictures):
        parts = urlsplit(link.text)
        if parts.scheme:
            place = f"{page.name}:{link.line}: {link.text}"
            assert parts.scheme in ("https", "http", "mailto"), place
            assert parts.scheme == "mailto" or "." in (parts.hostname or "") or parts.hostname == "localhost", place
            assert "@" not in parts.netloc, place


def spelled_differently(addresses: Iterable[str]) -> list[set[str]]:
    """Spellings of one address each."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for address in addresses:
        parts = urlsplit(address)
        same = (parts.hostname or "").removeprefix("www.") + parts.path.rstrip("/").removesuffix(".git")
        spellings[f"{same.lower()}?{parts.query}"].add(address.partition("#")[0])
    return [found for found in spellings.values() if len(found) > 1]


def test_an_address_is_spelled_in_one_way() -> None:
    links = [link.text for page in pages().values() for link in page.links]
    assert not spelled_differently(filter(is_external, links))


def test_spellings() -> None:
    assert not spelled_differently(["https://a.org/b", "https://a.org/b#c", "https://a.org/b?d", "https://a.org/e"])
    for other in (
        "http://a.org/b",
        "https://a.org/b/",
        "https://www.a.org/b",
        "https://a.org/B",
        "https://a.org/b.git",
    ):
        assert spelled_differently(["https://a.org/b", other])


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    reached, open_ends = {"README.md"}, ["README.md"]
    while open_ends:
        page = pages()[open_ends.pop()]
        linked = {target(page, link.text)[0] for link in page.links if not is_external(link.text)}
        names = {path.relative_to(ROOT).as_posix() for path in linked if path.is_relative_to(ROOT)}
        new = (names & set(pages())) - reached
        reached |= new
        open_ends += new
    missing = {name for name in pages() if name.startswith("docs/")} - reached
    assert not missing, f"nothing leads to {', '.join(sorted(missing))}"


@PAGES
def test_lines_are_short(page: Page) -> None:
    long = [number for number, line in page.prose if len(line) > LONGEST and "](" not in line]
    assert not long, f"{page.name}: lines {long} are longer than {LONGEST}"


@PAGES
def test_no_path_is_that_of_one_machine(page: Page) -> None:
    found = OF_A_MACHINE.findall(page.text)
    assert not found, f"{page.name}: {found}"
