"""Writes `golden.npz`: the transformers port run in float32 on the tiny random model and on synthetic clips.

Run it from the repository root, after a change of the random model or of the clips, and commit the file:

    python -m tests.golden.make_golden

It needs torch and transformers (extra `export`) and takes some minutes. For each length it takes the first seed whose
greedy choices are clear: the best logit is at least 1 % above the second at every step, so that a comparison with
another implementation is not about rounding. Where none of the tried seeds is, it takes the clearest. Clips whose text
is a run of one token are passed over.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import Qwen3ASRFeatureExtractor, Qwen3ASRForConditionalGeneration

from asrd.bench.sets.made import SAMPLE_RATE, ClipSpec, make_clip
from asrd.convert.checkpoint import Checkpoint
from asrd.convert.tokenizer import Vocabulary, read_vocabulary
from tests.golden.data import MAX_NEW_TOKENS, Golden, GoldenClip, load_golden, make_golden_checkpoint, save_golden

_TRIES = 40
_CLEAR_MARGIN = 0.01
_LOGIT_COUNT = 64
_FEWEST_TOKENS = 4
# Around every border (0.5 s padding, convolution stride, chunk, window) and between them; 0.2 to 40 s.
_SAMPLES = (
    *(3200, 4801, 7999, 8000, 8001, 8160, 9120, 11200, 14400, 15840, 15999, 16000, 16001, 16159, 16160, 17440, 20000),
    *(24000, 27777, 31999, 32000, 32160, 40000, 47999, 48000, 52345, 64000, 72001, 80000, 88888, 96000, 111111),
    *(127840, 127999, 128000, 128160, 129280, 144000, 160000, 176543, 192000, 223456, 240000, 255999, 256000, 256160),
    *(272000, 320000, 345678, 384000, 400160, 480000, 543210, 640000),
)


@dataclass(frozen=True)
class _Reference:
    model: Any
    extractor: Any
    vocabulary: Vocabulary
    logit_ids: NDArray[np.int32]

    def prompt(self, rows: int) -> list[int]:
        ids = self.vocabulary.id_of
        start, end, newline = ids("<|im_start|>"), ids("<|im_end|>"), ids("Ċ")
        head = [start, ids("system"), newline, end, newline, start, ids("user"), newline, ids("<|audio_start|>")]
        suffix = [ids("<|audio_end|>"), end, newline, start, ids("assistant"), newline]
        return [*head, *[ids("<|audio_pad|>")] * rows, *suffix]

    def features(self, spec: ClipSpec) -> tuple[torch.Tensor, torch.Tensor]:
        found = self.extractor(
            make_clip(spec), sampling_rate=SAMPLE_RATE, padding="longest", return_attention_mask=True
        )
        return found["input_features"], found["attention_mask"]

    def try_clip(self, spec: ClipSpec, at_least: float) -> GoldenClip | None:
        """The clip's golden vectors, or None as soon as one margin is no more than `at_least`."""
        features, mask = self.features(spec)
        rows = self.model.get_audio_features(features, mask).pooler_output
        ids = torch.tensor([self.prompt(len(rows))])
        output = self.model(input_ids=ids, input_features=features, input_features_mask=mask, use_cache=True)
        first = output.logits[0, -1]
        stop = {self.vocabulary.id_of(token) for token in ("<|im_end|>", "<|endoftext|>")}
        tokens: list[int] = []
        margin = np.inf
        while len(tokens) < MAX_NEW_TOKENS and not (tokens and tokens[-1] in stop):
            if tokens:
                last = torch.tensor([tokens[-1:]])
                output = self.model(input_ids=last, past_key_values=output.past_key_values, use_cache=True)
            best = output.logits[0, -1].topk(2)
            tokens.append(int(best.indices[0]))
            margin = min(margin, float((best.values[0] - best.values[1]) / best.values[0].abs()))
            if margin <= at_least:
                return None
        if len(set(tokens)) < min(_FEWEST_TOKENS, len(tokens)):
            return None
        return GoldenClip(
            spec=spec,
            frames=int(mask.sum()),
            rows=len(rows),
            first_row=rows[0].numpy(),
            middle_row=rows[len(rows) // 2].numpy(),
            last_row=rows[-1].numpy(),
            mean_abs=float(rows.abs().mean()),
            logits=first[torch.from_numpy(self.logit_ids.astype(np.int64))].numpy(),
            tokens=tuple(tokens),
            margin=margin,
        )

    def clearest(self, index: int, samples: int) -> GoldenClip:
        best: GoldenClip | None = None
        for attempt in range(_TRIES):
            spec = ClipSpec(1000 * index + attempt, samples)
            found = self.try_clip(spec, best.margin if best else -1.0)
            best = found or best
            if best and best.margin >= _CLEAR_MARGIN:
                break
        assert best is not None
        return best


def _reference(checkpoint_dir: Path) -> _Reference:
    with Checkpoint(checkpoint_dir) as checkpoint:
        rows = checkpoint.config.decoder.vocab_size
    return _Reference(
        model=Qwen3ASRForConditionalGeneration.from_pretrained(checkpoint_dir, dtype=torch.float32).eval(),
        extractor=Qwen3ASRFeatureExtractor(),
        vocabulary=read_vocabulary(checkpoint_dir, rows),
        logit_ids=np.linspace(0, rows - 1, _LOGIT_COUNT).astype(np.int32),
    )


def compute(checkpoint_dir: Path, specs: Sequence[ClipSpec]) -> list[GoldenClip]:
    """What the transformers port gives now for the clips of `specs`."""
    reference = _reference(checkpoint_dir)
    with torch.no_grad():
        found = [reference.try_clip(spec, -1.0) for spec in specs]
    return [clip for clip in found if clip is not None]


def main() -> None:
    """Make the model, choose the clips, store the vectors."""
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "tiny"
        make_golden_checkpoint(folder)
        weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
        reference = _reference(folder)
        with torch.no_grad():
            clips = tuple(reference.clearest(index, samples) for index, samples in enumerate(_SAMPLES))
    golden = Golden(clips, reference.logit_ids, weights)
    save_golden(golden)
    stored = load_golden()
    assert [clip.tokens for clip in stored.clips] == [clip.tokens for clip in clips]


if __name__ == "__main__":
    main()
