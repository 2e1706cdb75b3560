"""Runs `asrd bench live`: a daemon as a child process, and clients that speak to it at real time."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from asrd.bench.daemon.latency import (
    Clip,
    Latencies,
    Record,
    Script,
    Tally,
    latencies_of,
    percentiles_ms,
    script_of,
    speak,
)
from asrd.bench.daemon.process import DaemonProcess
from asrd.bench.figures.stability import Stability, lags_s, stability_of
from asrd.bench.host.machine import describe_machine
from asrd.bench.outcome.text import machine_lines
from asrd.bench.sets.truth import speech_of
from asrd.cli.options import model_path
from asrd.cli.output import write_json, write_line
from asrd.errors import ConfigError
from asrd.geometry import seconds_of
from asrd.source.file import read_audio

_MEASURES = {
    "first_partial": "first text after true onset",
    "final_after_endpoint": "final after end-point",
    "final_after_speech": "final after true end of speech",
    "lag": "partial behind the newest audio",
    "words": "words behind the speaker (LAAL of an utterance)",
}


def run(args: argparse.Namespace) -> int:
    """Measure, and print the table."""
    clips = _clips(args.files, args.clips * args.sessions)
    scripts = [script_of(clips[index :: args.sessions], seed=index) for index in range(args.sessions)]
    with tempfile.TemporaryDirectory() as state:
        result = _measured(args, scripts, Path(state))
    result = {"machine": describe_machine(), "sessions": args.sessions, "clips": len(clips)} | result
    if args.json:
        write_json(result)
    else:
        _write_table(result)
    return 0


def _clips(files: Sequence[Path], count: int) -> list[Clip]:
    """The first `count` clips of which the energy tells where speech begins and ends."""
    clips: list[Clip] = []
    for path in files:
        if len(clips) == count:
            break
        samples = read_audio(path).samples
        speech = speech_of(samples)
        if speech is not None:
            clips.append(Clip(samples, speech))
    if len(clips) < count:
        raise ConfigError(f"{count} clean clips are needed and {len(files)} files gave {len(clips)}: give more files")
    return clips


def _measured(args: argparse.Namespace, scripts: Sequence[Script], state: Path) -> dict[str, Any]:
    with DaemonProcess(["--source", "none", "--model", str(model_path(args)), *args.run_flags], state) as daemon:
        before = daemon.usage()
        records = asyncio.run(_speak_all(daemon.url, daemon.token, scripts))
        after = daemon.usage()
    audio_s = sum(seconds_of(len(script.samples)) for script in scripts)
    return _summary(scripts, records) | {
        "resident_mb": [round(usage.resident / 1e6, 1) for usage in (before, after)],
        "real_time_factor": round((after.cpu_s - before.cpu_s) / audio_s, 4),
    }


async def _speak_all(url: str, token: str, scripts: Sequence[Script]) -> list[Record]:
    return await asyncio.gather(*(speak(url, token, script) for script in scripts))


def _summary(scripts: Sequence[Script], records: Sequence[Record]) -> dict[str, Any]:
    every = Latencies([], [], [], [])
    tallies: list[Tally] = []
    lags_p50 = []
    words_s: list[float] = []
    stability = Stability()
    for script, record in zip(scripts, records, strict=True):
        latencies, tally = latencies_of(script, record)
        tallies.append(tally)
        words_s += lags_s(record.messages)
        stability += stability_of(record.messages)
        lags_p50.append(percentiles_ms(latencies.lag)["p50_ms"])
        for name, values in asdict(latencies).items():
            getattr(every, name).extend(values)
    return {
        "latency": {name: percentiles_ms(values) for name, values in (asdict(every) | {"words": words_s}).items()},
        "stability": asdict(stability) | stability.ratios(),
        "tally": {name: sum(getattr(tally, name) for tally in tallies) for name in asdict(tallies[0])},
        "lag_p50_ms_by_session": lags_p50,
        "client_late_ms": round(1000 * max(record.sent_late_s for record in records), 1),
    }


def _write_table(result: dict[str, Any]) -> None:
    write_line(machine_lines(result["machine"]))
    write_line(f"{result['sessions']} sessions at 1x, {result['clips']} clips.\n")
    write_line("| measure | n | p50 | p95 | max |\n|---|---:|---:|---:|---:|")
    for name, title in _MEASURES.items():
        measured = result["latency"][name]
        figures = " | ".join(f"{measured[key]:.0f} ms" for key in ("p50_ms", "p95_ms", "max_ms"))
        write_line(f"| {title} | {measured['count']} | {figures} |")
    steady = result["stability"]
    write_line(
        f"\nOf {steady['words']} words: NE {steady['normalised_erasure']:.2f}, "
        f"UPWR {steady['unstable_partial_word_ratio']:.2f}; of what was committed {steady['erased_committed']} words "
        f"were taken back and {steady['commit_errors']} contradicted by the final."
    )
    tally = result["tally"]
    write_line(
        f"\n{tally['with_final']} of {tally['clips']} clips have a final, {tally['split']} of them several; "
        f"{tally['gaps']} gaps ({tally['lost_s']:.1f} s lost), {tally['unended']} utterances without an end; "
        f"{result['real_time_factor']:.3f} processor seconds per second of audio, passes and protocol together; "
        f"resident set {result['resident_mb'][0]:.0f} MB before, {result['resident_mb'][1]:.0f} MB after; "
        f"the clients were at most {result['client_late_ms']:.0f} ms late."
    )
