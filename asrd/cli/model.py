"""`asrd model`: its sub-commands and their flags."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from asrd.cli.parser import Subparsers, deferred, whole_number

# As asrd.convert has them; not imported, so that `asrd --help` needs none of its packages. A test compares.
ENCODERS: Final = ("fp32", "fp16", "int8", "int4")
DECODERS: Final = ("f32", "f16", "q8_0", "q4_0", "q4_k", "q5_k", "q6_k")
ARCHITECTURES: Final = ("qwen3vl", "qwen3")
SIZES: Final = ("tiny", "small", "0.6b", "1.7b")


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "model",
        help="list, fetch, show, check, convert or make models",
        description="Models: those that have names, those on this machine, and new ones from checkpoints. "
        "docs/MODELS.md tells more.",
    )
    actions: Subparsers = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_list(actions)
    _add_pull(actions)
    _add_verify(actions)
    _add_show(actions)
    _add_remove(actions)
    _add_path(actions)
    _add_export(actions)
    _add_random(actions)


def _add_list(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "list",
        help="list the models that have names",
        description="List the models that asrd knows by name, and which of them are on this machine.",
    )
    parser.set_defaults(run=deferred("asrd.cli.model_store", "run_list"))
    parser.add_argument("--json", action="store_true", help="one JSON list")


def _add_pull(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "pull",
        help="fetch models by name",
        description="Fetch models by name from where they are published, check them, and keep them where "
        "`asrd run --model NAME` finds them by name. What was interrupted goes on. ASRD_MODELS names another folder "
        "for models, ASRD_MIRROR a server that has the files, HF_ENDPOINT one that stands in for huggingface.co.",
        example="asrd model pull qwen3-asr-0.6b",
    )
    parser.set_defaults(run=deferred("asrd.cli.model_pull"))
    parser.add_argument("names", metavar="NAME", nargs="+", help="name from `asrd model list`")
    parser.add_argument("--force", action="store_true", help="fetch anew what is damaged in a model that is there")


def _add_remove(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "remove",
        help="delete models that were fetched",
        description="Delete models that were fetched by name, and what interrupted pulls left of them.",
        example="asrd model remove qwen3-asr-0.6b",
    )
    parser.set_defaults(run=deferred("asrd.cli.model_store", "run_remove"))
    parser.add_argument("names", metavar="NAME", nargs="+", help="name from `asrd model list`")


def _add_path(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "path",
        help="print where a model is",
        description="Print the folder of a model, or that of all of them.",
        example="asrd model path nano",
    )
    parser.set_defaults(run=deferred("asrd.cli.model_store", "run_path"))
    parser.add_argument("name", metavar="NAME", nargs="?", help="name from `asrd model list`")


def _add_show(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "show",
        help="show what is in a model folder",
        description="Show what is in a model folder: names, files, widths, decoder and vocabulary.",
        example="asrd model show nano",
    )
    parser.set_defaults(run=deferred("asrd.cli.model_show"))
    parser.add_argument("folder", metavar="DIR|NAME", type=Path, help="model folder or name")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _add_verify(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "verify",
        help="check that a model folder is whole",
        description="Check sizes and checksums of the files in model folders, load them, and check that "
        "they fit each other.",
        example="asrd model verify nano",
    )
    parser.set_defaults(run=deferred("asrd.cli.model_verify"))
    parser.add_argument("folders", metavar="DIR|NAME", type=Path, nargs="+", help="model folder or name")


def _add_export(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "export",
        help="convert a checkpoint to a model folder",
        description="Convert a Qwen3-ASR checkpoint (safetensors) to a model folder. Needs no PyTorch "
        "but the extra `convert` (docs/START.md#extras).",
        example="asrd model export Qwen3-ASR-0.6B my-model --encoder int8 --decoder q8_0",
    )
    parser.set_defaults(run=deferred("asrd.cli.model_make", "run_export", extra="convert"))
    parser.add_argument("checkpoint", metavar="CHECKPOINT", type=Path, help="folder with config.json and the weights")
    parser.add_argument("folder", metavar="OUT", type=Path, help="model folder to make")
    _add_conversion_flags(parser)
    parser.add_argument(
        "--check",
        action=argparse.BooleanOptionalAction,
        help="compare the result with PyTorch (default: if it is installed, as by the extra `export`)",
    )


def _add_random(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "random",
        help="make a random model of the true architecture",
        description="Make a model folder with random weights, for trying out and for measuring speed. "
        "It writes random words. Needs the extra `convert` (docs/START.md#extras).",
        example="asrd model random tiny-model --checkpoint tiny-checkpoint",
    )
    parser.set_defaults(run=deferred("asrd.cli.model_make", "run_random", extra="convert"))
    parser.add_argument("folder", metavar="OUT", type=Path, help="model folder to make")
    parser.add_argument("--checkpoint", metavar="DIR", type=Path, help="keep the random checkpoint in this folder")
    parser.add_argument("--size", choices=SIZES, default=SIZES[0], help="of which model (default: tiny)")
    parser.add_argument(
        "--seed", metavar="N", type=whole_number(0, 2**32 - 1), default=0, help="other weights (default: 0)"
    )
    _add_conversion_flags(parser)


def _add_conversion_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--encoder", metavar="TYPE", choices=ENCODERS, default="int8", help=_one_of(ENCODERS, "int8"))
    parser.add_argument("--decoder", metavar="TYPE", choices=DECODERS, default="q8_0", help=_one_of(DECODERS, "q8_0"))
    parser.add_argument(
        "--arch",
        choices=ARCHITECTURES,
        default=ARCHITECTURES[0],
        help="architecture name in the GGUF (default: qwen3vl, as published)",
    )
    parser.add_argument("--with-mask", action="store_true", help="give the encoder's back end an attention mask input")
    parser.add_argument("--name", metavar="NAME", default="", help="name of the model (default: that of the folder)")
    parser.add_argument("--force", action="store_true", help="replace the folder if it exists")


def _one_of(types: tuple[str, ...], default: str) -> str:
    *others, last = (f"{name} (default)" if name == default else name for name in types)
    return f"{', '.join(others)} or {last}"
