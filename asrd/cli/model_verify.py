"""`asrd model verify`: whether model folders are whole."""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.cli.output import Failures, StatusLine, write_line
from asrd.model_folder import ModelFile, read_model_folder
from asrd.recognizer.engine import Recognizer
from asrd.store.installed import check_against, entry_at, find_model
from asrd.values import EngineOptions


def run(args: argparse.Namespace) -> int:
    """Check all folders; returns the exit code of the first damage."""
    failures = Failures()
    for folder in args.folders:
        with failures.reported():
            _verify(folder)
    return failures.exit_code


def _verify(path: Path) -> None:
    path = find_model(path)
    folder = read_model_folder(path)
    if entry := entry_at(path):
        check_against(entry, folder)
    for file in folder.files:
        _check_sum(file)
        checked = "size" if file.sha256 is None else "size and checksum"
        write_line(f"ok {file.path} ({checked})")
    # Loads everything and compares the widths; the drafts' noise is not needed for that.
    with Recognizer(folder, EngineOptions(gpu_layers=0, verify_drafts=False)) as recognizer:
        write_line(f"ok {path} ({folder.name}: rows of {recognizer.encoder.width} values fit the decoder)")


def _check_sum(file: ModelFile) -> None:
    total, done = max(1, file.path.stat().st_size), 0

    def progress(count: int) -> None:
        nonlocal done
        done += count
        status.show(f"{file.path.name} {100 * done // total} %")

    with StatusLine() as status:
        file.check_sum(progress)
