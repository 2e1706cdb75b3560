"""Trains the decoder on what the window recogniser really hears.

Clips are strung together and recognised window by window; around a border the text is put right from the reference.

Away from the borders the target is what was heard, word for word: the decoder is to merge, not to guess.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from asrd.geometry import SAMPLE_RATE_HZ, WINDOW_FRAMES, frames_of, rows_of
from asrd.llama.context import Context
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.recognizer.decoding import LlamaDecoder
from asrd.recognizer.output import read_output
from asrd.recognizer.protocols import DecodeRequest, RowSegment, Segment, TokenSegment
from asrd.source.file import read_audio
from asrd.stop import StopSignal
from asrd.text.loops import token_limit
from asrd.text.prompt import build_prompt
from asrd.values import StopReason
from model.train.decoder import Decoder, RowCode
from model.train.decoder_files import DECODER_FILE, write_pair
from model.train.normalise import word_error_rate, word_errors
from model.train.pretrain import (
    CHECKPOINT,
    SEED,
    Schedule,
    Setting,
    Trainer,
    describe,
    folder_of,
    load_decoder,
    setting,
)
from model.train.progress import Progress, say
from model.train.simulate import LONGEST_S, ROWS_PER_S, Example, Pieces, Simulator, output_ids
from model.train.speech import BUILD, Clip, read_set

Array = NDArray[np.float32]
Recognise = Callable[[Array], list[list[int]]]

SETS: Final = ("train-accented", "train-read-us", "train-read-pseudo")
PHASES: Final = {
    "joint": Schedule(steps=120, rate=6e-4, warmup=10, whole=0.3, seed=2),
}
REAL_SHARE: Final = 0.3
_COUNTS: Final = (150, 25)  # utterances of each set, training and held out
_SEEDS: Final = (1, 2)
_SPLIT_SEED: Final = 5
_FEW_SPEAKERS: Final = 10
_POSITIONS: Final = 1024
_SHORTEST_S: Final = 5.0
_LONGEST_LEAD_S: Final = 1.5
_PAUSES_S: Final = (0.05, 0.7)
_ROOM_NOISE: Final = 2e-4  # of full scale
_REACH: Final = 3  # words on either side of a border that may be put right
_LEAST_SUPPORT: Final = 2  # letters that a fragment must share with the word it is taken for
_NAME_SHARE: Final = 0.6  # of a word's occurrences within sentences that must have a capital
_MARKS: Final = ".!?…-"
_INSIDE_WORD: Final = re.compile(r"[^a-z0-9']+")


@dataclass(frozen=True)
class Utterance:
    """Clips after each other, as heard.

    Attributes:
        windows: ids that each window's recogniser wrote; empty: no speech.
        rows: rows of each window.
        references: of each clip.
        speaker: of the first clip.
    """

    windows: tuple[tuple[int, ...], ...]
    rows: tuple[int, ...]
    references: tuple[str, ...]
    speaker: str


@dataclass(frozen=True)
class Word:
    """A written word and its ids, the space before it included."""

    text: str
    ids: tuple[int, ...]

    @property
    def plain(self) -> str:
        """Without case and punctuation, for comparison."""
        return plain_word(self.text)


def plain_word(text: str) -> str:
    """A word without case and punctuation."""
    return _INSIDE_WORD.sub("", text.lower())


# Collecting


def string_together(clips: Sequence[Clip], index: int, seed: int) -> tuple[Array, list[Clip]]:
    """Audio (n,) float32 of utterance `index`, up to 18 s: clips in random order with pauses, after a random lead."""
    draw = np.random.default_rng((seed, index))
    wanted = round(draw.uniform(_SHORTEST_S, LONGEST_S) * SAMPLE_RATE_HZ)
    parts = [np.zeros(round(draw.uniform(0, _LONGEST_LEAD_S) * SAMPLE_RATE_HZ), np.float32)]
    used: list[Clip] = []
    while (length := sum(map(len, parts))) < wanted:
        clip = clips[int(draw.integers(len(clips)))]
        samples = read_audio(clip.path).samples
        if length + len(samples) > LONGEST_S * SAMPLE_RATE_HZ:
            if used:
                break
            continue
        pause = np.zeros(round(draw.uniform(*_PAUSES_S) * SAMPLE_RATE_HZ), np.float32)
        parts.extend((samples, pause))
        used.append(clip)
    audio = np.concatenate(parts)[: round(LONGEST_S * SAMPLE_RATE_HZ)]
    noise = _ROOM_NOISE * draw.standard_normal(len(audio))
    return (audio + noise).astype(np.float32), used


def collect(clips: Sequence[Clip], recognise: Recognise, path: Path, *, count: int, seed: int) -> None:
    """Stage: add utterances to `path` (one JSON object a line) until it holds `count`; goes on where it stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done = len(read_utterances(path)) if path.exists() else 0
    progress = Progress(f"utterances of {path.stem}", count, done)
    with path.open("a", encoding="utf-8") as file:
        for index in range(done, count):
            audio, used = string_together(clips, index, seed)
            frames = frames_of(len(audio))
            rows = [rows_of(min(WINDOW_FRAMES, frames - start)) for start in range(0, frames, WINDOW_FRAMES)]
            value = {
                "windows": recognise(audio),
                "rows": rows,
                "references": [clip.reference for clip in used],
                "speaker": used[0].speaker,
            }
            file.write(json.dumps(value) + "\n")
            file.flush()
            if index % 50 == 49:
                progress.tell(index + 1)


