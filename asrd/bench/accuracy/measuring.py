"""Error rates, offline and streamed, and how steady the text is on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from asrd.bench.accuracy.gathering import HeardSet, Progress, ask_peer, hear_set, said_by
from asrd.bench.accuracy.hearing import Ways, settle_until
from asrd.bench.accuracy.kept import Kept
from asrd.bench.accuracy.scoring import add_set
from asrd.bench.figures import normalising, words
from asrd.bench.host.model import describe_model
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Result
from asrd.bench.peers.spec import PeerSpec
from asrd.bench.sets.chosen import read_sets
from asrd.bench.sets.table import ClipSet
from asrd.errors import ConfigError
from asrd.recognizer.engine import Recognizer
from asrd.values import EngineOptions

_NOTES = (
    "Both sides are compared in lower case, without punctuation, numbers as figures; contractions stay as they are.",
    "Passes come as the daemon's schedule has them on a machine that computes in no time; there is no clock in it.",
    "Commit errors, NE and UPWR are of words as they are shown, where a comma that comes and goes counts; 'as words' "
    "leaves out case and punctuation. Consistent: by how many points the rate rises with final = consistent.",
)
_UNTIMED = (
    "Some texts are those of an earlier run, on a machine as busy as it was then: real-time factors are left out."
)


@dataclass(frozen=True)
class AccuracyRequest:
    """What to measure.

    Attributes:
        tables: sets of clips with references (`asrd.bench.sets.table`).
        model: model folder.
        command: the command line that repeats it.
        ways, engine: how it is run.
        clips: of each set at most, evenly thinned out; 0: all.
        peers: other recognizers over the same clips.
        resume: file of texts that are known already, which grows as others come; None: none.
    """

    tables: Sequence[Path]
    model: Path
    command: str
    ways: Ways
    engine: EngineOptions = field(default_factory=EngineOptions)
    clips: int = 0
    peers: Sequence[PeerSpec] = ()
    resume: Path | None = None


def measure(request: AccuracyRequest, progress: Progress) -> Result:
    """Recognise all clips in all ways, and compare; `progress` is told how far it is.

    Raises:
        ConfigError: a table, the file to resume or an option cannot be used, or a package is missing.
        ModelError, NativeError: as `Recognizer.open`.
        PeerError: a peer failed.
    """
    words.check_installed()
    normalising.check_installed()
    sets = read_sets(request.tables, request.clips)
    model = describe_model(request.model)
    collector = Collector("accuracy", request.command, model, _settings(request))
    kept = Kept(request.resume, {"model": model, "engine": asdict(request.engine), **asdict(request.ways)})
    for peer in request.peers:
        ask_peer(peer, sets, kept, progress)
    heard = _heard(request, sets, kept, progress)
    for one in heard:
        progress(f"{one.name}: counting")
        said = {peer.name: said_by(peer, one, kept) for peer in request.peers}
        add_set(
            collector,
            one,
            said,
            request.ways.margins_s,
            settle_until(request.engine),
            is_timed=not kept.is_resumed,
        )
    collector.notes += [*_NOTES, *([_UNTIMED] if kept.is_resumed else [])]
    minutes = sum(one.audio_s for one in heard) / 60
    return collector.result(f"{sum(len(one.clips) for one in heard)} clips, {minutes:.1f} min")


def _settings(request: AccuracyRequest) -> dict[str, Any]:
    """What a reader wants to know of the request."""
    ways = request.ways
    return {
        "margins_s": ways.margins_s,
        "first_ms": ways.pipeline.first_ms,
        "interval_ms": ways.pipeline.interval_ms,
        "language": ways.utterance.language or "auto",
        **({"context": ways.utterance.context} if ways.utterance.context else {}),
        "max_utterance_s": request.engine.max_utterance_s,
        "threads": request.engine.threads,
        **({"vad": ways.segment.vad, "hangover_ms": ways.segment.hangover_ms} if ways.is_segmented else {}),
    }


def _heard(request: AccuracyRequest, sets: Sequence[ClipSet], kept: Kept, progress: Progress) -> list[HeardSet]:
    progress("loading the model")
    with Recognizer.open(request.model, request.engine) as recognizer:
        heard = [hear_set(recognizer, one, request.ways, kept, progress) for one in sets]
    for one in heard:
        if not one.clips:
            reason = one.unreadable[0] if one.unreadable else "no table tells what is said in them"
            raise ConfigError(f"no clip of {one.name} can be used: {reason}")
    return heard
