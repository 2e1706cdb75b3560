"""`asrd config`: what the settings are."""

from __future__ import annotations

import argparse
import os

from asrd.cli.output import report, write_json, write_line
from asrd.config.document import as_toml, example
from asrd.config.loading import LoadedConfig, config_path, load_config


def run(args: argparse.Namespace) -> int:
    """Print what was asked for.

    Raises:
        ConfigError: something in the file, a variable or a flag cannot be used.
    """
    if args.example:
        write_line(example().rstrip("\n"))
    elif args.path:
        write_line(str(config_path(args, os.environ)[0]))
    else:
        loaded = load_config(args)
        for warning in loaded.warnings:
            report(warning)
        if args.json:
            write_json(_as_object(loaded))
        else:
            _write_table(loaded)
    return 0


def _as_object(loaded: LoadedConfig) -> dict[str, object]:
    return {
        "file": str(loaded.file),
        "file_exists": loaded.has_file,
        "settings": {
            setting.name: {"value": value, "origin": origin, "default": setting.default}
            for setting, value, origin in loaded.entries()
        },
        "warnings": list(loaded.warnings),
    }


def _write_table(loaded: LoadedConfig) -> None:
    rows = [(setting.name, as_toml(value), origin) for setting, value, origin in loaded.entries()]
    name_width = max(len(name) for name, _, _ in rows)
    value_width = min(40, max(len(value) for _, value, _ in rows))
    write_line(f"# {loaded.file}{'' if loaded.has_file else ' (there is none)'}")
    for name, value, origin in rows:
        write_line(f"{name:{name_width}}  {value:{value_width}}  {origin}")