def read_utterances(path: Path) -> list[Utterance]:
    """What `collect` wrote."""
    values = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Utterance(
            tuple(tuple(window) for window in value["windows"]),
            tuple(value["rows"]),
            tuple(value["references"]),
            value["speaker"],
        )
        for value in values
    ]


# Putting right


class Names:
    """Which words have a capital within a sentence."""

    def __init__(self, sentences: Iterable[str]) -> None:
        capital: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for sentence in sentences:
            for before, word in pairwise(sentence.split()):
                if before[-1].isalnum() or before[-1] == ",":
                    total[plain_word(word)] += 1
                    capital[plain_word(word)] += word[:1].isupper()
        self._names = {word for word, count in total.items() if capital[word] >= _NAME_SHARE * count}

    def cased(self, word: str) -> str:
        """`word` as it is written within a sentence."""
        if plain_word(word) in self._names or word[1:2].isupper():
            return word[:1].upper() + word[1:]
        return word[:1].lower() + word[1:]


class Repair:
    """Targets for real hypotheses."""

    def __init__(self, pieces: Pieces, names: Names) -> None:
        self._pieces = pieces
        self._names = names

    def words(self, ids: Sequence[int]) -> list[Word]:
        """The words of a window: a new one begins at every piece with a space before it."""
        tokens = self._pieces.vocabulary.tokens
        groups: list[list[int]] = []
        for index in ids:
            if not groups or tokens[index].startswith("Ġ"):
                groups.append([])
            groups[-1].append(index)
        return [Word(self._pieces.vocabulary.text(group).strip(), tuple(group)) for group in groups]

    def targets(self, utterance: Utterance) -> list[list[Word]]:
        """The words that each window contributes to the text."""
        heard = [self.words(window) for window in utterance.windows]
        target = [list(words) for words in heard]
        reference = [word for text in utterance.references for word in text.split()]
        ends = np.cumsum([len(text.split()) for text in utterance.references])
        pairs = _same_words([word.plain for words in heard for word in words], [plain_word(word) for word in reference])
        border = 0
        for place, (left, right) in enumerate(pairwise(heard)):
            border += len(left)
            if left and right:
                reached = _anchors(pairs, border)
                if reached is not None:
                    self._put_right(target, place, border, reached, reference, set(ends.tolist()))
        return target

    def _put_right(
        self,
        target: list[list[Word]],
        place: int,
        border: int,
        reached: tuple[tuple[int, int], tuple[int, int]],
        reference: Sequence[str],
        ends: set[int],
    ) -> None:
        (left_heard, left_said), (right_heard, right_said) = reached
        left, right = target[place], target[place + 1]
        keep = len(left) - (border - left_heard) + 1
        skip = right_heard - border
        said = reference[left_said + 1 : right_said]
        if keep < 1 or skip > len(right):
            return  # the anchor lies in another window, or was put right already
        before, after = left[keep:], right[:skip]
        if any(end in ends for end in range(left_said + 1, right_said + 1)):
            return  # a clip ends here: what was heard at its end and the next one's beginning stays
        if [word.plain for word in (*before, *after)] != [plain_word(word) for word in said]:
            if not _supported(said, before, after):
                return
            heard_after = {word.plain for word in after} - {word.plain for word in before}
            first = next((i for i, word in enumerate(said) if plain_word(word) in heard_after), len(said))
            left[keep:] = [self._word(self._names.cased(word.strip(_MARKS))) for word in said[:first]]
            right[:skip] = [self._word(self._names.cased(word)) for word in said[first:]]
        if left and left[-1].text.rstrip(_MARKS) and not self._ends_sentence(reference, left_said, left[-1]):
            left[-1] = self._changed(left[-1], left[-1].text.rstrip(_MARKS))
            if right:
                right[0] = self._changed(right[0], self._names.cased(right[0].text))

    def _ends_sentence(self, reference: Sequence[str], start: int, word: Word) -> bool:
        """Whether the reference, if it has punctuation, ends a sentence at this word."""
        near = reference[start : start + _REACH]
        return any(plain_word(said) == word.plain and said[-1] in _MARKS[:-1] for said in near)

    def _changed(self, word: Word, text: str) -> Word:
        return word if text == word.text else self._word(text)

    def _word(self, text: str) -> Word:
        return Word(text, self._pieces.words([text]))


