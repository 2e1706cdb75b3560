"""`asrd completion`: the script, written by shtab from the parser; what a word may be is said here.

The script knows all words. Pressing TAB starts no Python.
"""

from __future__ import annotations

import argparse
from typing import Final

import shtab

from asrd.cli.output import write_line
from asrd.cli.parser import Parser
from asrd.cli.walking import commands
from asrd.config.checking import AUTOMATIC
from asrd.config.definition import by_name
from asrd.store.manifest import entries
from asrd.text.languages import LANGUAGES

# What names a file or a folder, by the word that the help shows for it.
_FILES: Final = frozenset({"FILE", "PATH", "TSV", "SET", "PLACE", "A", "B"})
_FOLDERS: Final = frozenset({"DIR", "OUT", "CHECKPOINT"})
_MODELS: Final = "DIR|NAME"
_SOURCES: Final = ("mic", "stdin", "none")
_ANSWERS: Final = ("yes", "no")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from asrd.cli.main import build_parser

    write_line(script(build_parser(), args.shell))
    return 0


def script(parser: Parser, shell: str) -> str:
    """The script for a shell; the parser's actions are marked with what completes them, and not fit to parse with."""
    for command in commands(parser):
        command.parser.description = command.help_text  # one line beside the word
        for action in command.parser._actions:
            _reveal(action)
            if not action.choices and action.nargs != 0:
                action.choices = words_of(action, command.words) or None
                if completer := _completer_of(action):
                    vars(action)["complete"] = completer
    text = str(shtab.complete(parser, shell))
    # shtab has zsh complete the first of several files only: `*:` says that there may be more.
    return text.replace('"(*)::', '"*:').replace('"(*):', '"*:') if shell == "zsh" else text


def words_of(action: argparse.Action, path: tuple[str, ...]) -> tuple[str, ...]:
    """All words that an argument of the command `path` can be; none where they cannot be listed."""
    setting = by_name().get(action.dest)
    if action.dest in ("language", "model.language"):
        return (AUTOMATIC, *map(str.lower, LANGUAGES))
    if action.dest == "source":
        return _SOURCES
    if path[:1] == ("model",) and not action.option_strings and action.metavar == "NAME":
        return tuple(entries())
    if setting is not None:
        return _ANSWERS if setting.kind is bool else setting.choices
    return ()


def _completer_of(action: argparse.Action) -> shtab.CompleteType | None:
    if action.dest == "model.path" or action.metavar == _MODELS:
        return _models()
    if action.metavar in _FILES:
        return shtab.FILE
    return shtab.DIRECTORY if action.metavar in _FOLDERS else None


def _reveal(action: argparse.Action) -> None:
    """`asrd run --help` shows the most used settings; here all of them have room, each under one name."""
    setting = by_name().get(action.dest)
    if setting is not None and action.option_strings[0] == setting.flags[0]:
        action.help = setting.help_text.replace("%", "%%")


def _models() -> shtab.CompleteType:
    """A model's name, or a folder."""
    names = " ".join(entries())
    return {
        "bash": "_asrd_models_or_dirs",
        "zsh": "_asrd_models_or_dirs",
        "fish": f"{names} (__fish_complete_directories)",
        "preamble": {
            "bash": f'_asrd_models_or_dirs() {{ compgen -W "{names}" -- "$1"; compgen -d -- "$1"; }}',
            "zsh": f"_asrd_models_or_dirs() {{ _alternative 'models:model:({names})' 'folders:folder:_files -/' ; }}",
        },
    }
