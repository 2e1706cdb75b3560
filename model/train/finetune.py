"""Fine-tunes Whisper's encoder inside the windows that nano runs it in.

The encoder was trained on 30 s of padded audio; nano gives it at most 8 s with little silence after it. Its decoder
stays as it is, so that its English and its style stay, and only the encoder learns: the usual loss of the decoder on
the text, batches of a few windows, one to three passes over the data. Everything random comes from the seed and the
number of the step, so that an interrupted run goes on as if it had not been.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from asrd.geometry import HOP_SAMPLES, SAMPLE_RATE_HZ, WINDOW_FRAMES
from asrd.mel.spectrum import plain_log_mel
from asrd.source.file import read_audio
from model.train.head import training_noise
from model.train.mel import padded_window, whisper_mel
from model.train.normalise import has_loop
from model.train.progress import Progress
from model.train.settings import WHISPER_FOLDERS
from model.train.speech import BUILD, SMOKE, SPEECH, Clip, clip_mel, read_set
from model.train.style import Truecaser, styled
from model.train.synthetic import training_clips
from model.train.tiny import END, PROMPT, random_whisper
from model.train.vocabulary import NanoVocabulary
from model.train.whisper import Whisper, torch_whisper
from model.train.window import FrontEnd, WindowReader

Array = NDArray[np.float32]

_WINDOW_SAMPLES: Final = WINDOW_FRAMES * HOP_SAMPLES
_LABELLED: Final = 160  # clips of train-read-pseudo; the others stay for checks
_PITCHES: Final = 8
_LONG_FRAMES: Final = 3000  # what Whisper was trained on
_PAUSE_SAMPLES: Final = (SAMPLE_RATE_HZ // 10, SAMPLE_RATE_HZ // 2)


@dataclass(frozen=True)
class Recipe:
    """How to train.

    `unfrozen` names what learns: encoder; cross, which is the encoder and the decoder's attention to it; or all.
    """

    steps: int = 700
    batch: int = 8
    rate: float = 4e-5
    warm_up: int = 50
    silence_frames: int = 400  # at most; a batch draws its own
    noisy_share: float = 0.35
    joined_share: float = 0.25
    shares: tuple[tuple[str, float], ...] = (("accented", 0.45), ("read", 0.1), ("native", 0.25), ("synthetic", 0.2))
    unfrozen: str = "encoder"
    half: bool = True  # products in bfloat16: twice as fast where the processor has them, the weights stay float32
    seed: int = 0
    save_every: int = 25


SHIPPED: Final = Recipe(steps=240, rate=5e-5, warm_up=30, save_every=20)
"""What the weights in model/nano were made with."""


@dataclass(frozen=True)
class Example:
    """A clip of at most 8 s, by its path in shared/speech or its whole path, and the text to learn."""

    path: str
    text: str


def gather_examples(reader: WindowReader, vocabulary: NanoVocabulary, cache: Path) -> dict[str, list[Example]]:
    """The training clips with their texts in Whisper's style, by set; kept in `cache`."""
    known: dict[str, str | None] = json.loads(cache.read_text(encoding="utf-8")) if cache.is_file() else {}
    truecaser = Truecaser.read(SPEECH / "text" / "sentences-cc0.txt")
    front = FrontEnd()
    clips = read_set("train-accented")
    progress = Progress("training texts", len(clips), len(known))
    for index, clip in enumerate(clips):
        name = str(clip.path.relative_to(SPEECH))
        if name not in known:
            mel = clip_mel(clip)
            heard = vocabulary.text(reader.read(front.windows(mel)[0]).tokens)
            known[name] = styled(clip.reference, heard, truecaser) if len(mel) <= WINDOW_FRAMES else None
            if len(known) % 100 == 0 or index == len(clips) - 1:
                cache.write_text(json.dumps(known), encoding="utf-8")
                progress.tell(len(known))
    accented = [Example(name, text) for name, text in known.items() if text]
    read = [Example(str(clip.path.relative_to(SPEECH)), clip.reference) for clip in read_set("train-read-us")]
    made = [Example(str(clip.path), clip.reference) for clip in training_clips()]
    return {"accented": accented, "read": read, "synthetic": made}


