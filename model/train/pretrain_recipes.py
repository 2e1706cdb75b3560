"""Compares shapes of the decoder and terms of its rows by short trainings: `recipes.json` in the build folder."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Final

import torch

from model.train.decoder import DecoderShape
from model.train.pretrain import Schedule, Trainer, folder_of, measure, setting
from model.train.progress import say
from model.train.speech import BUILD

SHAPES: Final = {
    "192 x 4": DecoderShape(),
    "128 x 3": DecoderShape(hidden=128, layers=3, ffn=384),
    "256 x 4": DecoderShape(hidden=256, ffn=640),
    "192 x 4, rows without the previous token": DecoderShape(with_previous=False),
    "192 x 4, rows without the index": DecoderShape(with_index=False),
    "192 x 4, from random attention": DecoderShape(structured=False),
}
SCHEDULE: Final = Schedule(steps=80, warmup=20, whole=0.0)
_CHECKED: Final = 25


@dataclass(frozen=True)
class Recipe:
    """One short training: parameters in millions, processor minutes of the training, errors in percent at its end."""

    name: str
    parameters_m: float
    steps: int
    minutes: float
    last_loss: float
    wrong_tokens: dict[str, float]
    wrong_examples: dict[str, float]


def compare(name: str, shape: DecoderShape, schedule: Schedule, *, smoke: bool) -> Recipe:
    """Train one shape."""
    made = setting(smoke=smoke, shape=shape)
    decoder = made.decoder()
    trainer = Trainer(decoder, schedule, folder_of(f"recipes/{name}", smoke=smoke), bfloat16=not smoke)
    started = time.process_time()
    trainer.run(made.simulator(), check_every=schedule.steps)
    minutes = (time.process_time() - started) / 60
    decoder.eval()
    found = {sort: measure(decoder, examples) for sort, examples in made.checks(4 if smoke else _CHECKED).items()}
    return Recipe(
        name,
        round(sum(weight.numel() for weight in decoder.parameters()) / 1e6, 2),
        schedule.steps,
        round(minutes, 2),
        round(sum(trainer.losses[-20:]) / len(trainer.losses[-20:]), 4),
        {sort: round(100 * accuracy.token_error, 2) for sort, accuracy in found.items()},
        {sort: round(100 * accuracy.example_error, 1) for sort, accuracy in found.items()},
    )


def run(*, smoke: bool) -> None:
    """The stage: recipes that are not in `recipes.json` yet are trained and added."""
    torch.set_num_threads(1)
    path = (BUILD / "smoke" if smoke else BUILD) / "recipes.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    schedule = Schedule(steps=4, batch=4) if smoke else SCHEDULE
    for name, shape in SHAPES.items():
        if name not in {recipe["name"] for recipe in known}:
            known.append(asdict(compare(name, shape, schedule, smoke=smoke)))
            path.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
            say(f"recipes: {known[-1]}")
