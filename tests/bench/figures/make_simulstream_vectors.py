"""Makes `simulstream_vectors.json`: random histories of words, with what simulstream 1.0.0 (PyPI) makes of them.

    python -m tests.bench.figures.make_simulstream_vectors

Needs simulstream with its extra `eval`, which is no part of what is tested, so it is not among our extras. Its NE is
`simulstream.metrics.stats.NormalizedErasure`, its delays are those of `LogReader.final_outputs_and_latencies`, and its
LAAL is that of one sentence in `StreamLaal`. It reads a log of what was deleted and added from text to text.
"""

from __future__ import annotations

import json
import random
import tempfile
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_HISTORIES = 40
_SEED = 11


def _history(rng: random.Random) -> list[list[str]]:
    """Texts that grow, whose last words change now and then; the last one is not empty."""
    texts: list[list[str]] = []
    words: list[str] = []
    for _ in range(rng.randint(2, 9)):
        kept = words[: max(0, len(words) - rng.choice((0, 0, 0, 1, 1, 2, 5)))]
        words = [*kept, *(rng.choice("abcdefgh") for _ in range(rng.randint(0, 3)))]
        texts.append(words)
    return texts if words else [*texts, ["a"]]


def _log(texts: list[list[str]], times_s: list[float]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [{"id": 1, "metadata": {"wav_name": "clip.wav"}}]
    for (before, after), at_s in zip(pairwise([[], *texts]), times_s, strict=True):
        same = 0
        while same < min(len(before), len(after)) and before[same] == after[same]:
            same += 1
        lines.append(
            {
                "id": 1,
                "total_audio_processed": at_s,
                "computation_time": 0.0,
                "generated_tokens": after[same:],
                "deleted_tokens": before[same:],
            }
        )
    return lines


def _vector(rng: random.Random) -> dict[str, Any]:
    from simulstream.metrics.readers import LogReader  # type: ignore[import-not-found]
    from simulstream.metrics.scorers.latency.stream_laal import StreamLaal  # type: ignore[import-not-found]
    from simulstream.metrics.stats import NormalizedErasure  # type: ignore[import-not-found]

    texts = _history(rng)
    times_s = [round(0.3 * (index + 1) + 0.1 * rng.random(), 3) for index in range(len(texts))]
    audio_s, reference_words = round(times_s[-1] * rng.uniform(0.7, 1.1), 3), rng.randint(1, 12)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as log:
        log.write("\n".join(map(json.dumps, _log(texts, times_s))))
        log.flush()
        config = SimpleNamespace(detokenizer_type="simuleval", latency_unit="word")
        reader = LogReader(config, log.name, latency_unit="word")
        delays_s = reader.final_outputs_and_latencies()["clip"].ideal_delays
        return {
            "times_s": times_s,
            "texts": [" ".join(words) for words in texts],
            "audio_s": audio_s,
            "reference_words": reference_words,
            "normalised_erasure": NormalizedErasure().compute(reader),
            "delays_s": delays_s,
            "laal_s": StreamLaal._sentence_level_laal(delays_s, audio_s, reference_words),
        }


def main() -> None:
    """Write the vectors beside this file."""
    rng = random.Random(_SEED)
    lines = ",\n".join(json.dumps(_vector(rng)) for _ in range(_HISTORIES))
    Path(__file__).with_name("simulstream_vectors.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
