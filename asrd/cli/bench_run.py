"""Runs `asrd bench engine`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from asrd.bench.machine import describe_machine
from asrd.bench.report import growing_table, machine_lines, memory_table, offline_table, ratio_table
from asrd.cli.output import write_json, write_line
from asrd.errors import AsrdError, ConfigError

_TITLE = "Median of {repeats} runs a clip; every engine in a process of its own."


def run(args: argparse.Namespace) -> int:
    """Measure all engines, one after the other, and print the tables."""
    clips, growing = _seconds(args.clips, "--clips"), _seconds(args.growing, "--growing")
    shared = {"clips_s": clips, "growing_s": growing, "repeats": args.repeats, "threads": args.threads}
    results = [
        _measured("asrd.bench.engine", {**shared, "model": model, "verify_drafts": verify_drafts})
        for model in args.models
        for verify_drafts in ((True, False) if args.no_drafts else (True,))
    ]
    references = [_reference(args, dtype, clips, results[0]) for dtype in _references(args)]
    machine = describe_machine()
    if args.json:
        write_json({"machine": machine, "results": results + references})
        return 0
    write_line(machine_lines(machine))
    write_line(_TITLE.format(repeats=args.repeats) + "\n")
    write_line(offline_table(results + references))
    write_line(memory_table(results + references))
    for reference in references:
        write_line(ratio_table(results, reference))
    if growing:
        write_line(growing_table(results))
    unequal = [r["label"] for r in results for grown in r["growing"] if not grown["final_equals_offline"]]
    if unequal:
        raise AsrdError(f"a final differs from the offline text with {', '.join(unequal)}: please report it")
    return 0


def _references(args: argparse.Namespace) -> list[str]:
    return args.reference_dtypes.split(",") if args.reference else []


def _reference(
    args: argparse.Namespace, dtype: str, clips: Sequence[float], result: Mapping[str, Any]
) -> dict[str, Any]:
    request = {
        "checkpoint": args.reference,
        "clips_s": clips,
        "tokens": [clip["tokens"] + 1 for clip in result["offline"]],  # the stop token is computed as well
        "dtype": dtype,
        "repeats": args.repeats,
        "threads": args.threads,
    }
    return _measured("asrd.bench.reference", request)


def _measured(module: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The result of one engine, measured in a process of its own; its progress goes to standard error."""
    process = subprocess.run(
        [sys.executable, "-m", module, json.dumps(request)], stdout=subprocess.PIPE, text=True, check=False
    )
    if process.returncode != 0:
        raise AsrdError(f"{module} ended with exit code {process.returncode} for {request}; its reason stands above")
    result: dict[str, Any] = json.loads(process.stdout)
    result["label"] = result["name"] + ("" if request.get("verify_drafts", True) else ", no drafts")
    return result


def _seconds(text: str, flag: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",") if part]
    except ValueError:
        values = [0.0]
    if not all(value > 0 for value in values):
        raise ConfigError(f"{flag} {text!r} is not a list of seconds such as 2,5,10")
    return values
