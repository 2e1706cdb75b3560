"""Writes the files of `golden` anew, after a change of the templates: `python -m tests.service.make_golden`.

Read the difference before you commit it: each of these files is what a user's service manager gets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.service.launchd_files import Places, agent_files
from asrd.service.systemd_units import unit_files
from tests.service import test_launchd_files as launchd
from tests.service import test_systemd_units as systemd


def make(folder: Path) -> None:
    """Write what both managers get for the wishes of the tests."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*unit_files(systemd.WISH, folder), *agent_files(launchd.WISH, Places(launchd.HOME))):
        if file.path.name in {path.name for path in systemd.GOLDEN.iterdir()}:
            (folder / file.path.name).write_bytes(file.content)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", nargs="?", type=Path, default=systemd.GOLDEN, help="default: tests/service/golden")
    make(parser.parse_args().folder)


if __name__ == "__main__":
    main()
