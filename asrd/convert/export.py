"""Turns a Qwen3-ASR checkpoint into a model folder: two ONNX files, one GGUF, and `asrd.json`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import onnx

from asrd.convert.checkpoint import Checkpoint
from asrd.convert.decoder_gguf import Arch, write_decoder
from asrd.convert.encoder_graph import build_backend, build_frontend
from asrd.convert.folder import copy_notices, describe, new_folder
from asrd.convert.gguf_types import decoder_type
from asrd.convert.graph_builder import Precision
from asrd.errors import ConfigError, ExportError

Progress = Callable[[str, float], None]
"""Called with the name of a stage and the fraction of it that is done."""


@dataclass(frozen=True)
class ExportOptions:
    """What to make of a checkpoint.

    `encoder` fp32, fp16, int8 or int4; `decoder` f32, f16, q8_0, q4_0, q4_k, q5_k or q6_k; `arch` of the GGUF, qwen3vl
    (as published) or qwen3; `with_mask` gives the back end a second input `attention_mask`; `name` and `version` go
    into the files (the name defaults to that of the checkpoint folder); `force` replaces an existing folder.
    """

    encoder: str = "int8"
    decoder: str = "q8_0"
    arch: str = "qwen3vl"
    with_mask: bool = False
    name: str = ""
    version: str = "1"
    force: bool = False


def _silent(stage: str, fraction: float) -> None:
    pass


def export(
    checkpoint_dir: Path,
    out_dir: Path,
    options: ExportOptions = ExportOptions(),
    *,
    progress: Progress = _silent,
    check: Callable[[Path, Path], object] | None = None,
) -> None:
    """Write the model folder `out_dir` from the checkpoint in `checkpoint_dir`.

    `check(folder, checkpoint_dir)` is called on the finished folder before it takes its place (see `check.check_rows`);
    it raises to refuse it. Raises `ConfigError` for an unknown option and `ExportError` for anything about the
    checkpoint; the target is then as it was.
    """
    precision = _choice("encoder", options.encoder, get_args(Precision))
    arch = _choice("arch", options.arch, get_args(Arch))
    kind = decoder_type(options.decoder)
    name = options.name or checkpoint_dir.resolve().name
    roles = {
        "frontend": f"qwen3_asr_encoder_frontend.{precision}.onnx",
        "backend": f"qwen3_asr_encoder_backend.{precision}.onnx",
        "decoder": f"qwen3_asr_llm.{kind}.gguf",
    }
    with new_folder(out_dir, force=options.force) as work:
        with Checkpoint(checkpoint_dir) as checkpoint:
            _check_widths(checkpoint)
            progress("front end", 0.0)
            _save(build_frontend(checkpoint, cast(Precision, precision)), work / roles["frontend"])
            progress("front end", 1.0)
            backend = build_backend(
                checkpoint,
                cast(Precision, precision),
                with_mask=options.with_mask,
                progress=lambda fraction: progress("back end", fraction),
            )
            _save(backend, work / roles["backend"])
            del backend  # up to 1.3 GB
            write_decoder(
                checkpoint,
                work / roles["decoder"],
                kind,
                arch=cast(Arch, arch),
                name=name,
                progress=lambda fraction: progress("decoder", fraction),
            )
        copy_notices(checkpoint_dir, work)
        describe(work, roles, name=name, version=options.version)
        if check is not None:
            progress("check", 0.0)
            check(work, checkpoint_dir)
            progress("check", 1.0)


def _choice(option: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ConfigError(f"{value!r} is not a value for {option}; choose one of {', '.join(known)}")
    return value


def _check_widths(checkpoint: Checkpoint) -> None:
    encoder, decoder = checkpoint.config.encoder, checkpoint.config.decoder
    if encoder.output_dim != decoder.hidden:
        raise ExportError(
            f"{checkpoint.folder}: the encoder gives rows of {encoder.output_dim} and the decoder takes "
            f"{decoder.hidden}; use the config.json that belongs to these weights"
        )


def _save(model: onnx.ModelProto, path: Path) -> None:
    try:
        path.write_bytes(model.SerializeToString(deterministic=True))
    except OSError as error:
        raise ExportError(f"{path} cannot be written ({error}); free some space or choose another folder") from error
