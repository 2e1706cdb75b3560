"""Runs `asrd bench engine`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from asrd.bench.engine.audio import clips_of, made_clips
from asrd.bench.engine.benching import Plan, bench_engines
from asrd.bench.engine.values import EngineRequest
from asrd.bench.outcome.command import command_of
from asrd.bench.peers.spec import parse_peers
from asrd.bench.sets.demo import demo_set
from asrd.bench.sets.table import read_table
from asrd.cli.bench.emit import emit
from asrd.cli.options import default_model
from asrd.cli.output import StatusLine
from asrd.errors import ConfigError
from asrd.store.installed import find_model

_DEMO: Final = Path("demo")
_LEAST_S, _MOST_S = 1.0, 3600.0


def run(args: argparse.Namespace) -> int:
    """Measure all engines, and hand the result on."""
    with demo_set() as demo, StatusLine() as line:
        result = bench_engines(_plan(args, demo), lambda text: line.show(text, now=True))
    return emit(result, args)


def _plan(args: argparse.Namespace, demo: Path) -> Plan:
    """What the flags ask for; `demo` is the table of the demonstration."""
    tables = [demo if path == _DEMO else path for path in args.sets]
    sets = [clips_of(read_table(path).thinned(args.clips)) for path in tables]
    request = EngineRequest(
        model="",
        clips=[*made_clips(_seconds(args.made, "--made")), *sets],
        growing_s=_seconds(args.growing, "--growing"),
        growing_files=sets[0].files if sets else (),
        repeats=args.repeats,
        threads=args.threads,
        interval_s=args.interval,
        steady=args.steady,
    )
    return Plan(
        command=command_of(sys.argv),
        request=request,
        models=[find_model(model) for model in args.models] or [default_model()],
        has_ablations=args.ablations,
        reference=args.reference,
        dtypes=[name for name in args.reference_dtypes.split(",") if name] if args.reference else (),
        peers=parse_peers(args.peers),
    )


def _seconds(text: str, flag: str) -> list[float]:
    """Lengths, each once."""
    try:
        values = [float(part) for part in text.split(",") if part]
    except ValueError:
        values = [0.0]
    if not all(_LEAST_S <= value <= _MOST_S for value in values):
        raise ConfigError(f"{flag} {text!r} is not a list of seconds such as 2,5,10, from {_LEAST_S:g} to {_MOST_S:g}")
    return list(dict.fromkeys(values))
