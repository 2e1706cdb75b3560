"""Runs `asrd toggle`, `start`, `stop`, `pause` and `resume`."""

from __future__ import annotations

import argparse
import asyncio
import os

from asrd.cli.daemon_address import endpoint_of
from asrd.cli.output import report, write_json, write_line
from asrd.client.steering import Wish, steer
from asrd.config.loading import load_config
from asrd.server.tokens import Scope

_SCOPES = frozenset({Scope.LISTEN, Scope.CONTROL})
_EXIT_TROUBLE = 1


def run(args: argparse.Namespace) -> int:
    """Ask the daemon, and say what came of it.

    Raises:
        ConnectError: the daemon is not there, or refuses this client.
        SteerError: it refuses the command, or nothing changes.
        ConfigError: a flag, a setting or a file cannot be used.
    """
    loaded = load_config(args)
    for warning in loaded.warnings:
        report(warning)
    endpoint = endpoint_of(args, loaded, os.environ, _SCOPES)
    outcome = asyncio.run(steer(endpoint, Wish(args.wish)))
    if args.json:
        write_json({"state": outcome.state, "message": outcome.message})
    else:
        write_line(outcome.state if outcome.state.isidentifier() else "unknown")
    if not outcome.is_reached:
        report(outcome.message or outcome.state)
        return _EXIT_TROUBLE
    return 0
