"""`asrd service`: installs, removes and steers."""

from __future__ import annotations

import argparse
import math
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from asrd.cli.output import report, write_line
from asrd.cli.service_arguments import absolute_arguments, address_arguments, check_arguments, parsed_arguments
from asrd.cli.service_status import await_daemon, service_environment, status
from asrd.config.environment import TOKEN_VARIABLE
from asrd.config.loading import LoadedConfig, load_config
from asrd.config.model import model_folder
from asrd.config.places import history_folder, state_folder, token_file
from asrd.errors import ConfigError
from asrd.model_folder import read_model_folder
from asrd.service.choosing import own_manager
from asrd.service.errors import ServiceError
from asrd.service.installing import Installer
from asrd.service.interface import Activity, Manager, Part, Wish
from asrd.service.program import Program, check_program, own_program
from asrd.service.runner import DryRunner, SystemRunner
from asrd.service.runs import RunRecord

__all__ = ["install", "logs", "restart", "start", "status", "stop", "uninstall"]

_PASSED_ON: Final = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")
_DRAIN_SLACK_S: Final = 10


def install(args: argparse.Namespace) -> int:
    """Write the files, make them known, start. What a dry run shows needs no manager that answers.

    Raises:
        ServiceError: the manager or a file is in the way.
        ConfigError: settings or flags cannot be used.
        ModelError: the model cannot be used.
    """
    manager = own_manager(SystemRunner(), os.environ)
    try:
        manager.check()
    except ServiceError as error:
        if not args.dry_run:
            raise
        report(f"without --dry-run this would be refused: {error}")
    wish = _wish(args, _program())
    Installer(manager, _runner(args), state_folder(), write_line).install(wish, force=args.force)
    if not args.dry_run:
        write_line(await_daemon(manager))
    write_line("undo it with: asrd service uninstall (settings, tokens and history stay)")
    return 0


def uninstall(args: argparse.Namespace) -> int:
    """Stop and remove.

    Raises:
        ServiceError: the manager or a file is in the way.
    """
    manager = own_manager(SystemRunner(), os.environ)
    if not Installer(manager, _runner(args), state_folder(), write_line).uninstall(force=args.force):
        write_line("asrd is not installed as a service: there is nothing to remove")
    else:
        loaded_from = load_config(environ=service_environment()).file
        write_line(f"settings ({loaded_from}), tokens and history ({state_folder()}) stay; so do logs")
    return 0


def start(args: argparse.Namespace) -> int:
    """Start it.

    Raises:
        ServiceError: it is not installed, or does not start.
    """
    return _begun(args, lambda manager, part: manager.start(part, SystemRunner()))


def stop(args: argparse.Namespace) -> int:
    """Stop it.

    Raises:
        ServiceError: it is not installed, or the manager refuses.
    """
    manager, part = _installed(args)
    manager.stop(part, SystemRunner())
    write_line("stopped; it starts again at the next login, or with: asrd service start")
    return 0


def restart(args: argparse.Namespace) -> int:
    """Stop it and start it.

    Raises:
        ServiceError: it is not installed, or does not start.
    """
    return _begun(args, lambda manager, part: manager.restart(part, SystemRunner()))


def logs(args: argparse.Namespace) -> int:
    """Show what it logged.

    Raises:
        ServiceError: there is no program that shows it.
    """
    part = Part.TYPIST if args.typist else Part.DAEMON
    manager = own_manager(SystemRunner(), os.environ)
    command = manager.log_command(part, args.lines, follow=args.follow)
    try:
        code = subprocess.run(command, check=False).returncode
    except OSError as error:
        raise ServiceError(f"{command[0]} cannot be run ({error.strerror}): is it installed?") from None
    if code > 0:
        raise ServiceError(f"{command[0]} cannot show the log; has the service ever run? See asrd service status")
    return 0


def _program() -> Program:
    program = own_program()
    for warning in program.warnings:
        report(warning)
    check_program(program, SystemRunner())
    return program


def _wish(args: argparse.Namespace, program: Program) -> Wish:
    arguments = absolute_arguments(args.arguments, Path.cwd())
    parsed = parsed_arguments(arguments)
    check_arguments(parsed)
    for name in _unheard():
        report(
            f"{name} is set here and will not reach the service: write it into the settings, or give its flag after --"
        )
    loaded = load_config(parsed, service_environment())
    for warning in loaded.warnings:
        report(warning)
    for file in read_model_folder(model_folder(loaded.config.model)).files:
        file.check_size()
    if args.with_typist and loaded.config.server.port == 0 and not loaded.config.server.unix_socket:
        raise ConfigError("the dictation would not find a daemon on any free port: give it a port of its own")
    return Wish(
        program=program.words,
        arguments=arguments,
        typist_arguments=address_arguments(arguments),
        parts=(Part.DAEMON, Part.TYPIST) if args.with_typist else (Part.DAEMON,),
        notifies=not args.no_notify,
        environment={name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)},
        writable=_writable(loaded, os.environ),
        stop_s=math.ceil(loaded.config.pipeline.drain_s) + _DRAIN_SLACK_S,
    )


def _unheard() -> list[str]:
    """Variables that mean something to asrd here, and that the service will not have."""
    heard = service_environment()
    return [name for name in os.environ if name not in heard and name != TOKEN_VARIABLE and os.environ[name]]


def _writable(loaded: LoadedConfig, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders that the daemon writes to with these settings."""
    config = loaded.config
    folders = [state_folder(environ), token_file(config.server, environ).parent]
    if config.history.enabled:
        folders.append(history_folder(config.history, environ))
    if config.server.unix_socket:
        folders.append(Path(config.server.unix_socket).parent)
    return tuple(dict.fromkeys(Path(os.path.abspath(folder)) for folder in folders))  # noqa: PTH100 - follows no link


def _runner(args: argparse.Namespace) -> SystemRunner:
    if args.dry_run:
        return DryRunner(lambda text: write_line(f"would run {text}"))
    return SystemRunner(lambda text: write_line(f"ran       {text}"))


def _installed(args: argparse.Namespace) -> tuple[Manager, Part]:
    part = Part.TYPIST if args.typist else Part.DAEMON
    manager = own_manager(SystemRunner(), os.environ)
    manager.check()
    if manager.condition(part).activity is Activity.ABSENT:
        flag = " --with-typist" if args.typist else ""
        raise ServiceError(f"it is not installed: asrd service install{flag}")
    return manager, part


def _begun(args: argparse.Namespace, begin: Callable[[Manager, Part], None]) -> int:
    """Begin anew, and tell how it went: what was tried before does not count."""
    manager, part = _installed(args)
    RunRecord(state_folder()).forgive()
    begin(manager, part)
    write_line(await_daemon(manager) if part is Part.DAEMON else "started")
    return 0
