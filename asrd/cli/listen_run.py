"""`asrd listen`: connects to the daemon and shows what it says."""

from __future__ import annotations

import argparse
import asyncio
import os
from contextlib import aclosing

from asrd.cli.daemon_address import endpoint_of
from asrd.cli.listen_view import JsonView, TextView, View
from asrd.cli.output import report
from asrd.client.stream import Stream, Wanted
from asrd.config.loading import load_config


def run(args: argparse.Namespace) -> int:
    """Show messages until interrupted, or until the session has ended.

    Raises:
        ConnectError: the daemon is not there, or refuses this client.
        ConfigError: a flag, a setting or a file cannot be used.
    """
    loaded = load_config(args)
    for warning in loaded.warnings:
        report(warning)
    endpoint = endpoint_of(args, loaded, os.environ)
    wanted = Wanted(session=args.session, replay=args.replay, waits=args.wait)
    with JsonView() if args.json else TextView() as view:
        asyncio.run(_show(Stream(endpoint, wanted, view.notice), view, only_one=args.once))
    return 0


async def _show(stream: Stream, view: View, *, only_one: bool) -> None:
    async with aclosing(stream.messages()) as messages:
        async for message in messages:
            view.show(message)
            if only_one and message["type"] == "final" and message.get("text"):
                return
