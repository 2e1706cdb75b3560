"""Runs `asrd run`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import resource
import sys
from dataclasses import replace
from pathlib import Path

from asrd.cli.apart import logging_apart, stderr_apart
from asrd.cli.model_pull import offer, pull_named
from asrd.cli.output import as_json, report
from asrd.cli.run_view import RunView
from asrd.cli.screen import Screen
from asrd.cli.trial import Trial, prepare
from asrd.config.loading import load_config
from asrd.config.model import engine_options, model_folder, utterance_options
from asrd.config.places import history_folder, token_file
from asrd.daemon.service import Service, Setup, Witness
from asrd.daemon.sources import SourceChoice, SourceKind, parse_source
from asrd.events import ClosedEvent, FinalEvent, SessionEvent, State, StatusEvent
from asrd.model_folder import ModelFolder
from asrd.options import ModelOptions
from asrd.server.listening import Address, AddressTakenError
from asrd.source.raw import RawFormat
from asrd.store.errors import NotPulledError
from asrd.store.lock import using
from asrd.text.columns import harmless
from asrd.wire.commands import MAIN

_log = logging.getLogger("asrd")
_EXIT_NOT_DRAINED = 1
_DESCRIPTORS = 4096
_CLIP_ENDED = "the clip has ended, and asrd and the two addresses with it"
_OPEN = "server.require_token is off: every program on this machine, of any user, may listen and steer the microphone"


def run(args: argparse.Namespace, beside: Witness | None = None) -> int:
    """Run the daemon to its end; `beside` sees what the front sees, for a service manager.

    Raises:
        AsrdError: it cannot start, or a part of it failed.
    """
    loaded = load_config(args)
    for warning in loaded.warnings:
        report(warning)
    config = loaded.config
    if not config.server.require_token and not config.server.unix_socket:
        report(_OPEN)
    trial = None
    if args.is_trial:
        shows_token = sys.stderr.isatty() and beside is None
        trial = prepare(config, shows_token=shows_token, is_fast=args.fast)
    config = trial.config if trial else config
    setup = Setup(
        config=config,
        model=_model(config.model),
        engine=engine_options(config.model, config.segment),
        utterance=utterance_options(config.model),
        source=trial.source if trial else _choice(args),
        token_file=token_file(config.server),
        history_folder=history_folder(config.history),
    )
    _set_log_levels(args)
    _raise_descriptor_limit()
    with using(setup.model), stderr_apart(), Screen() as screen, logging_apart(screen):
        try:
            drained = _serve(setup, _Front(args, setup, screen, trial, beside))
        except AddressTakenError:
            if trial is None:
                raise
            trial = trial.on_free_port()
            setup = replace(setup, config=trial.config)
            drained = _serve(setup, _Front(args, setup, screen, trial, beside))
        if not drained:
            screen.note(f"not all of the last words came within {config.pipeline.drain_s:g} s: raise pipeline.drain_s")
    return 0 if drained else _EXIT_NOT_DRAINED


def _serve(setup: Setup, front: Witness) -> bool:
    return asyncio.run(Service(setup, front).run())


def _set_log_levels(args: argparse.Namespace) -> None:
    """A service manager's log says what happens, not more; a person who tries it out reads the text."""
    if not sys.stderr.isatty() and not args.verbose and not args.is_trial:
        logging.getLogger("asrd").setLevel(logging.INFO)
    logging.getLogger("asrd.llama").setLevel(logging.ERROR)  # a pass that is stopped is no reason for a warning


def _model(options: ModelOptions) -> Path:
    """The model's folder; whoever sits before it may have it fetched now."""
    try:
        return model_folder(options)
    except NotPulledError as error:
        if not offer(error.name):
            raise
        return pull_named(error.name)


def _raise_descriptor_limit() -> None:
    """Room for as many connections as the limits of the server allow: some systems give 256 descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _choice(args: argparse.Namespace) -> SourceChoice:
    raw = RawFormat(args.raw_encoding, args.raw_rate, args.raw_channels)
    if args.demo:
        return SourceChoice(SourceKind.DEMO, is_fast=args.fast)
    if args.source is not None:
        return parse_source(args.source, is_fast=args.fast, raw=raw)
    if sys.stderr.isatty() and not _has_microphone():
        report("there is no microphone here, so a demonstration clip is played; `asrd devices` lists what there is")
        return SourceChoice(SourceKind.DEMO)
    return SourceChoice(SourceKind.MICROPHONE)


def _has_microphone() -> bool:
    from asrd.errors import AsrdError
    from asrd.source.devices import input_devices

    try:
        return bool(input_devices())
    except AsrdError:
        return True  # the supervisor says what is wrong, and waits for it to be mended


class _Front(Witness):
    """What the person or the service manager that started the daemon sees of it."""

    def __init__(
        self, args: argparse.Namespace, setup: Setup, screen: Screen, trial: Trial | None, beside: Witness | None
    ) -> None:
        self._beside = beside
        self._prints_json = bool(args.json)
        self._setup = setup
        self._screen = screen
        self._trial = trial
        self._has_played = False
        shows_text = args.text or trial is not None or setup.source.kind is SourceKind.DEMO
        self._view = RunView(screen, shows_text=shows_text, tells_trouble=trial is not None)

    def ready(self, address: Address, folder: ModelFolder) -> None:
        """See `Witness`."""
        _log.info("ready: %s, model %s, source %s", address, folder.name, self._setup.source.kind.value)
        if self._trial:
            for sentence in self._trial.sentences:
                self._screen.note(sentence)
            self._screen.write(self._trial.addresses(address))
        elif self._setup.source.kind is SourceKind.DEMO:
            self._screen.note("playing the demonstration clip; speak yourself with `asrd run`")
        self._view.begin(self._trial.where if self._trial else f"{address} · {folder.name}")
        if self._prints_json:
            ready = {
                "url": address.url,
                "page": address.page,
                "unix_socket": address.unix_socket,
                "token_file": str(self._setup.token_file),
                "pid": os.getpid(),
            }
            self._screen.print(as_json(ready))
        if self._beside is not None:
            self._beside.ready(address, folder)

    def event(self, event: SessionEvent) -> None:
        """See `Witness`."""
        if isinstance(event, StatusEvent):
            _log.info("%s: %s", event.session, harmless(event.message))
        elif isinstance(event, FinalEvent) and self._setup.config.log.text:
            _log.info("%s: final %d: %s", event.session, event.utterance, harmless(event.text))
        elif isinstance(event, FinalEvent):
            _log.info("%s: final %d, %d characters", event.session, event.utterance, len(event.text))
        self._view.show(event)
        if self._trial and self._trial.source.ends and event.session == MAIN:
            self._tell_of_the_end(event)
        if self._beside is not None:
            self._beside.event(event)

    def _tell_of_the_end(self, event: SessionEvent) -> None:
        """Below the last words of the clip, unless Ctrl-C came before."""
        if isinstance(event, StatusEvent) and event.state is State.IDLE:
            self._has_played = True
        if isinstance(event, ClosedEvent) and self._has_played:
            self._screen.note(_CLIP_ENDED)
