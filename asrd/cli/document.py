"""All commands as a document: docs/COMMANDS.md, written from the parser and not from its help.

`python -m asrd.cli.document > docs/COMMANDS.md` writes it anew. It is the same on every machine: argparse lays its help
out by the terminal and differently in every release of Python.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Iterator
from typing import Final

from asrd.cli.exits import EXIT_CODES
from asrd.cli.main import build_parser
from asrd.cli.parser import Parser
from asrd.cli.walking import Command, commands
from asrd.config.environment import OTHER_VARIABLES
from asrd.text.markdown import table

_COLUMNS: Final = 120
_EVERYWHERE: Final = ("help", "verbose")  # told once, in the introduction
_HEADS: Final = {"positional arguments": "argument", "options": "flag", "settings": "setting"}
_MANY: Final = {"+": "{}...", "*": "[{}...]", "?": "[{}]"}
_INTRODUCTION: Final = """\
# Commands

This page is made from the commands in `asrd/cli` by `make docs`: change those, not this.

Text goes to standard output, everything else to standard error. `-h` or `--help` behind any command shows what is
written here, `-v` or `--verbose` logs to standard error, and `-vv` logs everything. Flags cannot be shortened.

## Shell completion

With a script from `asrd completion` the TAB key completes commands, flags and their values, files, languages and the
names of models. It starts no Python. Write it again after asrd was updated. A value is completed behind a blank, as in
`--language english`; in bash and zsh not behind `=`.

For fish:

```console
$ mkdir -p ~/.config/fish/completions
$ asrd completion fish > ~/.config/fish/completions/asrd.fish
```

For zsh:

```console
$ mkdir -p ~/.zfunc
$ asrd completion zsh > ~/.zfunc/_asrd
$ echo 'fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit' >> ~/.zshrc
```

For bash, with the package bash-completion, which most systems have:

```console
$ mkdir -p ~/.local/share/bash-completion/completions
$ asrd completion bash > ~/.local/share/bash-completion/completions/asrd
```
"""
_VARIABLES: Final = """
## Environment variables

Every setting has one: `ASRD_<TABLE>_<KEY>`, as in `ASRD_SERVER_PORT`; `ASRD_MODEL` and `ASRD_LLAMA_LIB` are short for
two of them. [CONFIG.md](CONFIG.md) lists the settings. Beside these:

"""
_FOREIGN: Final = """
`XDG_CONFIG_HOME`, `XDG_STATE_HOME` and `XDG_DATA_HOME` move folders, as everywhere but on macOS. `HF_ENDPOINT`,
`https_proxy`, `http_proxy`, `no_proxy` and `SSL_CERT_FILE` count when models are fetched: [MODELS.md](MODELS.md).
"""


def document() -> str:
    """The contents of docs/COMMANDS.md."""
    all_, *each = commands(build_parser())
    parts = [
        _INTRODUCTION,
        "\n## Exit codes\n\n",
        table(("code", "what happened"), ((str(code), what) for code, what in EXIT_CODES.items())),
        _VARIABLES,
        table(("variable", "what it is"), ((f"`{name}`", text) for name, text in OTHER_VARIABLES.items())),
        _FOREIGN,
        "\n## All commands\n\n",
        table(("command", "what it does"), map(_line_about, all_.below)),
        *_arguments(all_),
    ]
    for command in each:
        parts += _section(command)
    return "".join(parts)


def _section(command: Command) -> Iterator[str]:
    yield f"\n{'#' * (len(command.words) + 1)} {_name(command)}\n\n"
    yield _paragraphs(command.parser.description or "")
    yield from _arguments(command)
    if command.below:
        yield "\n"
        yield table(("action", "what it does"), map(_line_about, command.below))
    if command.parser.epilog:
        yield f"\n{_paragraphs(command.parser.epilog)}"
    if isinstance(command.parser, Parser) and command.parser.example:
        yield f"\nExample: `{command.parser.example}`\n"


def _line_about(command: Command) -> tuple[str, str]:
    name = _name(command)
    return (f"[`{name}`](#{name.replace(' ', '-')})", _escaped(command.help_text))


def _name(command: Command) -> str:
    return " ".join(("asrd", *command.words))


def _arguments(command: Command) -> Iterator[str]:
    """A table for each group of arguments, after what the help says about the group."""
    for group in command.parser._action_groups:
        shown = [action for action in group._group_actions if _is_shown(action)]
        if not shown:
            continue
        yield f"\n{_paragraphs(group.description)}\n" if group.description else "\n"
        yield table(
            (_HEADS.get(str(group.title), str(group.title)), "what it is"),
            ((_call(action), _help(command, action)) for action in shown),
        )


def _is_shown(action: argparse.Action) -> bool:
    is_command = isinstance(action, argparse._SubParsersAction)
    return not is_command and action.help != argparse.SUPPRESS and action.dest not in _EVERYWHERE


def _call(action: argparse.Action) -> str:
    """How it is written: its names, and what stands for its value."""
    value = ""
    if action.nargs != 0:
        value = str(action.metavar or "|".join(map(str, action.choices or ())))
        value = _MANY.get(str(action.nargs), "{}").format(value)
    names = action.option_strings or [""]
    return ", ".join(f"`{f'{name} {value}'.strip()}`" for name in names).replace("|", "\\|")


def _help(command: Command, action: argparse.Action) -> str:
    text = _escaped(str(action.help) % {**vars(action), "prog": command.parser.prog})
    excluded = [
        other.option_strings[0]
        for group in command.parser._mutually_exclusive_groups
        if action in group._group_actions
        for other in group._group_actions
        if other is not action
    ]
    return f"{text}; not with {', '.join(f'`{name}`' for name in excluded)}" if excluded else text


def _paragraphs(text: str) -> str:
    """Paragraphs of a description; indented lines become a block of text."""
    return "\n".join(map(_paragraph, text.split("\n\n")))


def _paragraph(text: str) -> str:
    if text.startswith(" "):
        return f"```text\n{textwrap.dedent(text)}\n```\n"
    linked = re.sub(r"docs/(\w+\.md)(#[\w-]+)?", r"[\1](\1\2)", _escaped(" ".join(text.split())))
    return "\n".join(textwrap.wrap(linked, _COLUMNS, break_on_hyphens=False, break_long_words=False)) + "\n"


def _escaped(text: str) -> str:
    """Outside of code, what Markdown would take for its own."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*<|])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


if __name__ == "__main__":
    sys.stdout.write(document())
