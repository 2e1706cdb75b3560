"""Command lines as prose writes them, with places to fill in, read by asrd's own parser.

`NAME` stands for a value, `...` for more of the same, `[--flag X]` may be left out, `a|b` and `a | b` mean either.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache

from asrd.cli.main import build_parser
from asrd.config.flags import read_flags
from asrd.errors import AsrdError

# What a place may take: one of these is of the right kind for it.
_VALUES = ("1", "500", "a.srt", "nano")
_PLACE = re.compile(r"[A-Z][A-Z0-9_.|-]*")
_MORE = re.compile(r"\.\.\.|…")
_MISSING = re.compile(r"the following arguments are required|: expected (one|at least one) argument")
_ONE_OF = re.compile(r"one of the arguments (.*?) is required")
_MOST_FORMS = 64
_MOST_ARGUMENTS = 3


def unknown(text: str) -> str:
    """What asrd's parser says against a command line that begins with `asrd`; "" if all of its forms are right."""
    for form in itertools.islice(_forms(text), _MOST_FORMS):
        refusals = {_refusal(_filled(form, value)) for value in _VALUES}
        if "" not in refusals:
            return f"{shlex.join(['asrd', *form])}: {min(refusals)}"
    return ""


def _forms(text: str) -> Iterator[list[str]]:
    """Every command line that is meant, without `asrd`."""
    for spelled in _optional(_MORE.sub(" ", text)):
        spaced = re.sub(r"\s*\|\s*", "|", spelled)
        for chosen in itertools.product(*map(_either, shlex.split(spaced, comments=True))):
            yield list(chosen[1:])


def _optional(text: str) -> Iterator[str]:
    """With and without what stands in brackets."""
    found = re.search(r"\[([^\[\]]*)\]", text)
    if found is None:
        yield text
        return
    for inside in ("", found[1]):
        yield from _optional(text[: found.start()] + inside + text[found.end() :])


def _either(word: str) -> Sequence[str]:
    return [word] if _PLACE.fullmatch(word) else word.split("|")


def _filled(words: Sequence[str], value: str) -> list[str]:
    return [re.sub(r"(?<![a-z])[A-Z][A-Z0-9_|-]*(?![a-z])", value, word) for word in words]


def _refusal(words: list[str]) -> str:
    """What is said against a command line; that something is missing is no reason, as prose leaves things out."""
    if _are_commands(words):
        return ""
    said = _said(words)
    for more in range(1, _MOST_ARGUMENTS + 1):
        if _MISSING.search(said):
            said = _said([*words, *["1"] * more])
    if one_of := _ONE_OF.search(said):
        tried = [[*words, flag, *value] for flag in one_of[1].split() for value in ([], ["1"])]
        said = min(map(_said, tried))
    return said


def _said(words: list[str]) -> str:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # of --help
            read_flags(_parser().parse_args(words))
    except AsrdError as error:
        return str(error)
    except SystemExit:  # after --help
        pass
    return ""


def _are_commands(words: list[str]) -> bool:
    """Whether the words are a command or a group of commands, and nothing else."""
    parser: argparse.ArgumentParser | None = _parser()
    for word in words:
        actions = parser._actions if parser is not None else []
        groups = [action for action in actions if isinstance(action, argparse._SubParsersAction)]
        parser = groups[0].choices.get(word) if groups else None
    return parser is not None


@cache
def _parser() -> argparse.ArgumentParser:
    return build_parser()
