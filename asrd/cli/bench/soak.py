"""Runs `asrd bench soak`."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from asrd.bench.daemon.process import DaemonProcess
from asrd.bench.host.machine import describe_machine
from asrd.bench.outcome.text import machine_lines
from asrd.bench.soak.soaking import Sample, Soak, soak
from asrd.cli.options import model_path
from asrd.cli.output import StatusLine, write_json, write_line
from asrd.errors import AsrdError
from asrd.source.file import read_audio

_ROWS = 12


def run(args: argparse.Namespace) -> int:
    """Measure, and print the table.

    Raises:
        AsrdError: the daemon grew, or leaked threads or descriptors.
    """
    clips = [read_audio(path).samples for path in args.files]
    flags = ["--source", "none", "--model", str(model_path(args)), *args.run_flags]
    with tempfile.TemporaryDirectory() as state, DaemonProcess(flags, Path(state)) as daemon, StatusLine() as line:

        def progress(sample: Sample) -> None:
            line.show(
                f"{sample.audio_s / 60:.0f} of {args.minutes} min, {sample.usage.resident / 1e6:.1f} MB", now=True
            )

        measured = soak(daemon, clips, 60.0 * args.minutes, progress)
    if args.json:
        write_json({"machine": describe_machine(), "wall_s": measured.wall_s, "samples": _as_rows(measured)})
    else:
        _write_table(measured)
    _check(measured, args.limit_mb * 1_000_000)
    return 0


def _as_rows(measured: Soak) -> list[dict[str, object]]:
    return [asdict(sample) for sample in measured.samples]


def _write_table(measured: Soak) -> None:
    write_line(machine_lines(describe_machine()))
    write_line("| minutes of audio | finals | resident MB | threads | descriptors |\n|---:|---:|---:|---:|---:|")
    every = max(1, len(measured.samples) // _ROWS)
    for sample in [*measured.samples[:-1:every], measured.samples[-1]]:
        usage = sample.usage
        write_line(
            f"| {sample.audio_s / 60:.0f} | {sample.finals} | {usage.resident / 1e6:.1f} "
            f"| {usage.threads} | {usage.descriptors} |"
        )
    last = measured.samples[-1]
    write_line(
        f"\n{last.audio_s / 3600:.2f} h of audio in {measured.wall_s / 60:.1f} min "
        f"({last.audio_s / measured.wall_s:.1f} x real time); after the first quarter the resident set grew by "
        f"{measured.growth_bytes / 1e6:.2f} MB."
    )


def _check(measured: Soak, limit_bytes: int) -> None:
    first, last = measured.settled[0].usage, measured.settled[-1].usage
    if measured.growth_bytes > limit_bytes:
        raise AsrdError(f"the resident set grew by {measured.growth_bytes / 1e6:.1f} MB: memory is leaking")
    if last.threads > first.threads or last.descriptors > first.descriptors:
        raise AsrdError(
            f"threads went from {first.threads} to {last.threads} and descriptors from {first.descriptors} to "
            f"{last.descriptors}: they are leaking"
        )
