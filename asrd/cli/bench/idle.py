"""Runs `asrd bench idle`."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from asrd.bench.daemon.idle import watch
from asrd.bench.daemon.process import DaemonProcess, Usage
from asrd.bench.host.machine import describe_machine
from asrd.bench.outcome.text import machine_lines
from asrd.cli.options import model_path
from asrd.cli.output import StatusLine, write_json, write_line


def run(args: argparse.Namespace) -> int:
    """Measure, and print one line."""
    flags = ["--source", "mic", "--model", str(model_path(args)), *args.run_flags]
    with tempfile.TemporaryDirectory() as state:
        # The microphone may be reached through the files of the real home, so that stays.
        environment = {"HOME": str(Path.home())}
        with DaemonProcess(flags, Path(state), environment) as daemon, StatusLine() as line:

            def progress(passed_s: float, usage: Usage) -> None:
                line.show(f"{passed_s:.0f} of {60 * args.minutes} s, {usage.resident / 1e6:.1f} MB", now=True)

            measured = watch(daemon, 60.0 * args.minutes, progress)
            finals = daemon.log.count("final")
    if args.json:
        write_json({"machine": describe_machine(), "finals": finals} | asdict(measured))
        return 0
    write_line(machine_lines(describe_machine()))
    write_line(
        f"{measured.wall_s / 60:.1f} min, microphone open: {100 * measured.cpu_share:.2f} % of one core, resident "
        f"set {measured.resident[0] / 1e6:.1f} MB, then {measured.resident[1] / 1e6:.1f} MB, "
        f"{measured.threads} threads, {finals} finals."
    )
    return 0
