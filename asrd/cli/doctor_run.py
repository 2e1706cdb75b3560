"""`asrd doctor`: looks at everything that the daemon needs, and at how text can be typed."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from asrd.cli.doctor_finding import LIMIT_S, Check, Finding, carry_out
from asrd.cli.output import StatusLine, write_json, write_line
from asrd.config.loading import LoadedConfig, load_config
from asrd.errors import ConfigError
from asrd.options import Config

_MODEL_S: Final = 300.0  # checksums of gigabytes on a slow disk
_COLUMNS: Final = 12


def run(args: argparse.Namespace) -> int:
    """Print one line for each finding; 1 if something does not work."""
    failed: set[str] = set()
    with StatusLine() as status:
        for check in _checks(args):
            status.show(f"looking at: {check.what} ...", now=True)
            findings = [_left_out(check)] if check.needs in failed else carry_out(check)
            status.clear()
            for finding in findings:
                _write(finding, as_json=args.json)
                if finding.level == "FAIL":
                    failed.add(check.what)
    return int(bool(failed))


def _left_out(check: Check) -> Finding:
    return Finding("warn", check.what, f"not looked at: it needs {check.needs}, which must be mended first")


def _write(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(finding))
    else:
        write_line(f"{finding.level:4}  {finding.what:{_COLUMNS}}  {finding.message}")


def _checks(args: argparse.Namespace) -> Iterator[Check]:
    """In the order in which one needs the other. Where settings cannot be used, the defaults are looked at."""
    loaded, refusal = _loaded(args)
    if loaded is None:
        yield Check("settings", lambda: refusal)
    else:
        yield _check("settings", "server", "settings", loaded)
    config = loaded.config if loaded else Config()
    yield _check("packages", "software", "packages")
    yield _check("OpenMP", "software", "openmp")
    yield _check("llama.cpp", "software", "llama", config, needs="OpenMP")
    yield _check("model", "software", "model", config, limit_s=_MODEL_S)
    yield _check("PortAudio", "software", "sound")
    if not args.no_microphone:
        yield _check("microphone", "microphone", "microphone", config, needs="PortAudio")
    yield _check("permissions", "server", "mac_hints", os.environ, sys.platform)
    yield _check("port", "port", "port", config)
    yield _check("tokens", "server", "tokens", config)
    yield _check("folders", "server", "folders", config)
    yield _check("typing", "typing", "typing")


def _check(what: str, module: str, function: str, *values: Any, limit_s: float = LIMIT_S, needs: str = "") -> Check:
    """A check that is imported when it is carried out: that may be what fails."""

    def look() -> Sequence[Finding]:
        found: Sequence[Finding] = getattr(importlib.import_module(f"asrd.cli.doctor_{module}"), function)(*values)
        return found

    return Check(what, look, limit_s, needs)


def _loaded(args: argparse.Namespace) -> tuple[LoadedConfig | None, Sequence[Finding]]:
    try:
        return load_config(args), []
    except ConfigError as error:
        return None, [Finding("FAIL", "settings", str(error))]
