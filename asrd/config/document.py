"""The settings as text: an example file, and the reference in docs/CONFIG.md, which `make docs` writes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Final

from asrd.config.checking import allowed
from asrd.config.definition import Setting, Value, settings, table_class, tables
from asrd.text.markdown import table

_INTRODUCTION: Final = """\
# Configuration

This page is made from `asrd/options.py` by `make docs`: change that, not this.

What is said later counts:

1. the defaults below;
2. the configuration file, TOML: `$XDG_CONFIG_HOME/asrd/asrd.toml`, by default `~/.config/asrd/asrd.toml`, on macOS
   `~/Library/Application Support/asrd/asrd.toml`. `--config FILE` or `ASRD_CONFIG` names another, which must exist.
   `asrd config --example` prints one to begin with, `asrd config --path` the name of the one that is read;
3. environment variables: `ASRD_<TABLE>_<KEY>`, as in `ASRD_SERVER_PORT`; an empty one counts as not set, lists are
   separated by commas;
4. flags: `--<table>-<key>`, as in `--server-port`.

`asrd config` shows all values and where each came from. What cannot be used is refused with the file and the line, the
variable or the flag. In paths a leading `~` is the home folder; in the file, relative paths begin at the file's folder.
"""


def example() -> str:
    """A configuration file that changes nothing: every key with its help and its default, switched off by a `#`."""
    parts = ["# Configuration of asrd. Take the # away from what you change.\n"]
    for name in tables():
        parts.append(f"\n[{name}]  # {_summary(name)}\n")
        parts += [
            f"# {line}\n#{setting.key} = {as_toml(setting.default)}\n"
            for setting in _settings_of(name)
            for line in [_help_with_range(setting)]
        ]
    return "".join(parts)


def document() -> str:
    """The text of docs/CONFIG.md."""
    parts = [_INTRODUCTION]
    for name in tables():
        parts.append(f"\n## {name}\n\n{_summary(name)}\n\n")
        parts.append(table(("key", "default", "what it is", "takes", "also as"), map(_row, _settings_of(name))))
    return "".join(parts)


def as_toml(value: Value) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are those of TOML's basic strings, once DEL is escaped as well.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple):
        return f"[{', '.join(as_toml(item) for item in value)}]"
    return repr(value)


def _settings_of(table: str) -> Iterator[Setting]:
    return (setting for setting in settings() if setting.table == table)


def _summary(table: str) -> str:
    return str(table_class(table).__doc__).splitlines()[0]


def _help_with_range(setting: Setting) -> str:
    return f"{setting.help_text} ({allowed(setting)})" if setting.limits or setting.choices else setting.help_text


def _row(setting: Setting) -> list[str]:
    aliases = [f"`{name}`" for name in (*setting.flags[:-1], *setting.variables[1:])]
    cells = (
        f"`{setting.key}`",
        f"`{as_toml(setting.default)}`",
        setting.help_text,
        allowed(setting),
        ", ".join(aliases),
    )
    return [cell.replace("|", "\\|") for cell in cells]


if __name__ == "__main__":
    sys.stdout.write(document())
