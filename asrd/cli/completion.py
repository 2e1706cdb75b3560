"""`asrd completion`: its flags."""

from __future__ import annotations

import argparse
from typing import Final

from asrd.cli.parser import Subparsers, deferred

SHELLS: Final = ("bash", "zsh", "fish")
_DESCRIPTION: Final = """\
Print a script with which the TAB key completes commands, flags, their values, files
and the names of models. To have it in every new shell, write it where the shell looks:

  bash  ~/.local/share/bash-completion/completions/asrd  (needs bash-completion)
  zsh   a file _asrd in a folder of $fpath
  fish  ~/.config/fish/completions/asrd.fish

Write it again after asrd was updated."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "completion",
        help="print a script that completes commands in a shell",
        description=_DESCRIPTION,
        example="asrd completion fish",
    )
    parser.set_defaults(run=deferred("asrd.cli.completion_run"))
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")
