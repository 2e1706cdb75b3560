"""Trains the decoder on simulated window hypotheses: batches, the loop with its checkpoints, and held-out checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from asrd.geometry import WINDOW_ROWS
from model.train.decoder import Decoder, DecoderShape
from model.train.progress import say
from model.train.simulate import Example, Pieces, Simulator
from model.train.speech import BUILD, SPEECH
from model.train.vocabulary import WINDOW, NanoVocabulary, WhisperTokenizer, load_vocabulary, read_sentences, read_texts
from model.train.vocabulary_smoke import SENTENCES, smoke_vocabulary

SHAPE: Final = DecoderShape()
CHECKPOINT: Final = "checkpoint.pt"
_LAST: Final = 0.05
_GENTLE: Final = 0.1  # learning rate of what was structured, against that of the rest: the structure is to stay
SEED: Final = 1
_CHECK_SEED: Final = 99
_CHECKED: Final = 25  # examples of each sort
_HELD_OUT: Final = 2000  # texts
_TEST_SENTENCES: Final = slice(7, 54_007, 900)  # spoken in the synthetic test set; see `synthetic`
_PLAIN, _ROW, _BLANK, _NONE = range(4)
_DRAWN_BATCHES: Final = 4  # batches drawn at once and sorted by length, so that little is padded


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        steps: batches in all.
        batch: examples in a batch.
        rate: highest learning rate of Adam (Kingma and Ba, 2015); it rises over `warmup` steps and falls to a
            twentieth along a cosine.
        warmup: steps.
        blank_rows: at most so many blank rows after a window's tokens, to save time.
        whole: share of the steps with all rows, as in the recognizer, and of the last ones.
        seed: of the examples.
    """

    steps: int
    batch: int = 16
    rate: float = 1.5e-3
    warmup: int = 60
    blank_rows: int = 2
    whole: float = 0.3
    seed: int = 1

    def rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        rising = min(1.0, (step + 1) / self.warmup)
        falling = 0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * min(1.0, step / self.steps)))
        return float(self.rate * rising * falling)

    def blanks_at(self, step: int) -> int:
        """Blank rows of a step."""
        is_whole = np.random.default_rng((self.seed, step)).random() < self.whole
        return WINDOW_ROWS if is_whole or step >= (1 - _LAST) * self.steps else self.blank_rows


SCHEDULE: Final = Schedule(steps=200, warmup=20, whole=0.15)


@dataclass(frozen=True)
class Batch:
    """Examples of one length after padding: all (N, T) int64; see `Decoder.embed`.

    `targets` is -100 where nothing is to be predicted.
    """

    tokens: Tensor
    previous: Tensor
    index: Tensor
    rest: Tensor
    kind: Tensor
    positions: Tensor
    targets: Tensor


class Source(Protocol):
    """Gives the examples of a step: the same ones every time."""

    def examples(self, step: int, count: int) -> list[Example]:
        """`count` examples."""


