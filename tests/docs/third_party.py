"""docs/THIRD_PARTY.md, made of `third_party.toml`: what of others asrd ships or needs, and under which licence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageMetadata
from pathlib import Path
from typing import Any, Final

from asrd.text import markdown
from asrd.text.toml import loads

TABLE: Final = Path(__file__).with_name("third_party.toml")
_INTRODUCTION: Final = """\
# Third-party notices

asrd itself is under the [Apache License 2.0](../LICENSE). What it ships or needs of others is listed here. Tests
compare the list with the files in the package, with `requirements.lock`, and with what the installed packages say of
themselves. This page is made from `tests/docs/third_party.toml` by `make docs`.
"""
_SHIPPED: Final = """
## In asrd's own package

"""
_LIBRARIES: Final = """
## Packages that it needs at run time

They are installed beside asrd, from their own packages, unchanged. Most bring the text of their licence along (in
`NAME-VERSION.dist-info`). `asrd --version` tells which versions are there. What only the extras and the tests need is
in [DEPENDENCIES.md](DEPENDENCIES.md).

"""
_INSIDE: Final = """
## What is in their binaries

"""
_SYSTEM: Final = """
## Libraries of the system

"""
_LGPL: Final = """
The parts under the LGPL (python-xlib, soxr, libsndfile, LAME, mpg123, libquadmath) are libraries of their own, which
asrd loads and does not contain: each can be replaced by another build without touching asrd. soundfile looks for
libsndfile in the system where its package does not bring one.
"""


@cache
def table() -> Mapping[str, list[dict[str, str]]]:
    """The entries by their kind: shipped, library, inside, system."""
    found: Mapping[str, list[dict[str, str]]] = loads(TABLE.read_text(encoding="utf-8"))
    return found


def stated_licence(metadata: PackageMetadata) -> str:
    """What a package says of its licence: the expression, else the classifier, else the field's first line."""
    fields: dict[str, Any] = metadata.json
    if expression := fields.get("license_expression"):
        return str(expression)
    prefix = "License :: OSI Approved :: "
    classifiers = [line.removeprefix(prefix) for line in fields.get("classifier", ()) if line.startswith(prefix)]
    return "; ".join(sorted(classifiers)) or str(fields.get("license", "")).partition("\n")[0].strip()


def document() -> str:
    """The page."""
    entries = table()
    shipped = ((one["name"], _files(one), one["licence"], one["copyright"], _texts(one)) for one in entries["shipped"])
    libraries = (
        (f"`{one['package']}`", one["licence"], one["copyright"], one["source"], one.get("where", ""))
        for one in entries["library"]
    )
    inside = (
        (f"`{one['package']}`", one["part"], one["licence"], one["copyright"], one["source"])
        for one in entries["inside"]
    )
    system = ((one["name"], one["licence"], one["use"], one["source"]) for one in entries["system"])
    return "".join(
        (
            _INTRODUCTION,
            _SHIPPED,
            markdown.table(("what", "files", "licence", "copyright", "source, texts"), shipped),
            _LIBRARIES,
            markdown.table(("package", "licence", "copyright", "source", "only for"), libraries),
            _INSIDE,
            markdown.table(("package", "part", "licence", "copyright", "source"), inside),
            _SYSTEM,
            markdown.table(("library", "licence", "for", "source"), system),
            _LGPL,
        )
    )


def _files(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"[{Path(name).name}](../{name})" for name in entry["files"])


def _texts(entry: Mapping[str, str]) -> str:
    source = entry["source"]
    found = [source if "://" in source else _link(source)]
    return ", ".join(found + [_link(entry[key]) for key in ("text", "notes") if entry.get(key)])


def _link(name: str) -> str:
    return f"[{Path(name).name}](../{name})"
