"""The flags of `asrd run` that a service always gets: checked when it is installed, not when it fails."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from asrd.cli import run
from asrd.cli.parser import Parser
from asrd.config.definition import by_name, settings
from asrd.errors import ConfigError
from asrd.store.installed import name_as_folder

DAEMON_SETTINGS: Final = ("server.host", "server.port", "server.unix_socket", "server.token_file")
_FILE: Final = "file:"


def parsed_arguments(words: Sequence[str]) -> argparse.Namespace:
    """What `asrd run` makes of the words.

    Raises:
        ConfigError: it does not take them.
    """
    parser = Parser(prog="asrd service install --")
    parser.set_defaults(verbose=0)
    commands = parser.add_subparsers()
    run.add_parser(commands)
    return parser.parse_args(["run", *words])


def check_arguments(args: argparse.Namespace) -> None:
    """Refuse what makes no sense for a service.

    Raises:
        ConfigError: with the reason.
    """
    if args.demo or args.is_trial or args.source == "stdin":
        raise ConfigError(
            "a service has no demonstration, no trial and no standard input: leave the source away for the microphone"
        )
    if args.text:
        raise ConfigError(
            "--text would write what is dictated into the log: leave it away; log.text in the settings is for that"
        )


def absolute_arguments(words: Sequence[str], folder: Path) -> tuple[str, ...]:
    """The words with relative paths made absolute, from `folder`: a service works in another one."""
    return tuple(_absolute(words, folder))


def address_arguments(words: Sequence[str]) -> tuple[str, ...]:
    """Of the flags of `asrd run` those that tell a client where the daemon is."""
    flags = {flag for setting in settings() if setting.name in DAEMON_SETTINGS for flag in setting.flags} | {"--config"}
    found: list[str] = []
    for before, word in zip(("", *words), words, strict=False):
        if before in flags:
            found += [before, word]
        elif word.partition("=")[0] in flags and "=" in word:
            found.append(word)
    return tuple(found)


def _absolute(words: Sequence[str], folder: Path) -> Iterator[str]:
    flags = {flag for setting in settings() if setting.is_path for flag in setting.flags} | {"--config"}
    models = set(by_name()["model.path"].flags)
    before = ""
    for word in words:
        flag, equals, value = word.partition("=")
        if before in models and (place := name_as_folder(word, folder)):
            yield place
        elif equals and flag in models and (place := name_as_folder(value, folder)):
            yield f"{flag}={place}"
        elif before in flags:
            yield _from(folder, word)
        elif before == "--source" and word.startswith(_FILE):
            yield _FILE + _from(folder, word.removeprefix(_FILE))
        elif equals and flag in flags:
            yield f"{flag}={_from(folder, value)}"
        elif equals and flag == "--source" and value.startswith(_FILE):
            yield f"{flag}={_FILE}{_from(folder, value.removeprefix(_FILE))}"
        else:
            yield word
        before = word


def _from(folder: Path, path: str) -> str:
    return str(folder / os.path.expanduser(path)) if path else path  # noqa: PTH111 - raises nothing