def _same_words(heard: Sequence[str], said: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of indices of equal words in the best alignment."""
    import jiwer

    if not heard or not said:
        return []
    filler = "~"  # jiwer counts words by spaces, so none may be empty
    expected, found = (" ".join(word or filler for word in words) for words in (said, heard))
    (chunks,) = jiwer.process_words(expected, found).alignments
    return [
        (chunk.hyp_start_idx + i, chunk.ref_start_idx + i)
        for chunk in chunks
        if chunk.type == "equal"
        for i in range(chunk.hyp_end_idx - chunk.hyp_start_idx)
    ]


def _anchors(pairs: Sequence[tuple[int, int]], border: int) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The equal words next to the border on both sides, if they are near."""
    left = [pair for pair in pairs if border - _REACH <= pair[0] < border]
    right = [pair for pair in pairs if border <= pair[0] < border + _REACH]
    return (left[-1], right[0]) if left and right else None


def _supported(said: Sequence[str], before: Sequence[Word], after: Sequence[Word]) -> bool:
    """Whether each word that was said can be known from what was heard on both sides."""
    heard = {word.plain for word in (*before, *after)}
    head = before[-1].plain if before else ""
    tail = after[0].plain if after else ""

    def known(word: str) -> bool:
        needed = max(_LEAST_SUPPORT, len(word) // 2)
        return word in heard or _common(word, head) >= needed or _common(word[::-1], tail[::-1]) >= needed

    return len(said) <= len(before) + len(after) and all(known(plain_word(word)) for word in said)


def _common(first: str, second: str) -> int:
    """Letters that both begin with."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


# Training


def real_example(utterance: Utterance, repair: Repair, pieces: Pieces, *, forced: bool = False) -> Example:
    """An utterance as an example."""
    vocabulary = pieces.vocabulary
    targets = [
        tuple(index for word in words for index in word.ids) if window else None
        for words, window in zip(repair.targets(utterance), utterance.windows, strict=True)
    ]
    prompt = build_prompt(vocabulary, language="English" if forced else None)
    windows = [
        (window[: count - 1] or None, count) for window, count in zip(utterance.windows, utterance.rows, strict=True)
    ]
    return Example(prompt.head, tuple(windows), prompt.suffix, output_ids(vocabulary, targets, forced=forced))


class MixedSource:
    """Simulated and real examples by turns; as `pretrain.Source`."""

    def __init__(self, simulator: Simulator, real: Sequence[Example], share: float, seed: int) -> None:
        self._simulator, self._real, self._share, self._seed = simulator, real, share, seed

    def examples(self, step: int, count: int) -> list[Example]:
        """`count` examples, a share of them real."""
        draw = np.random.default_rng((self._seed, step))
        simulated = self._simulator.examples(step, count)
        return [
            self._real[int(draw.integers(len(self._real)))] if draw.random() < self._share else example
            for example in simulated
        ]


# Measuring


@dataclass(frozen=True)
class Result:
    """A merged text, and whether the decoder ended it by itself."""

    text: str
    ended: bool


def merged(decoder: LlamaDecoder, code: RowCode, utterances: Sequence[Utterance], pieces: Pieces) -> Iterator[Result]:
    """What asrd's decoder writes for each utterance."""
    prompt = build_prompt(pieces.vocabulary)
    for utterance in utterances:
        rows = [
            RowSegment(code.rows(window[: count - 1], count))
            for window, count in zip(utterance.windows, utterance.rows, strict=True)
        ]
        segments: list[Segment] = [TokenSegment(prompt.head), *rows, TokenSegment(prompt.suffix)]
        limit = token_limit(sum(utterance.rows) * SAMPLE_RATE_HZ // ROWS_PER_S)
        decoded = decoder.decode(DecodeRequest(segments, limit), StopSignal())
        text = read_output(decoded.tokens, decoder.piece, None).transcript.text
        yield Result(text, decoded.stop is StopReason.END)


def concatenated(utterance: Utterance, pieces: Pieces) -> str:
    """The texts of the windows, one after the other."""
    return " ".join(pieces.vocabulary.text(window).strip() for window in utterance.windows if window)


@dataclass(frozen=True)
class Merging:
    """How well windows are merged: word error rates in percent against the references, and texts that did not end."""

    utterances: int
    concatenated: float
    merged: float
    changed: int
    unended: int


def measure_merging(decoder: Decoder, pieces: Pieces, utterances: Sequence[Utterance]) -> Merging:
    """Write the decoder's files, run them in llama.cpp, and compare with the plain concatenation of the windows."""
    with tempfile.TemporaryDirectory() as folder:
        write_pair(decoder, pieces.vocabulary, Path(folder))
        with (
            Model(load_library(), Path(folder) / DECODER_FILE) as model,
            Context(model, positions=_POSITIONS, batch=128, outputs=32, threads=1) as context,
        ):
            llama = LlamaDecoder(model, context)
            results = list(merged(llama, decoder.row_code(), utterances, pieces))
    plain = [concatenated(utterance, pieces) for utterance in utterances]
    references = [" ".join(utterance.references) for utterance in utterances]
    texts = [result.text for result in results]
    before, after = (
        word_error_rate([word_errors(said, text) for said, text in zip(references, found, strict=True)])
        for found in (plain, texts)
    )
    return Merging(
        len(utterances),
        before.percent,
        after.percent,
        changed=sum(one != other for one, other in zip(plain, texts, strict=True)),
        unended=sum(not result.ended for result in results),
    )


def run(*, smoke: bool) -> None:
    """The stage: the decoder trained further on real hypotheses, its files, and `joint.json` with what it brought."""
    from model.train.assemble import DECODER

    torch.set_num_threads(1)
    made = setting(smoke=smoke)
    repair = Repair(made.pieces, Names(made.texts))
    training, held_out = _pretended(made) if smoke else _collected()
    examples = [real_example(utterance, repair, made.pieces) for utterance in training]
    source = MixedSource(made.simulator(), examples, REAL_SHARE, SEED)
    checks = made.checks(4 if smoke else 20)
    before = "pretrained"
    found = {before: measure_merging(_trained(before, smoke=smoke), made.pieces, held_out)}
    for name, schedule in PHASES.items():
        decoder = _trained(before, smoke=smoke)
        short = replace(schedule, steps=4, batch=4) if smoke else schedule
        trainer = Trainer(decoder, short, folder_of(name, smoke=smoke), bfloat16=not smoke)
        trainer.resume()
        trainer.run(source, check=lambda trained: describe(trained, checks), check_every=200)
        decoder.eval()
        found[name] = measure_merging(decoder, made.pieces, held_out)
        say(f"joint: {name}: {found[name]}")
        before = name
    best = min(found, key=lambda name: (found[name].unended, found[name].merged))
    folder = BUILD / "smoke" if smoke else BUILD
    values = {name: asdict(merging) for name, merging in found.items()} | {"chosen": best}
    (folder / "joint.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    write_pair(_trained(best, smoke=smoke), made.pieces.vocabulary, folder / DECODER.name)


def _trained(name: str, *, smoke: bool) -> Decoder:
    return load_decoder(folder_of(name, smoke=smoke) / CHECKPOINT)


def split_speakers(clips: Sequence[Clip]) -> tuple[list[Clip], list[Clip]]:
    """Training and held-out clips: a tenth of the speakers, or where there are few a tenth of the texts."""
    draw = np.random.default_rng(_SPLIT_SEED)
    speakers = sorted({clip.speaker for clip in clips})
    if len(speakers) > _FEW_SPEAKERS:
        kept_apart = set(draw.permutation(speakers)[: len(speakers) // 10].tolist())
        is_apart = [clip.speaker in kept_apart for clip in clips]
    else:
        texts = sorted({clip.reference for clip in clips})
        kept_apart = set(draw.permutation(texts)[: len(texts) // 10].tolist())
        is_apart = [clip.reference in kept_apart for clip in clips]
    pairs = list(zip(clips, is_apart, strict=True))
    return [clip for clip, apart in pairs if not apart], [clip for clip, apart in pairs if apart]


def _collected() -> tuple[list[Utterance], list[Utterance]]:
    """Training and held-out utterances of all sets, collected where they are missing."""
    from model.train.assemble import window_recogniser

    found: tuple[list[Utterance], list[Utterance]] = ([], [])
    recognise: Recognise | None = None
    for name in SETS:
        parts = zip(found, split_speakers(read_set(name)), _COUNTS, ("", "-held"), _SEEDS, strict=True)
        for utterances, clips, count, suffix, seed in parts:
            path = BUILD / "joint" / f"{name}{suffix}.jsonl"
            if not path.exists() or len(read_utterances(path)) < count:
                recognise = recognise or window_recogniser()
                collect(clips, recognise, path, count=count, seed=seed)
            utterances.extend(read_utterances(path)[:count])
    return found


def _pretended(made: Setting) -> tuple[list[Utterance], list[Utterance]]:
    """Utterances for a smoke run: what the simulator draws, as if it had been heard."""
    text = made.pieces.vocabulary.text
    utterances = [
        Utterance(
            tuple(window or () for window, _ in example.windows),
            tuple(count for _, count in example.windows),
            (" ".join(text(window or ()) for window, _ in example.windows),),
            "nobody",
        )
        for example in made.simulator().examples(0, 12)
    ]
    return utterances, utterances[:3]
