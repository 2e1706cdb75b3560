"""`asrd service`: its actions and their flags."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from asrd.cli.parser import Parser, Subparsers, deferred, whole_number

_MODULE: Final = "asrd.cli.service_run"
_MAX_LINES: Final = 100_000


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "service",
        help="install, start, stop and look at the daemon as a service",
        description="The daemon as a service of your session, started at login: `systemd --user` on Linux, launchd on "
        "macOS. docs/SERVICE.md tells more.",
    )
    actions: Subparsers = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_install(actions)
    _add_uninstall(actions)
    for verb, help_text in (
        ("start", "start it"),
        ("stop", "stop it, after the last words are finished; it starts again at the next login"),
        ("restart", "stop and start it, such as after a change of settings"),
    ):
        _add_part(_add(actions, verb, help_text, verb))
    status = _add(actions, "status", "whether it runs, since when, where, with which model, how it ended", "status")
    status.epilog = "Exit code 0 if the daemon answers, else 1."
    status.add_argument("--json", action="store_true", help="one JSON object")
    _add_logs(actions)
    _add_run(actions)


def _add(actions: Subparsers, name: str, help_text: str, function: str) -> Parser:
    sentence = f"{help_text[0].upper()}{help_text[1:]}."
    parser = actions.add_parser(name, help=help_text, description=sentence)
    parser.set_defaults(run=deferred(_MODULE, function))
    return parser


def _add_part(parser: Parser) -> None:
    parser.add_argument("--typist", action="store_true", help="the dictation (asrd type) instead of the daemon")


def _add_install(actions: Subparsers) -> None:
    parser = _add(actions, "install", "install it, have it start at every login, and start it now", "install")
    parser.epilog = (
        "Settings belong into the configuration file (`asrd config --path`); what follows -- are flags of `asrd run` "
        "that the service always gets. Variables such as ASRD_MODEL do not reach it. Installing again is harmless, "
        "and needed after asrd moved or a folder that the daemon writes to was changed."
    )
    parser.example = "asrd service install -- --model qwen3-asr-0.6b"
    parser.add_argument("--dry-run", action="store_true", help="show the files and commands, and do nothing")
    parser.add_argument("--with-typist", action="store_true", help="dictation into the focused window as well")
    parser.add_argument("--no-notify", action="store_true", help="no notice on the desktop when the microphone is lost")
    parser.add_argument("--force", action="store_true", help="write over what was changed by hand")
    parser.add_argument("arguments", metavar="-- FLAGS", nargs="*", help="flags of asrd run")


def _add_uninstall(actions: Subparsers) -> None:
    parser = _add(
        actions, "uninstall", "stop it, and remove what install wrote; settings, tokens, history stay", "uninstall"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be removed, and do nothing")
    parser.add_argument("--force", action="store_true", help="remove files that were changed by hand as well")


def _add_logs(actions: Subparsers) -> None:
    parser = _add(actions, "logs", "show what it logged", "logs")
    parser.add_argument("-f", "--follow", action="store_true", help="go on as it comes; Ctrl-C ends it")
    parser.add_argument(
        "-n",
        "--lines",
        metavar="N",
        type=whole_number(1, _MAX_LINES),
        default=100,
        help="the last N lines (default: 100)",
    )
    _add_part(parser)


def _add_run(actions: Subparsers) -> None:
    """What the service managers start. Not in the help: `asrd run` is for people."""
    parser = actions.add_parser(
        "run", description="What service managers start: `asrd run` that tells them about itself."
    )
    parser.set_defaults(run=deferred("asrd.cli.service_daemon"))
    parser.add_argument("--launchd", action="store_true", help="end with 0 where starting again cannot help")
    parser.add_argument("--log-file", metavar="FILE", type=Path, help="where standard error goes: it is kept small")
    parser.add_argument("--no-notify", action="store_true", help="no notice on the desktop")
    parser.add_argument("arguments", metavar="-- FLAGS", nargs="*", help="flags of asrd run")
