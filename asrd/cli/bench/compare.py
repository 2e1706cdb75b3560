"""Runs `asrd bench compare`."""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.bench.outcome.comparing import Comparison, compare
from asrd.bench.outcome.comparison_text import comparison_object, comparison_text, worse_sentence
from asrd.bench.outcome.store import paths_in, read
from asrd.cli.bench.emit import BrokenBoundError
from asrd.cli.output import report, write_json, write_line
from asrd.errors import ConfigError


def run(args: argparse.Namespace) -> int:
    """Compare all results of both places.

    Raises:
        BrokenBoundError: a figure is worse; everything is written before.
        ConfigError: a result cannot be read, or the places have none in common.
    """
    comparisons = [_comparison(before, after) for before, after in _pairs(args.before, args.after)]
    if args.json:
        write_json(comparison_object(comparisons))
    else:
        write_line(comparison_text(comparisons))
    worse = worse_sentence(comparisons)
    if worse and not args.report_only:
        raise BrokenBoundError(worse)
    return 0


def _pairs(before: Path, after: Path) -> list[tuple[Path, Path]]:
    """Two files; a file and that of the same name in the folder; or all of the same name in two folders."""
    if not (before.is_dir() and after.is_dir()):
        first = before / after.name if before.is_dir() else before
        return [(first, after / before.name if after.is_dir() else after)]
    names = [{path.name for path in paths_in(place)} for place in (before, after)]
    for name in sorted(names[0] ^ names[1]):
        report(f"{name} is in {before if name in names[0] else after} alone, and is left out")
    if not names[0] & names[1]:
        raise ConfigError(f"{before} and {after} have no result of the same name: name two files")
    return [(before / name, after / name) for name in sorted(names[0] & names[1])]


def _comparison(before: Path, after: Path) -> Comparison:
    first, second = read(before), read(after)
    if first.bench != second.bench:
        raise ConfigError(
            f"{before} is of bench {first.bench} and {after} of bench {second.bench}: compare results of one bench"
        )
    return compare(after.stem, first, second)