def columns(example: Example, window_id: int, blank_rows: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """One example as (7, T) int64, in the order of the fields of `Batch`."""
    parts = [_plain(example.head)]
    start = len(example.head)
    for window, count in example.windows:
        rows = _rows(window, count, window_id)[:, : (len(window) + 1 if window else 1) + blank_rows]
        rows[5] += start
        parts.append(rows)
        start += count
    output = _plain((*example.suffix, *example.output[:-1]))
    output[5] += start
    output[6, len(example.suffix) - 1 :] = example.output
    parts.append(output)
    return np.concatenate(parts, axis=1)


def _plain(ids: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    part = np.zeros((7, len(ids)), np.int64)
    part[0] = ids
    part[5] = np.arange(len(ids))
    part[6] = -100
    return part


def _rows(window: Sequence[int] | None, count: int, window_id: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    part = _plain([0] * count)
    part[4] = _BLANK if window else _NONE
    if window:
        length = len(window) + 1
        part[0, :length] = [*window, window_id]
        part[1, :length] = [window_id, *window]
        part[2, :length] = np.arange(length)
        part[3, :length] = np.arange(length)[::-1]
        part[4, :length] = _ROW
    return part


def make_batch(examples: Iterable[Example], window_id: int, blank_rows: int = WINDOW_ROWS) -> Batch:
    """Pad at the end, which nothing before can see."""
    parts = [columns(example, window_id, blank_rows) for example in examples]
    longest = max(part.shape[1] for part in parts)
    padded = np.zeros((7, len(parts), longest), np.int64)
    padded[6] = -100
    for place, part in enumerate(parts):
        padded[:, place, : part.shape[1]] = part
    return Batch(*torch.from_numpy(padded).unbind(0))


def predictions(decoder: Decoder, batch: Batch) -> tuple[Tensor, Tensor]:
    """Logits (M, V) and targets (M,) of all positions that predict something."""
    x = decoder.embed(batch.tokens, batch.previous, batch.index, batch.rest, batch.kind)
    hidden = decoder(x, batch.positions)
    wanted = batch.targets != -100
    return decoder.logits(hidden[wanted]), batch.targets[wanted]


def loss_of(decoder: Decoder, batch: Batch, *, bfloat16: bool) -> Tensor:
    """Mean cross-entropy in nats for a token of the output."""
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        logits, targets = predictions(decoder, batch)
    return functional.cross_entropy(logits.float(), targets)


@dataclass(frozen=True)
class Accuracy:
    """What a decoder that is told the right text so far predicts wrongly.

    If it predicts a whole output rightly, greedy decoding writes exactly that.
    """

    examples: int
    wrong_examples: int
    tokens: int
    wrong_tokens: int

    @property
    def token_error(self) -> float:
        """Share of the tokens."""
        return self.wrong_tokens / max(1, self.tokens)

    @property
    def example_error(self) -> float:
        """Share of the examples with a wrong token."""
        return self.wrong_examples / max(1, self.examples)


def measure(decoder: Decoder, examples: Sequence[Example], *, batch: int = 16) -> Accuracy:
    """Accuracy with all rows."""
    ordered = sorted(examples, key=_length)
    wrong_examples = tokens = wrong_tokens = 0
    for start in range(0, len(ordered), batch):
        part = make_batch(ordered[start : start + batch], decoder.shape.window_id)
        with torch.no_grad():
            logits, targets = predictions(decoder, part)
        wrong = logits.argmax(dim=-1) != targets
        owner = (part.targets != -100).nonzero()[:, 0]
        wrong_examples += len(owner[wrong].unique())
        tokens += len(targets)
        wrong_tokens += int(wrong.sum())
    return Accuracy(len(ordered), wrong_examples, tokens, wrong_tokens)


def _length(example: Example) -> int:
    return sum(len(window or ()) for window, _ in example.windows) + len(example.output)


class Trainer:
    """A decoder with its optimiser; owns the checkpoint `folder`/checkpoint.pt."""

    def __init__(self, decoder: Decoder, schedule: Schedule, folder: Path, *, bfloat16: bool = True) -> None:
        self.decoder = decoder
        self.schedule = schedule
        self.step = 0
        self.losses: list[float] = []
        self.seconds = 0.0
        self._bfloat16 = bfloat16
        self._path = folder / CHECKPOINT
        kept = ("layers.0.", "layers.1.", "embed_tokens", "previous", "index", "rest", "blank", "none")
        named = list(decoder.named_parameters())
        gentle = [weight for name, weight in named if decoder.shape.structured and name.startswith(kept)]
        free = [weight for name, weight in named if not (decoder.shape.structured and name.startswith(kept))]
        groups = [{"params": free, "share": 1.0}, {"params": gentle, "share": _GENTLE}]
        groups = [group for group in groups if group["params"]]
        self._optimiser = torch.optim.AdamW(groups, lr=schedule.rate, betas=(0.9, 0.98), weight_decay=0.0)

    def resume(self) -> bool:
        """Go on from the checkpoint if there is one of this decoder and schedule."""
        if not self._path.exists():
            return False
        state = torch.load(self._path, weights_only=True)
        if state["shape"] != asdict(self.decoder.shape) or state["schedule"] != asdict(self.schedule):
            return False
        self.decoder.load_state_dict(state["decoder"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self.losses, self.seconds = state["step"], state["losses"], state["seconds"]
        return True

    def save(self) -> None:
        """Write the checkpoint; the one before stays until the new one is whole."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "shape": asdict(self.decoder.shape),
            "schedule": asdict(self.schedule),
            "decoder": self.decoder.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "losses": self.losses,
            "seconds": self.seconds,
        }
        new = self._path.with_suffix(".new")
        torch.save(state, new)
        new.replace(self._path)

    def run(
        self,
        source: Source,
        *,
        check: Callable[[Decoder], str] = lambda _decoder: "",
        check_every: int = 500,
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        """Train to the end of the schedule, or `until` says stop; progress goes to stderr."""
        self.decoder.train()
        for batch in self._batches(source):
            started = time.monotonic()
            for group in self._optimiser.param_groups:
                group["lr"] = group["share"] * self.schedule.rate_at(self.step)
            loss = loss_of(self.decoder, batch, bfloat16=self._bfloat16)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
            self._optimiser.step()
            self.losses.append(float(loss.detach()))
            self.step += 1
            self.seconds += time.monotonic() - started
            if self.step % 50 == 0:
                self._report()
            if self.step % check_every == 0 or self.step == self.schedule.steps:
                self.save()
                _say(f"step {self.step}: {check(self.decoder)}")
            if until():
                self.save()
                return

    def _batches(self, source: Source) -> Iterator[Batch]:
        """The rest of the schedule's batches, drawn a few at a time and sorted by length."""
        size = self.schedule.batch
        while self.step < self.schedule.steps:
            draw = self.step // _DRAWN_BATCHES
            examples = sorted(source.examples(draw, size * _DRAWN_BATCHES), key=_length)
            order = np.random.default_rng((self.schedule.seed, draw)).permutation(_DRAWN_BATCHES)
            for place in order[self.step % _DRAWN_BATCHES :]:
                part = examples[place * size : (place + 1) * size]
                yield make_batch(part, self.decoder.shape.window_id, self.schedule.blanks_at(self.step))

    def _report(self) -> None:
        left_s = self.seconds / self.step * (self.schedule.steps - self.step)
        recent = float(np.mean(self.losses[-50:]))
        _say(f"step {self.step} of {self.schedule.steps}, loss {recent:.4f}, {left_s / 60:.1f} min left")


def load_decoder(path: Path) -> Decoder:
    """The decoder of a checkpoint."""
    state = torch.load(path, weights_only=True)
    decoder = Decoder(DecoderShape(**state["shape"]))
    decoder.load_state_dict(state["decoder"])
    decoder.eval()
    return decoder


@dataclass(frozen=True)
class Setting:
    """What a decoder's training begins with: how words become ids, the texts, and the shape."""

    pieces: Pieces
    texts: tuple[str, ...]
    held_out: tuple[str, ...]
    shape: DecoderShape

    def decoder(self) -> Decoder:
        """A new decoder."""
        return Decoder(self.shape)

    def simulator(self) -> Simulator:
        """Of the training texts."""
        return Simulator([self.pieces], self.texts, SEED)

    def checks(self, count: int = _CHECKED) -> dict[str, list[Example]]:
        """Examples of held-out texts: one window by length, and several windows."""
        examples = Simulator([self.pieces], self.held_out, _CHECK_SEED).examples(0, 40 * count)
        one = [example for example in examples if len(example.windows) == 1]
        sorts = {
            "one window, up to 12 tokens": [e for e in one if len(e.output) <= 12],
            "one window, up to 30 tokens": [e for e in one if 12 < len(e.output) <= 30],
            "one window, longer": [e for e in one if len(e.output) > 30],
            "several windows": [e for e in examples if len(e.windows) > 1],
        }
        return {name: sort[:count] for name, sort in sorts.items()}


def setting(*, smoke: bool = False, shape: DecoderShape | None = None) -> Setting:
    """The setting of nano, or a tiny one that needs no downloads.

    Raises:
        FileNotFoundError: an earlier stage has not been run.
    """
    if smoke:
        pieces = Pieces(*smoke_vocabulary(BUILD / "smoke" / "tokenizers"))
        small = shape or DecoderShape(hidden=128, layers=2, heads=6, head_dim=32, ffn=96)
        return Setting(pieces, SENTENCES, SENTENCES, _fitting(small, pieces.vocabulary))
    vocabulary = load_vocabulary(BUILD / "vocabulary.json")
    pieces = Pieces(vocabulary, WhisperTokenizer(BUILD / "weights" / "whisper-tiny.en" / "tokenizer.json"))
    tests = {line.strip() for line in read_sentences(SPEECH)[_TEST_SENTENCES]}
    texts = [text for text in read_texts(SPEECH) if text not in tests]
    order = np.random.default_rng(0).permutation(len(texts))
    held_out, training = (tuple(texts[i] for i in part) for part in (order[:_HELD_OUT], order[_HELD_OUT:]))
    return Setting(pieces, training, held_out, _fitting(shape or SHAPE, vocabulary))


def _fitting(shape: DecoderShape, vocabulary: NanoVocabulary) -> DecoderShape:
    ids = vocabulary.ids
    return replace(shape, vocabulary=len(vocabulary), window_id=ids[WINDOW], end_id=ids["<|im_end|>"])


def describe(decoder: Decoder, checks: Mapping[str, Sequence[Example]]) -> str:
    """The share of wrong tokens and of wrong examples, in percent."""
    decoder.eval()
    found = {name: measure(decoder, examples) for name, examples in checks.items()}
    decoder.train()
    parts = (f"{name} {100 * a.token_error:.2f} / {100 * a.example_error:.1f} %" for name, a in found.items())
    return "wrong tokens / examples: " + ", ".join(parts)


def run(*, smoke: bool) -> None:
    """The stage: a decoder trained on simulated hypotheses, in the build folder's `decoder/pretrained`."""
    torch.set_num_threads(1)
    made = setting(smoke=smoke)
    schedule = Schedule(steps=40, batch=4, warmup=5) if smoke else SCHEDULE
    trainer = Trainer(made.decoder(), schedule, folder_of("pretrained", smoke=smoke), bfloat16=not smoke)
    trainer.resume()
    checks = made.checks(4 if smoke else _CHECKED)
    trainer.run(made.simulator(), check=lambda decoder: describe(decoder, checks), check_every=110)
    if smoke and np.mean(trainer.losses[-8:]) > 0.7 * np.mean(trainer.losses[:4]):
        raise ValueError("the decoder does not learn")


def folder_of(name: str, *, smoke: bool) -> Path:
    """Where the checkpoint of a training lies."""
    return (BUILD / "smoke" if smoke else BUILD) / "decoder" / name


def _say(text: str) -> None:
    say(f"decoder: {text}")