def label_windows(reader: WindowReader, vocabulary: NanoVocabulary, folder: Path) -> list[Example]:
    """The first 8 s of clips of train-read-pseudo with the text that another Whisper hears in them, kept in `folder`.

    The set's own texts are of whole clips, which are longer than a window.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cache = folder / "texts.json"
    known: dict[str, str] = json.loads(cache.read_text(encoding="utf-8")) if cache.is_file() else {}
    front, clips = FrontEnd(), read_set("train-read-pseudo")[:_LABELLED]
    progress = Progress("windows labelled", len(clips), len(known))
    for clip in clips:
        name = str(folder / f"{clip.path.stem}-0.wav")
        if name in known:
            continue
        window = read_audio(clip.path).samples[:_WINDOW_SAMPLES]
        soundfile.write(name, window, SAMPLE_RATE_HZ)
        known[name] = vocabulary.text(reader.read(front.windows(plain_log_mel(window))[0]).tokens).strip()
        cache.write_text(json.dumps(known), encoding="utf-8")
        progress.tell(len(known))
    return [Example(name, text) for name, text in known.items() if text and not has_loop(text)]


class FineTuning:
    """One run: model, optimiser and where it stands."""

    def __init__(
        self,
        whisper: Whisper,
        prompt: Sequence[int],
        end: int,
        encode: Any,
        examples: dict[str, list[Example]],
        recipe: Recipe,
    ) -> None:
        """`encode` turns text into Whisper's ids."""
        import torch

        torch.manual_seed(recipe.seed)
        self._torch = torch
        self._prompt, self._end, self._encode = tuple(prompt), end, encode
        self._examples, self._recipe = examples, recipe
        self._noise: list[Clip] = training_noise() if recipe.noisy_share else []
        self.model = torch_whisper(whisper)
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad = self._learns(name)
        self._learned = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self._optimiser = torch.optim.AdamW(self._learned, lr=recipe.rate, weight_decay=0.0, betas=(0.9, 0.98))
        self.step = 0
        self.losses: list[float] = []

    def _learns(self, name: str) -> bool:
        if "embed_positions" in name:
            return False
        if name.startswith("model.encoder.") or self._recipe.unfrozen == "all":
            return True
        return self._recipe.unfrozen == "cross" and "encoder_attn" in name

    def run(self, folder: Path) -> None:
        """Train to the end, from where an earlier run has stopped."""
        folder.mkdir(parents=True, exist_ok=True)
        self._resume(folder)
        recipe, progress = self._recipe, Progress("steps of the fine-tuning", self._recipe.steps, self.step)
        while self.step < recipe.steps:
            self.losses.append(self.one_step())
            if self.step % recipe.save_every == 0 or self.step == recipe.steps:
                self._save(folder)
                recent = float(np.mean(self.losses[-recipe.save_every :]))
                progress.tell(self.step, f", loss {recent:.3f}")

    def one_step(self) -> float:
        """The loss of one batch, after which the weights are moved."""
        torch, recipe = self._torch, self._recipe
        rng = np.random.default_rng((recipe.seed, self.step))
        warm = min(1.0, (self.step + 1) / recipe.warm_up)
        rate = recipe.rate * warm * (1 - self.step / recipe.steps)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self.model.train()
        items = [self._item(rng) for _ in range(recipe.batch)]
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half):
            loss = self.loss(items, int(rng.integers(0, recipe.silence_frames + 1)))
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._learned, 1.0)
        self._optimiser.step()
        self.step += 1
        return float(loss.detach())

    def loss(self, items: Sequence[tuple[Array, list[int]]], silence_frames: int = 0) -> Any:
        """Mean cross-entropy of the text and its end, over windows (samples, ids)."""
        torch = self._torch
        mels = [whisper_mel(plain_log_mel(samples))[:WINDOW_FRAMES] for samples, _ in items]
        frames = (max(map(len, mels)) + silence_frames) // 2 * 2
        features = torch.from_numpy(np.stack([padded_window(mel, frames)[:frames].T for mel in mels]))
        start = len(self._prompt)
        longest = max(len(ids) for _, ids in items)
        given = torch.full((len(items), start + longest), self._end)
        wanted = torch.full((len(items), start + longest), -100)
        for row, (_, ids) in enumerate(items):
            given[row, :start] = torch.tensor(self._prompt)
            given[row, start : start + len(ids)] = torch.tensor(ids)
            wanted[row, start - 1 : start + len(ids)] = torch.tensor([*ids, self._end])
        states = encode_audio(self.model, features)
        hidden = self.model.model.decoder(input_ids=given, encoder_hidden_states=states, use_cache=False)
        picked = wanted >= 0
        logits = self.model.proj_out(hidden.last_hidden_state[picked])
        return torch.nn.functional.cross_entropy(logits.float(), wanted[picked])

    def _item(self, rng: np.random.Generator) -> tuple[Array, list[int]]:
        samples, text = self._clip(rng)
        if rng.random() < self._recipe.joined_share:
            other, more = self._clip(rng)
            pause = np.zeros(int(rng.integers(*_PAUSE_SAMPLES)), np.float32)
            if len(samples) + len(pause) + len(other) <= _WINDOW_SAMPLES:
                samples, text = np.concatenate([samples, pause, other]), f"{text} {more}"
        if rng.random() < self._recipe.noisy_share:
            samples = _with_noise(rng, samples, self._noise)
        return samples, self._encode(f" {text}")

    def _clip(self, rng: np.random.Generator) -> tuple[Array, str]:
        names, shares = zip(*self._recipe.shares, strict=True)
        examples = self._examples[str(rng.choice(names, p=shares))]
        while True:
            example = examples[rng.integers(len(examples))]
            samples = read_audio(SPEECH / example.path).samples
            samples = _with_speed(samples, rng.uniform(0.92, 1.08))
            if len(samples) <= _WINDOW_SAMPLES:
                return samples * np.float32(10 ** rng.uniform(-1.0, 0.0)), example.text

    def _save(self, folder: Path) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "losses": self.losses,
        }
        self._torch.save(state, folder / "checkpoint.part")
        (folder / "checkpoint.part").replace(folder / "checkpoint.pt")

    def _resume(self, folder: Path) -> None:
        path = folder / "checkpoint.pt"
        if path.is_file():
            state = self._torch.load(path, weights_only=True)
            self.model.load_state_dict(state["model"])
            self._optimiser.load_state_dict(state["optimiser"])
            self.step, self.losses = state["step"], state["losses"]


