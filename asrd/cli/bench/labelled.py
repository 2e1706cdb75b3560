"""Runs `asrd bench labelled`."""

from __future__ import annotations

import argparse
from typing import Final

from asrd.bench.sets.labelled import make_labelled_set
from asrd.bench.sets.sentences import SENTENCES
from asrd.cli.output import StatusLine, write_line
from asrd.errors import ConfigError
from asrd.plain_file import read_plain

_LONGEST_TEXT_BYTES: Final = 1 << 24


def run(args: argparse.Namespace) -> int:
    """Make the set, and print the path of its table."""
    with StatusLine() as line:
        table = make_labelled_set(args.folder, _sentences(args), args.voices.split(","), line.show)
    write_line(str(table))
    return 0


def _sentences(args: argparse.Namespace) -> list[str]:
    if args.text is None:
        return list(SENTENCES)
    try:
        lines = read_plain(args.text, _LONGEST_TEXT_BYTES).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--text {args.text} cannot be read ({error}): name a file with a sentence a line") from None
    sentences = [line.strip() for line in lines if line.strip()]
    if not sentences:
        raise ConfigError(f"--text {args.text} holds no sentence: write one a line")
    return sentences
