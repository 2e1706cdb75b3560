"""The transformers port on PyTorch: the yardstick, with the same weights, clips and number of output tokens.

Run as a process of its own: `python -m asrd.bench.engine.reference` (see `apart`).
"""

from __future__ import annotations

import time
from typing import Any

import torch
from transformers import Qwen3ASRForConditionalGeneration
from transformers.models.qwen3_asr.feature_extraction_qwen3_asr import Qwen3ASRFeatureExtractor

from asrd.bench.engine.apart import Progress, serve
from asrd.bench.engine.audio import FloatArray, made_clips
from asrd.bench.engine.values import Measured, Offline, ReferenceRequest
from asrd.bench.host.memory import peak_resident_bytes, resident_bytes
from asrd.geometry import SAMPLE_RATE_HZ, rows_of, seconds_of


def measure(request: ReferenceRequest, progress: Progress) -> Measured:
    """Measure the checkpoint of `request`."""
    if request.threads:
        torch.set_num_threads(request.threads)
    started = time.perf_counter()
    model = Qwen3ASRForConditionalGeneration.from_pretrained(request.checkpoint, dtype=getattr(torch, request.dtype))
    model.eval()
    for samples in made_clips([1.0])[0].read():
        _recognise(model, request, samples, 1)
    result = Measured(f"transformers-{request.dtype}", load_s=time.perf_counter() - started)
    for clips, tokens in zip(request.clips, request.tokens, strict=True):
        audio = clips.read()
        seconds = [
            sum(_recognise(model, request, samples, count) for samples, count in zip(audio, tokens, strict=True))
            for _ in range(request.repeats)
        ]
        result.offline.append(Offline(clips.name, seconds_of(sum(map(len, audio))), seconds, tokens=tokens))
        progress(f"{result.name}: {clips.name}")
    result.resident_bytes = resident_bytes()
    result.peak_resident_bytes = peak_resident_bytes()
    return result


@torch.no_grad()  # type: ignore[untyped-decorator]
def _recognise(model: Any, request: ReferenceRequest, samples: FloatArray, tokens: int) -> float:
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


if __name__ == "__main__":
    serve(ReferenceRequest, measure)
