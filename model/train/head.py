"""The speech head: a logistic regression that tells windows with speech from windows without.

Speech: stretches of the train-* sets, many with noise under them. No speech: one half of the noise clips (every other
clip of each set; the other half is never trained on), quiet stretches of the train-* sets, and synthetic noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asrd.geometry import HOP_SAMPLES, SAMPLE_RATE_HZ, WINDOW_FRAMES
from asrd.mel.spectrum import plain_log_mel
from asrd.source.file import read_audio
from model.train.parts import SpeechHead
from model.train.progress import Progress, say
from model.train.speech import BUILD, NOISE_SETS, Clip, read_set, readable
from model.train.window import FrontEnd, WindowReader

Array = NDArray[np.float32]

_WINDOW_SAMPLES: Final = WINDOW_FRAMES * HOP_SAMPLES
_SHORTEST_SAMPLES: Final = SAMPLE_RATE_HZ * 3 // 10
_QUIET_DB: Final = 35.0  # below a clip's loudest frames: counts as a pause
_SPEECH_FRAMES: Final = 25  # a stretch with fewer loud frames (10 ms) is not used as speech
_QUIET_FRAMES: Final = 40
COUNT: Final = 5000  # examples of either kind
BIAS: Final = 0.5  # in favour of speech: a lost word is worse than a false one
SPEECH_SETS: Final = ("train-accented", "train-read-us", "train-read-pseudo")


@dataclass(frozen=True, eq=False)
class Examples:
    """Pooled encoder outputs (n, 2 d) float32 and whether somebody speaks (n,) bool."""

    pooled: Array
    speaks: NDArray[np.bool_]


def training_noise() -> list[Clip]:
    """Every other clip of each noise set, without those that cannot be read."""
    return [clip for name in NOISE_SETS for clip in readable(read_set(name)[::2])]


def unseen_noise() -> list[Clip]:
    """The others."""
    return [clip for name in NOISE_SETS for clip in readable(read_set(name)[1::2])]


def make_examples(reader: WindowReader, cache: Path, *, count: int, seed: int = 0) -> Examples:
    """So many examples of speech, and as many without; kept in `cache`, where an interrupted run goes on."""
    front = FrontEnd()
    pooled: list[Array] = []
    speaks: list[bool] = []
    if cache.is_file():
        with np.load(cache) as kept:
            pooled, speaks = list(kept["pooled"]), kept["speaks"].tolist()
    done = len(pooled)
    progress = Progress("windows for the speech head", 2 * count, done)
    for index, (samples, is_speech) in enumerate(_stretches(count, seed, skip=done), done):
        pooled.append(reader.read(front.windows(plain_log_mel(samples))[0]).pooled())
        speaks.append(is_speech)
        if len(pooled) % 100 == 0 or len(pooled) == 2 * count:
            np.savez(cache, pooled=np.stack(pooled), speaks=np.array(speaks))
            progress.tell(index + 1)
    return Examples(np.stack(pooled[: 2 * count]), np.array(speaks[: 2 * count]))


def _stretches(count: int, seed: int, skip: int) -> Iterator[tuple[Array, bool]]:
    """Audio of at most 8 s, and whether somebody speaks in it: each has its own seed, so any can be made alone."""
    speech = [clip for name in SPEECH_SETS for clip in read_set(name)]
    noise = training_noise()
    for index in range(skip, 2 * count):
        rng = np.random.default_rng((seed, index))
        make = _speech if index % 2 == 0 else _no_speech
        yield make(rng, speech, noise), index % 2 == 0


def _speech(rng: np.random.Generator, speech: list[Clip], noise: list[Clip]) -> Array:
    while True:
        samples = _cut(rng, _load(speech[rng.integers(len(speech))]))
        if _loud_frames(samples) >= _SPEECH_FRAMES:
            break
    if rng.random() < 0.5:
        under = _fit(rng, _load(noise[rng.integers(len(noise))]), len(samples))
        samples = samples + under * _gain(samples, under, rng.uniform(0.0, 25.0))
    if rng.random() < 0.3:
        samples = np.concatenate([np.zeros(rng.integers(8000), np.float32), samples])[:_WINDOW_SAMPLES]
    return _scaled(rng, samples)


def _no_speech(rng: np.random.Generator, speech: list[Clip], noise: list[Clip]) -> Array:
    kind = rng.random()
    if kind < 0.6:
        samples = _cut(rng, _load(noise[rng.integers(len(noise))]))
        if rng.random() < 0.3:
            other = _fit(rng, _load(noise[rng.integers(len(noise))]), len(samples))
            samples = samples + other * _gain(samples, other, rng.uniform(-10.0, 10.0))
        return _scaled(rng, samples)
    if kind < 0.8:
        for _ in range(20):
            quiet = _quiet_stretch(_load(speech[rng.integers(len(speech))]))
            if quiet is not None:
                return quiet
    return _scaled(rng, _synthetic(rng))


def _synthetic(rng: np.random.Generator) -> Array:
    """Noise of a random slope with a random hum, clicks and a random level: 0.3 to 8 s."""
    count = int(rng.integers(_SHORTEST_SAMPLES, _WINDOW_SAMPLES))
    spectrum = np.fft.rfft(rng.normal(size=count))
    slope = rng.uniform(0.0, 1.2)
    spectrum *= np.maximum(np.arange(len(spectrum)), 1) ** -slope
    samples = np.fft.irfft(spectrum, count)
    samples /= samples.std() + 1e-9
    seconds = np.arange(count) / SAMPLE_RATE_HZ
    if rng.random() < 0.4:
        pitch_hz = rng.choice([50.0, 60.0, 100.0, 120.0, rng.uniform(200.0, 3000.0)])
        samples += rng.uniform(0.1, 5.0) * np.sin(2 * np.pi * pitch_hz * seconds)
    for start in rng.integers(0, count, rng.integers(0, 12)) if rng.random() < 0.4 else ():
        click = np.exp(-np.arange(min(800, count - start)) / rng.uniform(5.0, 200.0))
        samples[start : start + len(click)] += rng.uniform(5.0, 60.0) * rng.normal() * click
    return np.asarray(samples * 0.02, np.float32)


def _load(clip: Clip) -> Array:
    return read_audio(clip.path).samples


def _cut(rng: np.random.Generator, samples: Array) -> Array:
    length = int(rng.integers(_SHORTEST_SAMPLES, _WINDOW_SAMPLES + 1)) if rng.random() < 0.6 else _WINDOW_SAMPLES
    start = int(rng.integers(0, max(1, len(samples) - length)))
    return samples[start : start + length]


def _fit(rng: np.random.Generator, samples: Array, length: int) -> Array:
    repeated = np.tile(samples, -(-length // len(samples)) + 1)
    start = int(rng.integers(0, len(repeated) - length + 1))
    return repeated[start : start + length]


def _gain(signal: Array, noise: Array, ratio_db: float) -> float:
    powers = np.mean(signal**2) / (np.mean(noise**2) + 1e-12)
    return float(np.sqrt(powers / 10 ** (ratio_db / 10)))


def _scaled(rng: np.random.Generator, samples: Array) -> Array:
    """With a random level: peak between -40 and 0 dB of full scale."""
    peak = np.abs(samples).max() + 1e-9
    return np.asarray(samples / peak * 10 ** rng.uniform(-2.0, 0.0), np.float32)


def _levels_db(samples: Array) -> Array:
    frames = samples[: len(samples) // HOP_SAMPLES * HOP_SAMPLES].reshape(-1, HOP_SAMPLES)
    levels: Array = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    return levels


def _loud_frames(samples: Array) -> int:
    levels = _levels_db(samples)
    return int((levels > max(np.percentile(levels, 98) - 25.0, -60.0)).sum())


def _quiet_stretch(samples: Array) -> Array | None:
    """The longest pause of a clip, or None if it has none of 0.4 s."""
    levels = _levels_db(samples)
    edges = np.flatnonzero(np.diff(np.r_[0, levels < np.percentile(levels, 98) - _QUIET_DB, 0]))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return None
    longest = int(np.argmax(ends - starts))
    # A little away from the speech on both sides.
    start, end = starts[longest] + 5, ends[longest] - 5
    if end - start < _QUIET_FRAMES:
        return None
    return samples[start * HOP_SAMPLES : end * HOP_SAMPLES][:_WINDOW_SAMPLES]


def train_head(examples: Examples, *, steps: int = 2000, decay: float = 1e-2, bias: float = 0.0) -> SpeechHead:
    """Logistic regression by gradient descent on standardised features.

    `bias` is added at the end: above 0 it takes more windows for speech.
    """
    mean, scale = examples.pooled.mean(axis=0), examples.pooled.std(axis=0) + 1e-3
    x = ((examples.pooled - mean) / scale).astype(np.float64)
    target = examples.speaks.astype(np.float64)
    weight, offset = np.zeros(x.shape[1]), 0.0
    velocity, offset_velocity = np.zeros_like(weight), 0.0
    rate = 0.5 / (np.linalg.norm(x, 2) ** 2 / len(x) / 4 + decay)
    for _ in range(steps):
        error = 1 / (1 + np.exp(-(x @ weight + offset))) - target
        velocity = 0.9 * velocity - rate * (x.T @ error / len(x) + decay * weight)
        offset_velocity = 0.9 * offset_velocity - rate * error.mean()
        weight, offset = weight + velocity, offset + offset_velocity
    final = (weight / scale).astype(np.float32)
    return SpeechHead(final, float(offset - mean @ final) + bias)


def logits(head: SpeechHead, pooled: Array) -> Array:
    """(n,) of pooled outputs (n, 2 d); above 0: speech."""
    values: Array = pooled @ head.weight + np.float32(head.bias)
    return values


def run(*, smoke: bool) -> None:
    """The stage: `head.npz` in the build folder; `smoke` learns two clouds of points."""
    if smoke:
        rng = np.random.default_rng(0)
        speaks = rng.random(200) < 0.5
        cloud = rng.normal(size=(200, 32)).astype(np.float32) + speaks[:, None]
        found = logits(train_head(Examples(cloud, speaks), steps=200), cloud) > 0
        if (found == speaks).mean() < 0.9:
            raise ValueError("the speech head does not learn")
        return
    from model.train.assemble import HEAD, Choice, window_reader
    from model.train.export import save_head

    reader = window_reader(Choice(), with_text=False)
    examples = make_examples(reader, BUILD / "head-examples.npz", count=COUNT)
    head = train_head(examples, bias=BIAS)
    wrong = (logits(head, examples.pooled) > 0) != examples.speaks
    save_head(head, HEAD)
    say(f"speech head: {wrong.sum()} of {len(wrong)} training windows wrong")
