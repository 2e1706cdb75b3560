"""The transformers port on PyTorch: the yardstick, with the same weights, clips and number of output tokens.

Run as a process of its own: `python -m asrd.bench.reference REQUEST`, a JSON object (see `ReferenceRequest`); the
result is one JSON object on standard output.
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

from asrd.bench.engine import EngineResult, OfflineResult, bench_clip
from asrd.bench.memory import peak_resident_bytes, resident_bytes
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.values import Timing

_HEAD = (151644, 8948, 198, 151645, 198, 151644, 872, 198, 151669)
_AUDIO = 151676
_SUFFIX = (151670, 151645, 198, 151644, 77091, 198)


@dataclass(frozen=True)
class ReferenceRequest:
    """What to measure: `tokens` says for each clip how many are written, as the other engine wrote."""

    checkpoint: str
    clips_s: Sequence[float]
    tokens: Sequence[int]
    dtype: str = "float32"
    repeats: int = 3
    threads: int = 0


def measure(request: ReferenceRequest) -> EngineResult:
    """Measure the checkpoint of `request` with published token ids."""
    if request.threads:
        torch.set_num_threads(request.threads)
    result = EngineResult(name=f"transformers {request.dtype}")
    started = time.perf_counter()
    model = Qwen3ASRForConditionalGeneration.from_pretrained(request.checkpoint, dtype=getattr(torch, request.dtype))
    model.eval()
    result.load_s = time.perf_counter() - started
    for clip_s, tokens in zip(request.clips_s, request.tokens, strict=True):
        totals = [_recognise(model, bench_clip(clip_s), tokens) for _ in range(request.repeats)]
        middle = statistics.median(totals)
        result.offline.append(OfflineResult(clip_s, tokens, middle, min(totals), max(totals), Timing()))
        sys.stderr.write(f"{result.name}: clip of {clip_s:g} s\n")
    result.resident_bytes = resident_bytes()
    result.peak_resident_bytes = peak_resident_bytes()
    return result


@torch.no_grad()  # type: ignore[untyped-decorator]
def _recognise(model: Any, samples: Any, tokens: int) -> float:
    """Seconds from samples to exactly `tokens` greedy tokens, the stop token counted."""
    started = time.perf_counter()
    extracted = Qwen3ASRFeatureExtractor()(
        samples, sampling_rate=SAMPLE_RATE_HZ, padding="longest", return_attention_mask=True
    )
    mask = extracted["attention_mask"]
    frames = int(mask.sum())
    rows = 13 * (frames // 100) + -(-(frames % 100) // 8)
    ids = torch.tensor([[*_HEAD, *[_AUDIO] * rows, *_SUFFIX]])
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
