"""Figures and tables of offline passes and of memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asrd.bench.engine.repeats import over_repeats, ratio_over_repeats
from asrd.bench.engine.values import Measured, Offline
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Better, Kind, Measure, Table
from asrd.bench.outcome.text import figure, spread

_STAGES: Final = {"mel_s": "mel", "encode_s": "encoder", "prefill_s": "prefill", "decode_s": "decode"}
_MEGABYTE: Final = 1e6


def report_offline(out: Collector, engines: Sequence[Measured]) -> None:
    """Real-time factor of every engine on all clips, and the share of each stage where it tells."""
    rows = []
    for engine in engines:
        for one in engine.offline:
            rtf = over_repeats(
                f"rtf.{engine.name}.{one.name}", [seconds / one.audio_s for seconds in one.seconds], "", Kind.TIME
            )
            shares = _shares(engine.name, one)
            for measure in (rtf, *shares):
                out.add(measure)
            shown = [figure(share.value, share.unit) for share in shares] or ["-"] * len(_STAGES)
            length = f"{one.audio_s:.0f}"
            tokens = str(sum(one.tokens)) if one.tokens else "-"
            rows.append([engine.name, one.name, length, tokens, figure(rtf.value), spread(rtf), *shown])
    header = ["engine", "clips", "audio s", "tokens", "RTF", "spread", *_STAGES.values()]
    if rows:
        out.tables.append(Table("Offline", header, rows))


def report_memory(out: Collector, engines: Sequence[Measured]) -> None:
    """Time to load, with a first pass over a second of audio, and resident sets."""
    rows = []
    for engine in engines:
        load = Measure(f"load.{engine.name}", engine.load_s, "s", Kind.TIME)
        resident = Measure(f"resident.{engine.name}", _megabytes(engine.resident_bytes), "MB", Kind.BYTES)
        peak = Measure(f"peak_resident.{engine.name}", _megabytes(engine.peak_resident_bytes), "MB", Kind.BYTES)
        known = [one for one in (load, resident, peak) if one.value is not None]
        for measure in known:
            out.add(measure)
        rows.append([engine.name, *(figure(one.value) for one in (load, resident, peak))])
    out.tables.append(Table("Start and memory", ["engine", "load s", "resident MB", "peak MB"], rows))


def report_against(out: Collector, models: Sequence[Measured], other: Measured) -> None:
    """How many times faster each model is than another engine of this run, and with which part of its memory."""
    rows = []
    for model in models:
        shown = []
        for ours, theirs in zip(model.offline, other.offline, strict=True):
            name = f"times_faster.{model.name}.{other.name}.{ours.name}"
            # Per second of audio: the clips are the same ones.
            measure = ratio_over_repeats(name, theirs.seconds, ours.seconds, Better.HIGHER)
            out.add(measure)
            shown += [figure(measure.value), spread(measure)]
        memory = None
        if model.peak_resident_bytes and other.peak_resident_bytes:
            memory = model.peak_resident_bytes / other.peak_resident_bytes
            out.add(Measure(f"memory_share.{model.name}.{other.name}", memory, "x", Kind.RATIO))
        rows.append([model.name, *shown, figure(memory)])
    clips = [title for one in other.offline for title in (f"x at {one.name}", "spread")]
    out.tables.append(
        Table(f"Times faster than {other.name}, and part of its peak memory", ["engine", *clips, "memory x"], rows)
    )


def _shares(engine: str, one: Offline) -> list[Measure]:
    """Of all stages, at each repeat; what lies between the stages is a part of none."""
    shares = []
    for stage, title in _STAGES.items() if one.stages_s else ():
        values = [100 * spent / total for spent, total in zip(one.stages_s[stage], one.seconds, strict=True)]
        name = f"share.{engine}.{one.name}.{title}"
        shares.append(over_repeats(name, values, "%", Kind.TIME, better=Better.NEITHER))  # other cores, other shares
    return shares


def _megabytes(size_bytes: int | None) -> float | None:
    return None if size_bytes is None else size_bytes / _MEGABYTE
