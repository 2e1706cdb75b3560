"""One clip in every way that is compared: offline, as one utterance that grows, through the segmenter."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
import numpy.typing as npt

from asrd.bench.accuracy.rhythm import Spoken, as_one, segmented
from asrd.bench.accuracy.steadiness import Pass, replay
from asrd.geometry import samples_of, seconds_of
from asrd.options import PipelineOptions, SegmentOptions
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.output import Output, read_output
from asrd.segment.quietest import earliest_cut
from asrd.text.units import join_texts
from asrd.values import EngineOptions, Hypothesis, UtteranceOptions

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Ways:
    """How clips are recognised.

    Attributes:
        margins_s: stabiliser settings that are compared, as `UtteranceOptions.unstable_margin_s`.
        utterance: language and context; its `final` and margin do not count.
        is_segmented: whether clips go through the segmenter as well.
        pipeline: when passes come.
        segment: voice detector and segmenter.
    """

    margins_s: tuple[float, ...]
    utterance: UtteranceOptions = field(default_factory=UtteranceOptions)
    is_segmented: bool = False
    pipeline: PipelineOptions = field(default_factory=PipelineOptions)
    segment: SegmentOptions = field(default_factory=SegmentOptions)


@dataclass(frozen=True)
class Said:
    """A text, and how long its computing took, all passes together."""

    text: str
    compute_s: float


@dataclass(frozen=True)
class Segmented:
    """A clip through the segmenter.

    Attributes:
        joined: the finals in a row.
        finals: how many.
        differing: finals that are not the plain offline text of their samples.
    """

    joined: Said
    finals: int
    differing: int


@dataclass(frozen=True)
class Heard:
    """What came of a clip.

    Attributes:
        samples: its length.
        offline: by `Recognizer.transcribe`.
        streamed: by the final of one growing utterance.
        passes: what that said while it grew; empty for a clip so long that it is recognised in pieces.
        consistent: for each of the margins the final with `final = "consistent"`; likewise.
        segmented: None where that was not asked for.
    """

    samples: int
    offline: Said
    streamed: Said
    passes: tuple[Pass, ...]
    consistent: tuple[str, ...]
    segmented: Segmented | None

    @property
    def audio_s(self) -> float:
        """Its length in seconds."""
        return seconds_of(self.samples)


def settle_until(options: EngineOptions) -> int:
    """From which sample on a cut may take audio from an utterance's first piece."""
    return earliest_cut(samples_of(options.max_utterance_s))


def hear(recognizer: Recognizer, samples: FloatArray, ways: Ways) -> Heard:
    """Recognise (n,) float32 at 16 kHz in every way.

    Raises:
        AsrdError: as `Recognizer.transcribe`.
    """
    best = replace(ways.utterance, final="best")
    began_s = time.perf_counter()
    offline = recognizer.transcribe(samples, best).text
    offline_s = time.perf_counter() - began_s
    spoken = as_one(recognizer, samples, best, ways.pipeline)
    streamed_s = time.perf_counter() - began_s - offline_s
    outputs: list[Output] = []
    if len(samples) <= samples_of(recognizer.options.max_utterance_s):
        language = recognizer.prepare(best)[0].language
        outputs = [read_output(one.tokens, recognizer.decoder.piece, language) for one in spoken.passes]
    passes = tuple(
        Pass(one.samples, one.text, tuple(output.token_ends))
        for one, output in zip(spoken.passes, outputs, strict=False)
    )
    margins_s = ways.margins_s if passes else ()
    return Heard(
        samples=len(samples),
        offline=Said(offline, offline_s),
        streamed=Said(_final(spoken).text, streamed_s),
        passes=passes,
        consistent=tuple(
            _consistent(recognizer, samples, ways, margin_s, (spoken, passes, outputs)) for margin_s in margins_s
        ),
        segmented=_segmented(recognizer, samples, ways) if ways.is_segmented else None,
    )


def _consistent(
    recognizer: Recognizer,
    samples: FloatArray,
    ways: Ways,
    margin_s: float,
    known: tuple[Spoken, Sequence[Pass], Sequence[Output]],
) -> str:
    """The final that begins with what was committed: only where the best one does not, another decode is needed."""
    spoken, passes, outputs = known
    committed: tuple[int, ...] = ()
    before = ""
    for one, output, shown in zip(
        spoken.passes, outputs, replay(passes, margin_s, settle_until(recognizer.options)), strict=True
    ):
        if shown.committed != before:
            before = shown.committed
            committed = one.tokens[: output.token_ends[len(before)]]
    best = _final(spoken)
    if best.tokens[: len(committed)] == committed:
        return best.text
    options = replace(ways.utterance, final="consistent", unstable_margin_s=margin_s)
    return _final(as_one(recognizer, samples, options, ways.pipeline)).text


def _segmented(recognizer: Recognizer, samples: FloatArray, ways: Ways) -> Segmented:
    best = replace(ways.utterance, final="best")
    began_s = time.perf_counter()
    utterances = segmented(recognizer, samples, best, ways.pipeline, ways.segment)
    compute_s = time.perf_counter() - began_s
    finals = [_final(one).text for one in utterances]
    plain = [recognizer.transcribe(one.audio, best).text for one in utterances]
    differing = sum(final != text for final, text in zip(finals, plain, strict=True))
    return Segmented(Said(reduce(join_texts, finals, ""), compute_s), len(finals), differing)


def _final(spoken: Spoken) -> Hypothesis:
    assert spoken.final is not None  # events of a clip end with the end of its last utterance
    return spoken.final
