"""Runs `asrd bench vad`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from asrd.bench.host.machine import describe_machine
from asrd.bench.outcome.text import machine_lines
from asrd.bench.vad.measuring import Measured, measure, variants_of
from asrd.bench.vad.scenes import ClipSet, Scene, clean_clips, noise_scene, read_set, spoken_scenes
from asrd.bench.vad.tables import as_values, conditions_table, noise_table, variants_table
from asrd.cli.output import StatusLine, report, write_json, write_line
from asrd.errors import ConfigError
from asrd.options import SegmentOptions

_LEGEND = """\
onset, known, end: percentiles 5 / 50 / 95 of the first voiced sample, of when that was known, and of the last voiced
sample, less the true ones. late, early: beyond the default pre-roll and tail pad. open: share of the noise that is
inside utterances.
"""


def run(args: argparse.Namespace) -> int:
    """Measure all variants and print the tables."""
    variants = variants_of(_detectors(args.detectors), _onsets(args.onsets), _numbers(args.hangovers, "--hangovers"))
    speech = [read_set(Path(table), args.clips) for table in args.speech]
    noise = [read_set(Path(table), 0) for table in args.noise]
    for one in (*speech, *noise):
        if one.unreadable:
            report(f"{one.unreadable} of the clips of {one.name} cannot be read, and are left out")
    with StatusLine() as status:
        results = measure(_scenes(speech, noise), variants, status.show)
    if args.json:
        write_json({"machine": describe_machine(), "results": [as_values(result) for result in results]})
    else:
        _write_tables(results)
    return 0


def _write_tables(results: Sequence[Measured]) -> None:
    write_line(machine_lines(describe_machine()))
    write_line(_LEGEND)
    write_line(variants_table(results))
    defaults = [result for result in results if result.options == SegmentOptions()] or results[:1]
    write_line(conditions_table(defaults[0]))
    if any(not condition for _, condition in results[0].scores):
        same = [result for result in results if _durations(result) == _durations(results[0])]
        write_line(noise_table(same))


def _durations(result: Measured) -> tuple[int, int, int]:
    options = result.options
    return options.onset_ms, options.onset_window_ms, options.hangover_ms


def _scenes(speech: Sequence[ClipSet], noise: Sequence[ClipSet]) -> Iterator[Scene]:
    noises = [recording for one in noise for recording in one.recordings]
    for one in noise:
        yield noise_scene(one.name, one.recordings)
    for one in speech:
        yield from spoken_scenes(one.name, clean_clips(one.recordings), noises)


def _detectors(text: str) -> list[tuple[str, float]]:
    chosen = []
    for part in text.split(","):
        name, _, setting = part.partition(":")
        value = _number(setting)
        fits = 0.05 <= value <= 0.95 if name == "silero" else name == "webrtc" and value in range(4)
        if not fits:
            raise ConfigError(f"--detectors: {part!r} is neither webrtc:0 to webrtc:3 nor silero:0.05 to silero:0.95")
        chosen.append((name, value))
    return chosen


def _onsets(text: str) -> list[tuple[int, int]]:
    chosen = []
    for part in text.split(","):
        onset, _, window = part.partition("/")
        if not (onset.isdecimal() and window.isdecimal() and 0 < int(onset) <= int(window)):
            raise ConfigError(f"--onsets: {part!r} is not milliseconds/milliseconds such as 60/120")
        chosen.append((int(onset), int(window)))
    return chosen


def _numbers(text: str, flag: str) -> list[int]:
    parts = text.split(",")
    if not all(part.isdecimal() for part in parts):
        raise ConfigError(f"{flag} {text!r} is not a list of milliseconds such as 500,700")
    return [int(part) for part in parts]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