def encode_audio(model: Any, features: Any) -> Any:
    """transformers' encoder on features (b, 80, frames) of any length: it asks for 3000 frames itself."""
    import torch

    encoder = model.model.encoder
    x = torch.nn.functional.gelu(encoder.conv1(features))
    x = torch.nn.functional.gelu(encoder.conv2(x)).permute(0, 2, 1)
    x = x + encoder.embed_positions.weight[: x.shape[1]]
    for layer in encoder.layers:
        out = layer(x, None)
        x = out[0] if isinstance(out, tuple) else out
    return encoder.layer_norm(x)


def tuned(whisper: Whisper, checkpoint: Path, share: float = 1.0) -> Whisper:
    """The weights of a training checkpoint, mixed with those of `whisper`.

    A share below 1 keeps more of what the model could do before (Wortsman et al., "Robust fine-tuning of zero-shot
    models", 2022).
    """
    import torch

    state = torch.load(checkpoint, weights_only=True)["model"]
    tensors = {}
    for name, before in whisper.tensors.items():
        after = state[f"model.{name}"].numpy()
        tensors[name] = before + np.float32(share) * (after - before)
    return Whisper(whisper.sizes, tensors)


def _with_speed(samples: Array, factor: float) -> Array:
    """Faster and higher, or slower and lower, by linear interpolation."""
    places = np.arange(0, len(samples) - 1, factor)
    return np.asarray(np.interp(places, np.arange(len(samples)), samples), np.float32)


def _with_noise(rng: np.random.Generator, samples: Array, noise: list[Clip]) -> Array:
    loud = read_audio(noise[rng.integers(len(noise))].path).samples
    tiled = np.tile(loud, -(-len(samples) // len(loud)) + 1)
    start = int(rng.integers(0, len(tiled) - len(samples)))
    under = tiled[start : start + len(samples)]
    ratio = np.mean(samples**2) / (np.mean(under**2) + 1e-12) / 10 ** (rng.uniform(5.0, 25.0) / 10)
    return np.asarray(samples + under * np.float32(np.sqrt(ratio)), np.float32)


def run(*, smoke: bool) -> None:
    """The stage: checkpoints in the build folder; `smoke` trains a random Whisper on whistles for a few steps."""
    if smoke:
        tuning = smoke_tuning(SMOKE)
        tuning.run(SMOKE / "tuned")
        return
    from tokenizers import Tokenizer

    from model.train.assemble import TUNED, Choice, how_to_read, vocabulary, whisper_of, window_reader

    published = Choice(checkpoint=None, head=None)
    words, whisper = vocabulary(), whisper_of(published)
    examples = gather_examples(window_reader(published), words, BUILD / "texts.json")
    other = Choice(whisper="base", checkpoint=None, head=None, least_frames=_LONG_FRAMES, most_frames=_LONG_FRAMES)
    examples["native"] = label_windows(window_reader(other), words, BUILD / "labelled")
    reading = how_to_read(published, whisper, words)
    tokenizer = Tokenizer.from_file(str(WHISPER_FOLDERS[published.whisper] / "tokenizer.json"))

    def encode(text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    FineTuning(whisper, reading.prompt, reading.end, encode, examples, SHIPPED).run(TUNED)


def smoke_tuning(folder: Path, steps: int = 30) -> FineTuning:
    """A run that takes seconds: a random Whisper learns to write down pitches."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    examples = []
    for index in range(12):
        text = " ".join(str(pitch) for pitch in rng.integers(0, _PITCHES, 3))
        path = folder / f"whistle-{index}.wav"
        soundfile.write(path, _whistle(text), SAMPLE_RATE_HZ)
        examples.append(Example(str(path), text))
    recipe = Recipe(
        steps=steps, batch=4, rate=2e-3, warm_up=2, noisy_share=0.0, unfrozen="all", half=False, save_every=10
    )
    sets = {name: examples for name, _ in Recipe().shares}
    return FineTuning(random_whisper(), PROMPT, END, lambda text: [int(part) for part in text.split()], sets, recipe)


def _whistle(text: str) -> Array:
    seconds = np.arange(SAMPLE_RATE_HZ * 3 // 10) / SAMPLE_RATE_HZ
    tones = [np.sin(2 * np.pi * 300 * 1.3 ** int(part) * seconds) for part in text.split()]
    return np.asarray(0.3 * np.concatenate(tones), np.float32)
