"""What is asked of an engine, and what it answers; all of it passes between processes as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from asrd.bench.engine.audio import Clips
from asrd.values import Work


@dataclass(frozen=True)
class EngineRequest:
    """What to measure of an asrd model.

    Attributes:
        model: model folder.
        clips: recognised offline.
        growing_s: lengths of the utterances that grow, with a pass every `interval_s`.
        growing_files: their audio; empty: made.
        repeats: how often everything is measured.
        threads: for both libraries.
        verify_drafts, reuse_windows: see `EngineOptions`.
        interval_s: audio between two passes.
        steady: whether growing utterances get the logits of `steady.SteadySpeaker`; for random weights.
    """

    model: str
    clips: Sequence[Clips] = ()
    growing_s: Sequence[float] = ()
    growing_files: Sequence[str] = ()
    repeats: int = 3
    threads: int = 0
    verify_drafts: bool = True
    reuse_windows: bool = True
    interval_s: float = 0.5
    steady: bool = False


@dataclass(frozen=True)
class ReferenceRequest:
    """What to measure of a checkpoint: with the prompt of another engine, and as many `tokens` as that one wrote.

    Attributes:
        checkpoint: its folder.
        head, suffix: token ids of the prompt before and after the rows.
        clips: recognised offline.
        tokens: to be written, the stop token counted; for each of `clips`, for each clip in it.
        dtype: of the weights, as PyTorch names it.
        repeats, threads: as for an asrd model.
    """

    checkpoint: str
    head: Sequence[int]
    suffix: Sequence[int]
    clips: Sequence[Clips]
    tokens: Sequence[Sequence[int]]
    dtype: str = "float32"
    repeats: int = 3
    threads: int = 0


@dataclass(frozen=True)
class Offline:
    """Clips that were recognised offline.

    Attributes:
        name: of the clips.
        audio_s: of all of them.
        seconds: that they took together, at each repeat.
        stages_s: the same for each stage; empty where the engine does not tell.
        tokens: written for each clip.
    """

    name: str
    audio_s: float
    seconds: Sequence[float]
    stages_s: Mapping[str, Sequence[float]] = field(default_factory=dict)
    tokens: Sequence[int] = ()


@dataclass(frozen=True)
class Growing:
    """An utterance that grew.

    Attributes:
        audio_s: its length.
        interval_s: audio between two passes.
        pass_ms: of each pass at each repeat.
        pass_work: of each pass, the final last.
        unlike_offline: how many finals were not the offline text, of so many repeats.
    """

    audio_s: float
    interval_s: float
    pass_ms: Sequence[Sequence[float]]
    pass_work: Sequence[Work]
    unlike_offline: int

    @property
    def work(self) -> Work:
        """Of all passes."""
        return sum(self.pass_work, Work())


@dataclass
class Measured:
    """All that was measured of one engine.

    Attributes:
        name: of the engine.
        load_s: from its start to the end of a first pass over a clip of 1 s; None where every clip pays for it.
        offline, growing: what it recognised.
        resident_bytes: after the offline clips; None where the system does not tell.
        peak_resident_bytes: the most it ever held.
        head, suffix: token ids of its prompt around the rows.
    """

    name: str
    load_s: float | None = None
    offline: list[Offline] = field(default_factory=list)
    growing: list[Growing] = field(default_factory=list)
    resident_bytes: int | None = None
    peak_resident_bytes: int | None = None
    head: Sequence[int] = ()
    suffix: Sequence[int] = ()


def measured_of(value: Mapping[str, Any]) -> Measured:
    """What was measured, from its JSON object."""
    growing = [{**one, "pass_work": [Work(**work) for work in one["pass_work"]]} for one in value["growing"]]
    return Measured(
        **{
            **value,
            "offline": [Offline(**one) for one in value["offline"]],
            "growing": [Growing(**one) for one in growing],
        }
    )


def clips_from(values: Sequence[Mapping[str, Any]]) -> list[Clips]:
    """Clips, from their JSON objects."""
    return [Clips(**one) for one in values]
