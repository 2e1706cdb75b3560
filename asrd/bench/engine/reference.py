"""The transformers port on PyTorch: the yardstick, with the same weights, clips and number of output tokens.

Run as a process of its own: `python -m asrd.bench.engine.reference REQUEST`, a JSON object (see
`ReferenceRequest`); the result is one JSON object on standard output.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from transformers import Qwen3ASRForConditionalGeneration
from transformers.models.qwen3_asr.feature_extraction_qwen3_asr import Qwen3ASRFeatureExtractor

from asrd.bench.engine.measuring import EngineResult, OfflineResult, bench_clip
from asrd.bench.host.memory import peak_resident_bytes, resident_bytes
from asrd.geometry import SAMPLE_RATE_HZ, rows_of
from asrd.values import Timing


@dataclass(frozen=True)
class ReferenceRequest:
    """What to measure: with the prompt of the other engine, and for each clip as many `tokens` as that one wrote."""

    checkpoint: str
    head: Sequence[int]
    suffix: Sequence[int]
    clips_s: Sequence[float]
    tokens: Sequence[int]
    dtype: str = "float32"
    repeats: int = 3
    threads: int = 0


def measure(request: ReferenceRequest) -> EngineResult:
    """Measure the checkpoint of `request`."""
    if request.threads:
        torch.set_num_threads(request.threads)
    result = EngineResult(name=f"transformers {request.dtype}")
    started = time.perf_counter()
    model = Qwen3ASRForConditionalGeneration.from_pretrained(request.checkpoint, dtype=getattr(torch, request.dtype))
    model.eval()
    result.load_s = time.perf_counter() - started
    for clip_s, tokens in zip(request.clips_s, request.tokens, strict=True):
        totals = [_recognise(model, request, bench_clip(clip_s), tokens) for _ in range(request.repeats)]
        middle = statistics.median(totals)
        result.offline.append(OfflineResult(clip_s, tokens, middle, min(totals), max(totals), Timing()))
        sys.stderr.write(f"{result.name}: clip of {clip_s:g} s\n")
    result.resident_bytes = resident_bytes()
    result.peak_resident_bytes = peak_resident_bytes()
    return result


@torch.no_grad()  # type: ignore[untyped-decorator]
def _recognise(model: Any, request: ReferenceRequest, samples: Any, tokens: int) -> float:
    """Seconds from samples to exactly `tokens` greedy tokens, the stop token counted."""
    started = time.perf_counter()
    extracted = Qwen3ASRFeatureExtractor()(
        samples, sampling_rate=SAMPLE_RATE_HZ, padding="longest", return_attention_mask=True
    )
    mask = extracted["attention_mask"]
    rows = [model.config.audio_token_id] * rows_of(int(mask.sum()))
    ids = torch.tensor([[*request.head, *rows, *request.suffix]])
    written = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        input_features=extracted["input_features"].to(model.dtype),
        input_features_mask=mask,
        do_sample=False,
        min_new_tokens=tokens,
        max_new_tokens=tokens,
    )
    seconds = time.perf_counter() - started
    if written.shape[1] - ids.shape[1] != tokens:
        raise RuntimeError(f"the reference wrote {written.shape[1] - ids.shape[1]} tokens instead of {tokens}")
    return seconds


def main() -> None:
    """Measure what the JSON object on the command line asks for."""
    sys.stdout.write(json.dumps(asdict(measure(ReferenceRequest(**json.loads(sys.argv[1]))))) + "\n")


if __name__ == "__main__":
    main()
