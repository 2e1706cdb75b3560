"""Runs `asrd service run`: the daemon, with somebody beside it who tells the service manager and the desktop."""

from __future__ import annotations

import argparse
import os
import time
from typing import Final

from asrd.cli import run_run
from asrd.cli.output import report
from asrd.cli.service_arguments import parsed_arguments
from asrd.config.places import state_folder
from asrd.errors import AsrdError
from asrd.service.attendance import Attendant
from asrd.service.desktop import show
from asrd.service.exits import HOPELESS, is_too_often
from asrd.service.logfile import LogFile
from asrd.service.runs import Run, RunRecord
from asrd.service.sd_notify import ManagerSocket
from asrd.service.trouble import Notice

_BUG: Final = 70
_TOO_OFTEN: Final = "it ended again and again, and is left alone until `asrd service start`"


def run(args: argparse.Namespace) -> int:
    """Run the daemon to its end.

    Raises:
        AsrdError: it cannot start, or a part of it failed; under launchd only if starting again may help.
    """
    log = LogFile(args.log_file) if args.log_file else None
    if log is not None:
        log.keep_small()
    record = RunRecord(state_folder())
    if args.launchd and _is_too_often(record):
        return _left_alone(args, _TOO_OFTEN)
    record.add(Run(os.getpid(), time.time()))
    try:
        return _recorded(args, record, log)
    except AsrdError as error:
        is_hopeless = error.exit_code in HOPELESS
        if not args.launchd and (is_hopeless or _is_too_often(record)):  # systemd leaves it alone from now on
            _tell(args, error)
        if not args.launchd or not is_hopeless:
            raise
        report(error)
        return _left_alone(args, error)


def _recorded(args: argparse.Namespace, record: RunRecord, log: LogFile | None) -> int:
    code = _BUG
    attendant = Attendant(ManagerSocket(os.environ, os.getpid()), record, None if args.no_notify else show, log)
    try:
        code = run_run.run(parsed_arguments(args.arguments), attendant)
    except AsrdError as error:
        code = error.exit_code
        raise
    finally:
        record.change(ended_s=time.time(), code=code)
    return code


def _is_too_often(record: RunRecord) -> bool:
    """launchd itself would go on for ever."""
    return is_too_often([run.started_s for run in record.runs() if run.counts and run.code != 0], time.time())


def _left_alone(args: argparse.Namespace, why: object) -> int:
    """End so that launchd does not start it again."""
    if why is _TOO_OFTEN:
        report(why)
    _tell(args, why)
    return 0


def _tell(args: argparse.Namespace, why: object) -> None:
    if not args.no_notify:
        show(Notice("asrd does not run", str(why)), wait=True)
