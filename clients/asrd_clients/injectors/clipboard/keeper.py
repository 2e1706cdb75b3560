"""Keeps what a clipboard had when asrd ends and no clipboard manager runs: a process that goes with the next copy.

It is started with JSON on its standard input: {"since": time of the server, "contents": [[target, type, format,
base64], ...]}, target and type as atoms, which are the same for all programs of a server. It takes the clipboard as of
that time, so that what somebody copies while it starts is not lost.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys

from asrd_clients.injectors.clipboard.contents import Contents, Data


def start_keeper(contents: Contents, since: int, display: str) -> None:
    """Start the process; it takes the clipboard as soon as it runs."""
    rows = [[target, one.type, one.format, base64.b64encode(one.value).decode()] for target, one in contents.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is not for it
        env={**os.environ, "DISPLAY": display, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd="/",
    )
    assert process.stdin
    with process.stdin:
        process.stdin.write(json.dumps({"since": since, "contents": rows}).encode())
    process.returncode = 0  # it outlives this process, which does not wait for it


def main() -> None:
    """Own the clipboard until somebody else does, or the X server goes."""
    from asrd_clients.injectors.clipboard.owner import Owner
    from asrd_clients.injectors.interface import InjectError
    from asrd_clients.injectors.options import SYSTEM_CLOCK
    from asrd_clients.injectors.x11.connection import talking

    given = json.load(sys.stdin)
    contents = {target: Data(kind, unit, base64.b64decode(value)) for target, kind, unit, value in given["contents"]}
    owner = Owner(None, SYSTEM_CLOCK)
    try:
        with owner.lock, talking():
            owner.own(owner.atom("CLIPBOARD"), contents, given["since"])
    except InjectError:  # somebody has copied something meanwhile
        owner.close()
        return
    owner.wait_until_lost()
    owner.close()


if __name__ == "__main__":
    main()
