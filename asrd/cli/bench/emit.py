"""What every action of `asrd bench` does with its result: print it, keep it, draw it, and hold it to its bounds."""

from __future__ import annotations

import argparse

from asrd.bench.outcome.bounds import check_names, with_bounds
from asrd.bench.outcome.json_form import as_object
from asrd.bench.outcome.result import Result
from asrd.bench.outcome.store import keep
from asrd.bench.outcome.text import as_text, figure
from asrd.cli.output import report, write_json, write_line
from asrd.errors import AsrdError


class BrokenBoundError(AsrdError):
    """A figure is not what was promised."""

    exit_code = 1


def emit(result: Result, args: argparse.Namespace) -> int:
    """Print the result, keep it and draw it as the flags say.

    Raises:
        BrokenBoundError: a bound does not hold; everything is written before.
        ConfigError: a file cannot be written, or a bound was given for what is not measured (also after that).
    """
    result = with_bounds(result, args.bounds)
    if args.json:
        write_json(as_object(result))
    else:
        write_line(as_text(result))
    if args.store is not None:
        report(f"kept in {keep(result, args.store)}")
    if args.plots is not None:
        from asrd.bench.outcome.plots import draw

        for path in draw(result, args.plots):
            report(f"drawn: {path}")
    check_names(result, args.bounds)
    broken = [f"{one.name} is {figure(one.value, one.unit)}, not {one.bound}" for one in result.broken()]
    if broken:
        raise BrokenBoundError(f"bench {result.bench}: {'; '.join(broken)}")
    return 0
