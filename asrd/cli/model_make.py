"""`asrd model export` and `asrd model random`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from asrd.cli.output import StatusLine, report, write_line
from asrd.convert.check import can_check, check_folder
from asrd.convert.export import ExportOptions, export
from asrd.convert.random_checkpoint import make_random
from asrd.errors import ExportError
from asrd.installing import with_extra


def run_export(args: argparse.Namespace) -> int:
    """Convert a checkpoint.

    Raises:
        ExportError: it cannot be converted, or the target exists.
        ConfigError: an option is unknown.
    """
    check = can_check() if args.check is None else args.check
    with StatusLine() as status:
        export(
            args.checkpoint,
            args.folder,
            _options(args, args.checkpoint.resolve().name),
            progress=_progress(status),
            check=check_folder if check else None,
        )
    if args.check is None and not check:
        report(f"{args.folder} was not compared with the checkpoint; to do so, {with_extra('export')}")
    write_line(str(args.folder))
    return 0


def run_random(args: argparse.Namespace) -> int:
    """Make a random checkpoint, beside the target unless it is to be kept, and convert it; raises as `run_export`."""
    _refuse_existing(args.folder, force=args.force)
    with StatusLine() as status, _folder_beside(args.folder) as work:
        checkpoint = args.checkpoint or Path(work) / "checkpoint"
        make_random(checkpoint, args.size, args.seed, progress=_progress(status))
        name = f"random-{args.size}-{args.seed}"
        export(checkpoint, args.folder, _options(args, name), progress=_progress(status))
    write_line(str(args.folder))
    return 0


def _options(args: argparse.Namespace, name: str) -> ExportOptions:
    return ExportOptions(
        encoder=args.encoder,
        decoder=args.decoder,
        arch=args.arch,
        with_mask=args.with_mask,
        name=args.name or name,
        force=args.force,
    )


def _progress(status: StatusLine) -> Callable[[str, float], None]:
    return lambda stage, fraction: status.show(f"{stage} {100 * fraction:.0f} %")


def _refuse_existing(folder: Path, *, force: bool) -> None:
    if folder.exists() and not force:
        raise ExportError(f"{folder} exists already; choose another folder, or replace it with --force")


def _folder_beside(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A temporary folder on the same disk: a checkpoint takes gigabytes, which /tmp may not have."""
    parent = folder.resolve().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=parent)
    except OSError as error:
        raise ExportError(f"{parent} cannot be written ({error.strerror}); choose another folder") from None
