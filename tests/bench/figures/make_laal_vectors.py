"""Makes `laal_vectors.json`: random delays, with what SimulEval 1.1.4 (PyPI) makes of them.

    python -m tests.bench.figures.make_laal_vectors

Needs simuleval, which is no part of what is tested, so it is not among our extras.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

_SEED = 0
_CLIPS = 24
_LATE_EVERY = 8  # of so many clips, one gets its first word after its end
_MS = 1000.0


def _vector(rng: random.Random, number: int) -> dict[str, Any]:
    from simuleval.evaluator.scorers.latency_scorer import LAALScorer  # type: ignore[import-not-found]

    audio_s = round(rng.uniform(1.0, 10.0), 2)
    earliest_s = 0.0 if number % _LATE_EVERY else 1.01 * audio_s
    delays_s = sorted(round(rng.uniform(earliest_s, 1.2 * audio_s), 2) for _ in range(rng.randint(1, 12)))
    words = rng.randint(1, 14)
    scorer = LAALScorer.__new__(LAALScorer)
    scorer.get_delays_lengths = lambda _: ([_MS * delay for delay in delays_s], _MS * audio_s, words)
    lag_s = round(scorer.compute(None) / _MS, 9)
    return {"delays_s": delays_s, "audio_s": audio_s, "reference_words": words, "laal_s": lag_s}


def main() -> None:
    """Write the vectors beside this file."""
    rng = random.Random(_SEED)
    lines = ",\n".join(json.dumps(_vector(rng, number)) for number in range(_CLIPS))
    Path(__file__).with_name("laal_vectors.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
