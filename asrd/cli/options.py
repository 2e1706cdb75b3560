"""Flags that several commands share, and what they mean: which model and how, which daemon."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Final

from asrd.cli.parser import seconds, whole_number
from asrd.config.checking import AUTOMATIC
from asrd.config.flags import add_config_flags
from asrd.config.model import MODEL_VARIABLE, context_tokens, forced_language
from asrd.shipped import shipped_model
from asrd.store.installed import find_model
from asrd.values import EngineOptions, UtteranceOptions

_MAX_THREADS = 512  # llama.cpp's own limit
_MAX_LAYERS = 10_000
_MIN_UTTERANCE_S, _MAX_UTTERANCE_S = 2.0, 1200.0
_MAX_REPLAY = 10_000
_DAEMON_SETTINGS: Final = ("server.host", "server.port", "server.unix_socket", "server.token_file")


def add_daemon_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that name a daemon."""
    parser.add_argument("--url", metavar="URL", help="the daemon, as ws://HOST:PORT or wss://HOST:PORT")
    parser.add_argument("--ca", metavar="FILE", type=Path, help="certificates (PEM) to trust with wss://")
    add_config_flags(parser, _DAEMON_SETTINGS)


def add_stream_flags(parser: argparse.ArgumentParser, *, replay: str) -> None:
    """Declare the flags of a command that follows a daemon; `replay` says what it does with earlier utterances."""
    parser.add_argument(
        "--replay",
        metavar="N",
        type=whole_number(0, _MAX_REPLAY),
        default=0,
        help=f"{replay} the last N finished utterances (default: 0)",
    )
    parser.add_argument(
        "--session", metavar="NAME", default="", help="which session (default: the daemon's own source)"
    )
    parser.add_argument("--wait", action="store_true", help="wait for a daemon that is not there yet")


def add_model_flag(parser: argparse.ArgumentParser) -> None:
    """Declare --model."""
    parser.add_argument(
        "--model",
        metavar="DIR|NAME",
        type=Path,
        help=f"model folder, or a name from `asrd model list` (default: ${MODEL_VARIABLE}, else the one that comes "
        "with asrd)",
    )


def add_engine_flags(parser: argparse.ArgumentParser) -> None:
    """Declare --model and the flags that say how it is run."""
    add_model_flag(parser)
    defaults = EngineOptions()
    parser.add_argument(
        "--threads",
        metavar="N",
        type=whole_number(0, _MAX_THREADS),
        default=defaults.threads,
        help="processor threads (default: 0, as many as there are cores, at most 8)",
    )
    parser.add_argument(
        "--gpu-layers",
        metavar="N",
        type=whole_number(-1, _MAX_LAYERS),
        default=defaults.gpu_layers,
        help="decoder layers on the GPU (default: -1, all where there is one)",
    )
    parser.add_argument(
        "--max-utterance",
        metavar="SECONDS",
        type=seconds(_MIN_UTTERANCE_S, _MAX_UTTERANCE_S),
        default=defaults.max_utterance_s,
        help=f"longer audio is cut at its quietest place (default: {defaults.max_utterance_s:g})",
    )
    parser.add_argument(
        "--language",
        metavar="NAME",
        default=AUTOMATIC,
        help=f"spoken language, by name or code such as en (default: {AUTOMATIC})",
    )
    parser.add_argument(
        "--context", metavar="TEXT", default="", help="text that helps with names and terms, such as a list of them"
    )


def engine_options(args: argparse.Namespace) -> EngineOptions:
    """How the model is to be run."""
    return EngineOptions(
        threads=args.threads,
        gpu_layers=args.gpu_layers,
        max_utterance_s=args.max_utterance,
        context_tokens=context_tokens(args.context),
    )


def utterance_options(args: argparse.Namespace) -> UtteranceOptions:
    """How an utterance is to be recognised.

    Raises:
        ConfigError: the language is unknown.
    """
    return UtteranceOptions(
        language=forced_language(args.language),
        context=args.context,
        final=getattr(args, "final", None) or "best",
    )


def model_path(args: argparse.Namespace) -> Path:
    """The model folder that is meant: --model, else $ASRD_MODEL, else the one that comes with asrd.

    Raises:
        ModelError: none of them is given, or it is the name of a model that is not on this machine.
    """
    return default_model() if args.model is None else find_model(args.model)


def default_model() -> Path:
    """The model folder where no flag names one: $ASRD_MODEL, else the one that comes with asrd.

    Raises:
        ModelError: there is none, or it is the name of a model that is not on this machine.
    """
    if named := os.environ.get(MODEL_VARIABLE):
        return find_model(named)
    return shipped_model()


def input_path(name: str) -> str:
    """The file that is meant by a name on the command line: `-` is standard input."""
    return "/dev/stdin" if name == "-" else name
