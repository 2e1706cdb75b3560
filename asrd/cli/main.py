"""The command `asrd`: its parser, and its exit codes (see `asrd.cli.exits`)."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from functools import partial
from typing import Final

from asrd.cli import (
    captions,
    completion,
    config,
    devices,
    doctor,
    inspect,
    listen,
    model,
    overlay,
    run,
    service,
    steer,
    transcribe,
    type_,
)
from asrd.cli.bench import flags as bench
from asrd.cli.exits import BROKEN_PIPE, BUG, INTERRUPTED, NO_COMMAND
from asrd.cli.held_up import PATIENCE_S, is_held_up
from asrd.cli.output import flush_output, quit_quietly, report
from asrd.cli.overview import TopParser
from asrd.cli.parser import deferred
from asrd.errors import AsrdError

DEBUG_VARIABLE = "ASRD_DEBUG"
_COMMANDS: Final = {
    "speak": (run, listen, type_, captions, overlay, steer),
    "files": (transcribe, inspect),
    "models": (model,),
    "look after it": (service, devices, doctor, config, bench, completion),
}
# What a library warns of before it fails is in the sentence of the error that follows.
_LOG_LEVELS = (logging.ERROR, logging.INFO, logging.DEBUG)


def build_parser() -> TopParser:
    """The parser with all commands; what it returns has `run`, the function of the command."""
    parser = TopParser(
        _COMMANDS,
        prog="asrd",
        description="Speech to text on your own machine: Qwen3-ASR on ONNX Runtime and llama.cpp. To begin with: "
        "`asrd run --try`, and speak.",
        epilog=f"`asrd COMMAND --help` tells more. {DEBUG_VARIABLE}=1 shows tracebacks.",
    )
    parser.add_argument("--version", action="store_true", help="show the versions of asrd and of what it runs on")
    parser.add_argument("--json", dest="version_json", action="store_true", help="with --version: as a JSON object")
    parser.set_defaults(verbose=0)
    return parser


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line.

    Raises:
        ConfigError: it is wrong.
        SystemExit: help was asked for and shown.
    """
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.version_json and not args.version:
        parser.error("--json stands behind a command, or with --version")
    if args.version:
        args.run = deferred("asrd.cli.versions")
    elif not hasattr(args, "run"):
        args.run = partial(_show_overview, parser)
    return args


def _show_overview(parser: TopParser, _args: argparse.Namespace) -> int:
    sys.stderr.write(parser.format_overview())
    return NO_COMMAND


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: that of the process); returns the exit code and raises nothing.

    Where a thread is held up, the process ends here, without the clean-up of the interpreter.
    """
    _open_what_is_closed()
    _never_fail_to_encode()
    code = _exit_code(argv)
    if is_held_up():
        os._exit(code)
    return code


def _exit_code(argv: Sequence[str] | None) -> int:
    try:
        code = _run(argv)
        if code or is_held_up():
            _drop_what_cannot_be_written()  # the command has said so
        else:
            flush_output()
    except AsrdError as error:
        _tell(error)
        _drop_what_cannot_be_written()
        return error.exit_code
    except SystemExit as ended:  # argparse, after --help
        _drop_what_cannot_be_written()
        return int(ended.code or 0)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        quit_quietly()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last line of defence
        hint = "" if _is_debugging() else f"; {DEBUG_VARIABLE}=1 shows where"
        _tell(f"unexpected {type(error).__name__}: {error}; this is a bug in asrd{hint}")
        return BUG
    return code


def _run(argv: Sequence[str] | None) -> int:
    args = parse(argv)
    level = _LOG_LEVELS[min(args.verbose, len(_LOG_LEVELS) - 1)]
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s: %(message)s")
    return int(args.run(args))


def _tell(message: object) -> None:
    """Say what went wrong, in an exception's handler; for a while only if whoever reads it may be what holds us up."""
    shown = traceback.format_exc() if _is_debugging() else ""

    def tell() -> None:
        sys.stderr.write(shown)
        report(message)

    if not is_held_up():
        tell()
        return
    thread = threading.Thread(target=tell, name="last words", daemon=True)
    thread.start()
    thread.join(PATIENCE_S)


def _drop_what_cannot_be_written() -> None:
    """The interpreter would try it once more at its end, and complain with an exit code of its own."""
    if is_held_up():  # by whoever reads it, perhaps; and there will be no such end
        return
    try:
        sys.stdout.flush()
    except OSError:
        quit_quietly()


def _is_debugging() -> bool:
    return os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")


def _open_what_is_closed() -> None:
    """After `>&-` what is written is refused with an error that commands know, and no other file gets the number 1."""
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process


def _never_fail_to_encode() -> None:
    """A character that the terminal's encoding lacks must not end a transcription."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
