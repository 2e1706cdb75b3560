"""Runs `asrd type`."""

from __future__ import annotations

import argparse
import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from asrd.cli.daemon_address import endpoint_of
from asrd.cli.output import report, write_line
from asrd.cli.type_ import AUTOMATIC
from asrd.client.endpoint import Endpoint
from asrd.config.loading import LoadedConfig, load_config
from asrd.config.places import config_file
from asrd.errors import ConfigError
from asrd.server.tokens import Scope
from asrd_clients.injectors.interface import Desktop, Injector, Method
from asrd_clients.injectors.opening import open_desktop, open_injector
from asrd_clients.injectors.options import InjectorOptions
from asrd_clients.rules import EXAMPLE, RulesFile, load_rules, tried
from asrd_clients.typist.cues import Cue, Cues
from asrd_clients.typist.harmless import harmless, typeable
from asrd_clients.typist.hotkey import Hotkey, open_hotkey, parse_keys
from asrd_clients.typist.runner import Dictation, dictate
from asrd_clients.typist.settings import FocusRule, Mode, Settings
from asrd_clients.typist.talk import HotkeyRule

_CLOSE_S: Final = 6.0  # giving keys and clipboard back takes less, unless the window system hangs
_CONTROLS: Final = frozenset({Scope.LISTEN, Scope.CONTROL})


def run(args: argparse.Namespace) -> int:
    """Type until interrupted, or until the daemon's audio has ended.

    Raises:
        ConnectError: the daemon is not there, or refuses this client.
        ConfigError: a flag, a setting, the rules file or the hotkey cannot be used.
        InjectError: nothing can be typed here.
    """
    if args.rules_example:
        return _show_example()
    loaded = load_config(args)
    for warning in loaded.warnings:
        report(warning)
    rules = _rules(args)
    if args.samples is not None:
        return _show_sample(args, rules)
    _check_hotkey(args)
    endpoint = _endpoint(args, loaded)
    with _opened(args) as (injector, desktop), _hotkey(args) as hotkey:
        settings = _settings(args, injector)
        asyncio.run(
            dictate(
                Dictation(
                    endpoint=endpoint,
                    settings=settings,
                    injector=injector,
                    desktop=desktop,
                    rules=rules.current,
                    notice=report,
                    cues=_cues(args),
                    hotkey=hotkey,
                    hotkey_rule=HotkeyRule.TOGGLE if args.toggle else HotkeyRule.HOLD,
                    waits=args.wait,
                )
            )
        )
    return 0


def _show_example() -> int:
    write_line(EXAMPLE.rstrip("\n"))
    return 0


def _show_sample(args: argparse.Namespace, rules: RulesFile) -> int:
    typed = tried(rules.current(), [harmless(text) for text in args.samples])
    write_line(typeable(typed, enter=not args.no_enter))
    return 0


def _rules(args: argparse.Namespace) -> RulesFile:
    """The rules of --rules, which must be good; else of the file in its usual place, if there is one."""
    path: Path = args.rules or config_file().with_name("rules.toml")
    if args.rules or path.exists():
        load_rules(path)
    return RulesFile(path, report)


def _check_hotkey(args: argparse.Namespace) -> None:
    if args.hotkey:
        parse_keys(args.hotkey)
    elif args.hold or args.toggle:
        raise ConfigError("--hold and --toggle say what a hotkey does: give --hotkey KEYS as well")


def _endpoint(args: argparse.Namespace, loaded: LoadedConfig) -> Endpoint:
    """With a token that may steer, if there is one: typing itself needs none."""
    steering = endpoint_of(args, loaded, os.environ, _CONTROLS)
    return steering if steering.token else endpoint_of(args, loaded, os.environ)


def _settings(args: argparse.Namespace, injector: Injector) -> Settings:
    settings = Settings(
        mode=Mode(args.mode),
        focus=FocusRule(args.focus),
        can_erase=injector.can_erase,
        enter=not args.no_enter,
    )
    if settings.effective_mode is not settings.mode:
        report(f"{injector.method.value} cannot take anything back, so --mode {args.mode} becomes final")
        settings = replace(settings, mode=settings.effective_mode)
    return settings


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[tuple[Injector, Desktop]]:
    method = None if args.method == AUTOMATIC else Method(args.method)
    # The typist waits itself while a modifier is held: what it decided before may be wrong afterwards.
    injector = open_injector(method, InjectorOptions(modifier_wait_s=0.0), report)
    try:
        desktop = open_desktop()
        try:
            yield injector, desktop
        finally:
            _close(desktop.close)
    finally:
        _close(injector.close)


@contextmanager
def _hotkey(args: argparse.Namespace) -> Iterator[Hotkey | None]:
    if not args.hotkey:
        yield None
        return
    hotkey = open_hotkey(parse_keys(args.hotkey))
    try:
        yield hotkey
    finally:
        hotkey.close()


def _close(close: Callable[[], None]) -> None:
    """Let go of something, but do not wait for ever for a window system that hangs."""
    thread = threading.Thread(target=close, name="asrd-close", daemon=True)
    thread.start()
    thread.join(_CLOSE_S)


def _cues(args: argparse.Namespace) -> Cues:
    chosen = {Cue.BELL: args.bell, Cue.SOUND: args.sound, Cue.NOTIFICATION: args.notify}
    return Cues(frozenset(cue for cue, is_wanted in chosen.items() if is_wanted))
