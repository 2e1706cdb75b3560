"""`asrd inspect`: shows what every stage makes of a file."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import reduce
from itertools import pairwise
from typing import Any

from asrd.cli.inspection import PieceReport, Stage, Tokens, inspect_piece, place_of, stage_of
from asrd.cli.options import engine_options, input_path, model_path, utterance_options
from asrd.cli.output import write_json, write_line
from asrd.geometry import MIN_SAMPLES, samples_of, seconds_of
from asrd.recognizer.engine import Recognizer
from asrd.segment.quietest import cut_points
from asrd.source.file import AudioFile, read_audio
from asrd.text.units import join_texts

_NAME_COLUMNS = 8


def run(args: argparse.Namespace) -> int:
    """Inspect one file.

    Raises:
        AsrdError: about the file, the model, or an option.
    """
    options = utterance_options(args)
    started_s = time.perf_counter()
    audio = read_audio(input_path(args.file))
    source = stage_of("samples", audio.samples, time.perf_counter() - started_s, _origin(audio))
    with Recognizer.open(model_path(args), engine_options(args)) as recognizer:
        name = recognizer.folder.name
        edges = [0, *cut_points(audio.samples, samples_of(recognizer.options.max_utterance_s)), len(audio.samples)]
        reports = [
            inspect_piece(recognizer, audio.samples, options, start, end)
            for start, end in pairwise(edges)
            if end - start >= MIN_SAMPLES
        ]
    if args.json:
        write_json({"file": args.file, "model": name, **_as_object(source, reports)})
    else:
        for line in _as_lines(source, reports):
            write_line(line)
    return 0


def _origin(audio: AudioFile) -> str:
    channels = "1 channel" if audio.channels == 1 else f"{audio.channels} channels"
    return f"{audio.duration_s:.2f} s at {audio.sample_rate_hz} Hz, {channels}"


def _totals(source: Stage, reports: Sequence[PieceReport]) -> dict[str, Any]:
    elapsed_s = source.elapsed_s + sum(report.elapsed_s for report in reports)
    return {
        "language": ",".join(dict.fromkeys(report.language for report in reports if report.language)),
        "text": reduce(join_texts, (report.text for report in reports)),
        "elapsed_s": round(elapsed_s, 6),
        "real_time_factor": round(elapsed_s / seconds_of(source.shape[0]), 4),
    }


def _as_object(source: Stage, reports: Sequence[PieceReport]) -> dict[str, Any]:
    pieces = [asdict(report) | {"elapsed_s": report.elapsed_s} for report in reports]
    return {"samples": asdict(source), "pieces": pieces, **_totals(source, reports)}


def _as_lines(source: Stage, reports: Sequence[PieceReport]) -> list[str]:
    lines = [_stage_line(source)]
    for report in reports:
        if len(reports) > 1:
            lines.append(f"{'piece':{_NAME_COLUMNS}} {place_of(report)}")
        lines += [_stage_line(stage) for stage in report.stages]
        lines += [_token_line(tokens) for tokens in (*report.prompt, report.tokens)]
        lines.append(f"{'text':{_NAME_COLUMNS}} {report.language or 'no language'}, {report.stop}: {report.text}")
    totals = _totals(source, reports)
    lines.append(
        f"{'total':{_NAME_COLUMNS}} {totals['elapsed_s']:.3f} s, real-time factor {totals['real_time_factor']}"
    )
    return lines


def _stage_line(stage: Stage) -> str:
    shape = f"({', '.join(map(str, stage.shape))}{',' if len(stage.shape) == 1 else ''})"
    low, mean, high = (f"{value:.4g}" for value in (stage.minimum, stage.mean, stage.maximum))
    return (
        f"{stage.stage:{_NAME_COLUMNS}} {shape:12} {stage.dtype} min {low:>9} mean {mean:>10} max {high:>9} "
        f"{1000 * stage.elapsed_s:8.1f} ms  {stage.note}"
    ).rstrip()


def _token_line(tokens: Tokens) -> str:
    """Count, time where some was taken, and every id with its text."""
    pairs = " ".join(
        f"{token}:{json.dumps(piece, ensure_ascii=False)}"
        for token, piece in zip(tokens.ids, tokens.pieces, strict=True)
    )
    elapsed = f" {1000 * tokens.elapsed_s:.1f} ms" if tokens.elapsed_s else ""
    return f"{tokens.stage:{_NAME_COLUMNS}} ({len(tokens.ids)},){elapsed} {pairs}".rstrip()
