"""`asrd model show`: what is in a model folder."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import Any

import numpy as np

from asrd.cli.output import write_json, write_line
from asrd.encoder.session import OnnxSession
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.model_folder import ModelFile, ModelFolder, read_model_folder
from asrd.store.installed import find_model
from asrd.text.prompt import TEXT_TAG

_SPECIAL_TOKENS = (
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|audio_start|>",
    "<|audio_pad|>",
    "<|audio_end|>",
    TEXT_TAG,
)
_INDENT = "  "


def run(args: argparse.Namespace) -> int:
    """Show one folder.

    Raises:
        ModelError: it is incomplete, or a file cannot be loaded.
        NativeError: a native library failed.
    """
    value = describe(read_model_folder(find_model(args.folder)))
    if args.json:
        write_json(value)
    else:
        for line in _lines(value):
            write_line(line)
    return 0


def describe(folder: ModelFolder) -> dict[str, Any]:
    """Everything that is known about a model, as a JSON object; raises as `run`."""
    with ExitStack() as opened:
        parts = {
            "frontend": _session(folder.frontend, opened),
            "backend": _session(folder.backend, opened),
            "decoder": _decoder(opened.enter_context(Model(load_library(), folder.decoder.path, gpu_layers=0))),
        }
    return {
        "path": str(folder.path),
        "name": folder.name,
        "version": folder.version,
        "license": folder.license,
        "languages": list(folder.languages),
        **{file.role: _file(file) | parts[file.role] for file in folder.files},
    }


def _file(file: ModelFile) -> dict[str, Any]:
    return {"file": file.path.name, "bytes": file.path.stat().st_size, "sha256": file.sha256}


def _session(file: ModelFile, opened: ExitStack) -> dict[str, Any]:
    session = OnnxSession(file.path, threads=1)
    opened.callback(session.close)
    return {
        "dtype": str(np.dtype(session.dtype)),
        "input": list(session.input_shape),
        "output": list(session.output_shape),
        "attention_mask": session.has_mask,
    }


def _decoder(model: Model) -> dict[str, Any]:
    architecture = model.metadata("general.architecture") or ""
    context = model.metadata(f"{architecture}.context_length")
    return {
        "description": model.description,
        "architecture": architecture,
        "parameters": model.parameters,
        "tensor_bytes": model.bytes,
        "width": model.width,
        "context": None if context is None else int(context),
        "vocabulary": model.vocabulary_size,
        "special_tokens": {name: model.special_token(name) for name in _SPECIAL_TOKENS},
    }


def _lines(value: dict[str, Any], indent: str = "") -> list[str]:
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines += [f"{indent}{key}", *_lines(item, indent + _INDENT)]
        else:
            lines.append(f"{indent}{key}: {_as_text(item)}".rstrip())
    return lines


def _as_text(item: object) -> str:
    if isinstance(item, list):
        return ", ".join(map(_as_text, item))
    if isinstance(item, bool):
        return "yes" if item else "no"
    return "unknown" if item is None else str(item)
