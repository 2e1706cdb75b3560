"""`asrd --version`: what is installed, and what of it cannot be used.

A broken native library may end or hold up the process that loads it, so that another process looks; where that ends
before its time, one more goes on behind the library that it came to.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asrd.cli.output import CONTROL, write_json, write_line
from asrd.cli.packages import NAMES

_LIMIT_S: Final = 20.0
_TELL: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from asrd.cli.packages import tell; tell(sys.argv[2:])"
)


@dataclass(frozen=True)
class Version:
    """Of something that asrd runs on.

    Attributes:
        name: of the package or library.
        version: of what can be used; "" if it cannot.
        trouble: why it cannot be used, as a sentence without an end; "" if it can.
    """

    name: str
    version: str
    trouble: str = ""


def run(args: argparse.Namespace) -> int:
    """Print one line for each; something that cannot be used is no failure of this command."""
    found = versions()
    if args.version_json:
        usable = {one.name: one.version for one in found if not one.trouble}
        write_json({"versions": usable, "unusable": {one.name: one.trouble for one in found if one.trouble}})
        return 0
    for one in found:
        write_line(f"{one.name} {one.version or f'unusable: {one.trouble}'}")
    return 0


def versions(names: Sequence[str] = NAMES, limit_s: float = _LIMIT_S) -> list[Version]:
    """Of everything that asrd runs on; one that does not answer within `limit_s` of its own is given up."""
    found: list[Version] = []
    while len(found) < len(names):
        rest = names[len(found) :]
        told, trouble = _ask(rest, limit_s)
        found += [Version(name, version, why) for name, (version, why) in zip(rest, told, strict=False)]
        if len(told) < len(rest) and trouble:
            found.append(Version(rest[len(told)], "", trouble))
    return found


def _ask(names: Sequence[str], limit_s: float) -> tuple[list[tuple[str, str]], str]:
    """What another process tells of them, and what became of the next one; "" if those took up the time."""
    command = [sys.executable, "-W", "ignore", "-c", _TELL, json.dumps(sys.path), *names]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            out, _ = process.communicate(timeout=limit_s)
            trouble = f"loading it ends the process{_by_signal(process.returncode)}"
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            trouble = "" if "\n" in out else f"loading it takes longer than {limit_s:g} s"
    return [_parsed(line) for line in out.splitlines(keepends=True) if line.endswith("\n")], trouble


def _parsed(line: str) -> tuple[str, str]:
    version, trouble = json.loads(line)
    return CONTROL.sub(" ", version), CONTROL.sub(" ", trouble)


def _by_signal(code: int) -> str:
    try:
        return f" ({signal.Signals(-code).name})"
    except ValueError:
        return f" (exit code {code})"
