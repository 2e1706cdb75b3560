"""`asrd model list`, `path` and `remove`: what is in the model store."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from asrd.cli.output import Failures, write_json, write_line
from asrd.config.places import models_folder
from asrd.model_folder import read_model_folder
from asrd.store.amounts import amount
from asrd.store.errors import NotPulledError
from asrd.store.installed import entry_named, is_installed, place_of, remove
from asrd.store.manifest import Entry, entries

_HEADINGS = ("name", "here", "on disk", "to fetch", "languages", "licence", "")
_FEW_LANGUAGES = 3


def run_list(args: argparse.Namespace) -> int:
    """List the models that have names.

    Raises:
        ModelError: the list of them is damaged.
    """
    values = [_described(entry) for entry in entries().values()]
    if args.json:
        write_json(values)
        return 0
    rows = [_HEADINGS, *map(_row, values)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        write_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def run_path(args: argparse.Namespace) -> int:
    """Print where a model is, or where all of them are kept.

    Raises:
        ConfigError: there is no model of that name.
        NotPulledError: it is not on this machine.
    """
    write_line(str(_place(entry_named(args.name)) if args.name else models_folder()))
    return 0


def run_remove(args: argparse.Namespace) -> int:
    """Delete models; returns the exit code of the first that cannot be deleted."""
    failures = Failures()
    for name in args.names:
        with failures.reported():
            freed = remove(entry_named(name), models_folder())
            write_line(f"removed {name}: {amount(freed)} are free again")
    return failures.exit_code


def _place(entry: Entry) -> Path:
    if not _is_here(entry):
        raise NotPulledError(entry.name)
    return place_of(entry)


def _is_here(entry: Entry) -> bool:
    return entry.is_shipped or is_installed(entry, models_folder())


def _described(entry: Entry) -> dict[str, Any]:
    is_here = _is_here(entry)
    size = sum(file.path.stat().st_size for file in read_model_folder(place_of(entry)).files) if is_here else None
    return {
        "name": entry.name,
        "installed": is_here,
        "shipped": entry.is_shipped,
        "path": str(place_of(entry)) if is_here else None,
        "bytes": size or entry.size_bytes,
        "download_bytes": entry.download_bytes,
        "license": entry.license,
        "languages": list(entry.languages),
        "version": entry.version,
        "about": entry.about,
    }


def _row(value: dict[str, Any]) -> tuple[str, ...]:
    languages = value["languages"]
    return (
        value["name"],
        "yes" if value["installed"] else "no",
        amount(value["bytes"]),
        "-" if value["installed"] else amount(value["download_bytes"]),
        ", ".join(languages) if len(languages) <= _FEW_LANGUAGES else str(len(languages)),
        value["license"],
        value["about"],
    )
