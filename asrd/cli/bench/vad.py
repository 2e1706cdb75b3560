"""Runs `asrd bench vad`."""

from __future__ import annotations

import argparse
import sys

from asrd.bench.outcome.command import command_of
from asrd.bench.sets.chosen import read_sets
from asrd.bench.vad.comparing import compare_variants
from asrd.bench.vad.variants import read_variants
from asrd.cli.bench.emit import emit
from asrd.cli.output import StatusLine


def run(args: argparse.Namespace) -> int:
    """Measure all variants."""
    variants = read_variants(args.detectors, args.vary)
    speech, noise = read_sets(args.speech, args.clips), read_sets(args.noise, 0)
    with StatusLine() as status:
        result = compare_variants(speech, noise, variants, command_of(sys.argv), status.show)
    return emit(result, args)
