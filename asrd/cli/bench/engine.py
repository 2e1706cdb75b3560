"""Runs `asrd bench engine`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from asrd.bench.engine.tables import growing_table, memory_table, offline_table, ratio_table
from asrd.bench.host.machine import describe_machine
from asrd.bench.outcome.text import machine_lines
from asrd.cli.output import Failures, write_json, write_line
from asrd.errors import AsrdError, ConfigError

_TITLE = "Median of {repeats} runs a clip; every engine in a process of its own."


def run(args: argparse.Namespace) -> int:
    """Measure all engines, one after the other, and print the tables; an engine that fails does not stop the others."""
    clips, growing = _seconds(args.clips, "--clips"), _seconds(args.growing, "--growing")
    shared = {
        "clips_s": clips,
        "growing_s": growing,
        "repeats": args.repeats,
        "threads": args.threads,
        "steady": args.steady,
    }
    failures = Failures()
    results: list[dict[str, Any]] = []
    references: list[dict[str, Any]] = []
    for model in args.models:
        for verify_drafts in (True, False) if args.no_drafts else (True,):
            with failures.reported():
                request = {**shared, "model": model, "verify_drafts": verify_drafts}
                results.append(_measured("asrd.bench.engine.measuring", request))
    for dtype in args.reference_dtypes.split(",") if args.reference and results else []:
        with failures.reported():
            references.append(_reference(args, dtype, clips, results[0]))
    machine = describe_machine()
    if args.json:
        write_json({"machine": machine, "results": results, "references": references})
    else:
        _write_tables(machine, args.repeats, results, references)
    with failures.reported():
        _check_equality(results)
    return failures.exit_code


def _write_tables(
    machine: Mapping[str, str],
    repeats: int,
    results: Sequence[Mapping[str, Any]],
    references: Sequence[Mapping[str, Any]],
) -> None:
    write_line(machine_lines(machine))
    write_line(_TITLE.format(repeats=repeats) + "\n")
    write_line(offline_table([*results, *references]))
    write_line(memory_table([*results, *references]))
    for reference in references:
        write_line(ratio_table(results, reference))
    if any(result["growing"] for result in results):
        write_line(growing_table(results))


def _check_equality(results: Sequence[Mapping[str, Any]]) -> None:
    unequal = [r["label"] for r in results for grown in r["growing"] if not grown["final_equals_offline"]]
    if unequal:
        raise AsrdError(f"a final differs from the offline text with {', '.join(unequal)}: please report it")


def _reference(
    args: argparse.Namespace, dtype: str, clips: Sequence[float], result: Mapping[str, Any]
) -> dict[str, Any]:
    request = {
        "checkpoint": args.reference,
        "head": result["head"],
        "suffix": result["suffix"],
        "clips_s": clips,
        "tokens": [clip["tokens"] + 1 for clip in result["offline"]],  # the stop token is computed as well
        "dtype": dtype,
        "repeats": args.repeats,
        "threads": args.threads,
    }
    return _measured("asrd.bench.engine.reference", request)


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
