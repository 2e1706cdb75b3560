"""Runs `asrd bench all`."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asrd.bench.outcome.json_form import as_object
from asrd.bench.outcome.store import read
from asrd.bench.outcome.text import figure, table
from asrd.cli.bench.plan import SHORT, Planned, full_plan
from asrd.cli.output import report, write_json, write_line
from asrd.config.model import MODEL_VARIABLE

_SIGNALLED: Final = 128  # and the signal, as in a shell


@dataclass(frozen=True)
class _Ended:
    """A bench that ended; `kept`: its result, if it got so far."""

    name: str
    exit_code: int
    wall_s: float
    kept: Path | None


def run(args: argparse.Namespace) -> int:
    """Run all benches; returns the worst of their exit codes."""
    plan = SHORT if args.short else full_plan(args.sets)
    with tempfile.TemporaryDirectory() as scratch:
        ended = _run_all(plan, args.store or Path(scratch), args)
        if args.json:
            write_json({one.name: _object(one) for one in ended})
    if not args.json:
        write_line(_summary(ended))
    failed = [f"{one.name} ({one.exit_code})" for one in ended if one.exit_code]
    if failed:
        report(f"{len(failed)} of {len(ended)} benches failed, with exit code: {', '.join(failed)}")
    return max(one.exit_code for one in ended)


def _run_all(plan: Sequence[Planned], store: Path, args: argparse.Namespace) -> list[_Ended]:
    environment = {key: value for key, value in os.environ.items() if not (args.short and key == MODEL_VARIABLE)}
    ended = []
    for number, planned in enumerate(plan, start=1):
        report(f"{number} of {len(plan)}: asrd bench {shlex.join(planned.argv)}")
        path = store / f"{planned.name}.json"
        path.unlink(missing_ok=True)  # one of an earlier run is not what this one found
        began_s = time.monotonic()
        code = subprocess.run(
            [sys.executable, "-m", "asrd", "bench", *planned.argv, "--store", str(path)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if args.json else None,
            check=False,
        ).returncode
        code = code if code >= 0 else _SIGNALLED - code
        ended.append(_Ended(planned.name, code, time.monotonic() - began_s, path if path.is_file() else None))
    return ended


def _object(ended: _Ended) -> dict[str, Any]:
    result = None if ended.kept is None else as_object(read(ended.kept))
    return {"exit_code": ended.exit_code, "wall_s": round(ended.wall_s, 1), "result": result}


def _summary(ended: Sequence[_Ended]) -> str:
    rows = [[one.name, figure(one.wall_s), f"exit code {one.exit_code}" if one.exit_code else "done"] for one in ended]
    total = ["all", figure(sum(one.wall_s for one in ended)), f"{sum(not one.exit_code for one in ended)} done"]
    return table(["bench", "seconds", "outcome"], [*rows, total])
