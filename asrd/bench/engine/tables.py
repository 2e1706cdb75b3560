"""Tables of a bench, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asrd.bench.outcome.text import table
from asrd.geometry import FRAMES_PER_S
from asrd.values import Work

_MIB = 2**20


def offline_table(results: Sequence[Mapping[str, Any]]) -> str:
    """One row per engine and clip: seconds, real-time factor, share of each stage."""
    rows = []
    for result in results:
        for clip in result["offline"]:
            timing, total = clip["timing"], clip["total_s"]
            stages = [timing[stage] for stage in ("mel_s", "encode_s", "prefill_s", "decode_s")]
            shares = [f"{100 * stage / total:.0f} %" if any(stages) else "-" for stage in stages]
            rows.append(
                [
                    result["label"],
                    f"{clip['clip_s']:g}",
                    str(clip["tokens"]),
                    f"{total:.2f}",
                    f"{clip['least_s']:.2f}-{clip['most_s']:.2f}",
                    f"{total / clip['clip_s']:.3f}",
                    *shares,
                ]
            )
    header = ["engine", "clip s", "tokens", "median s", "spread s", "RTF", "mel", "encoder", "prefill", "decode"]
    return table(header, rows)


def memory_table(results: Sequence[Mapping[str, Any]]) -> str:
    """One row per engine: load time and memory."""
    rows = [
        [
            result["label"],
            f"{result['load_s']:.2f}",
            f"{result['resident_bytes'] / _MIB:.0f}",
            f"{result['peak_resident_bytes'] / _MIB:.0f}",
        ]
        for result in results
    ]
    return table(["engine", "load s", "resident MiB", "peak MiB"], rows)


def growing_table(results: Sequence[Mapping[str, Any]]) -> str:
    """One row per engine and growing utterance: pass times, and counters per second of audio."""
    rows = []
    for result in results:
        for grown in result["growing"]:
            work, seconds = Work(**grown["work"]), grown["clip_s"]
            passes = sorted(grown["pass_ms"])
            kept = f"{100 * work.draft_kept / work.draft_offered:.0f} %" if work.draft_offered else "-"
            rows.append(
                [
                    result["label"],
                    f"{seconds:g}",
                    f"{_quantile(passes, 0.5):.0f}",
                    f"{_quantile(passes, 0.95):.0f}",
                    f"{work.mel_frames / seconds / FRAMES_PER_S:.2f}",
                    f"{work.front_chunks / seconds:.1f}",
                    f"{work.back_rows / seconds:.0f}",
                    f"{work.decoder_positions / seconds:.0f}",
                    str(grown["most_positions"]),
                    kept,
                    str(work.replays),
                    "yes" if grown["final_equals_offline"] else "NO",
                ]
            )
    header = ["engine", "utterance s", "pass ms p50", "p95", "mel x", "chunks/s", "rows/s", "positions/s"]
    return table([*header, "most in a pass", "drafts kept", "replays", "final = offline"], rows)


def ratio_table(results: Sequence[Mapping[str, Any]], reference: Mapping[str, Any]) -> str:
    """How many times faster than `reference`, and with which part of its memory, in the same run."""
    rows = []
    for result in results:
        speed = [
            f"{theirs['total_s'] / ours['total_s']:.2f}"
            for ours, theirs in zip(result["offline"], reference["offline"], strict=True)
        ]
        memory = f"{result['peak_resident_bytes'] / reference['peak_resident_bytes']:.2f}"
        rows.append([result["label"], *speed, memory])
    clips = [f"speed x at {clip['clip_s']:g} s" for clip in reference["offline"]]
    return f"Against {reference['label']}:\n\n" + table(["engine", *clips, "peak memory x"], rows)


def _quantile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]
