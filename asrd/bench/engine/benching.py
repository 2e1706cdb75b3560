"""The bench of engines: asrd's models, then the transformers port and peers on the same clips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from asrd.bench.engine.apart import Progress, measure_apart
from asrd.bench.engine.growing import draw_passes, report_flatness, report_growing, report_worth
from asrd.bench.engine.offline import report_against, report_memory, report_offline
from asrd.bench.engine.others import measure_peer
from asrd.bench.engine.values import EngineRequest, Measured, ReferenceRequest
from asrd.bench.host.model import describe_model
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Bound, Kind, Measure, Result
from asrd.bench.peers.spec import PeerSpec
from asrd.errors import AsrdError, ConfigError

_SHORTCUTS: Final = ("drafts", "windows")  # what can be switched off
_NOTE: Final = (
    "The real-time factor is seconds of computing for a second of audio, the median of the repeats from their least to "
    "their most. The time to start ends with a first pass over a second of audio. Cached windows: rows of finished "
    "chunks and windows, and what the decoder holds of them."
)
_PEERS_NOTE: Final = (
    "Peers choose their own number of threads. One whose command names {wav} is started for each clip: its start and "
    "the loading of its model are in its figures."
)


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        command: that repeats it.
        request: what every model is asked; its `model` is not looked at.
        models: folders.
        has_ablations: whether growing utterances are measured again with each shortcut switched off.
        reference: checkpoint folder for the transformers port; None: none.
        dtypes: of its weights, one engine each.
        peers: other engines.
    """

    command: str
    request: EngineRequest
    models: Sequence[Path]
    has_ablations: bool = False
    reference: Path | None = None
    dtypes: Sequence[str] = ()
    peers: Sequence[PeerSpec] = ()


def bench_engines(plan: Plan, progress: Progress) -> Result:
    """Measure all engines, one after the other; one that fails does not stop the others but breaks a bound.

    Raises:
        ConfigError: two engines have one name.
        AsrdError: the only model failed.
    """
    _check_names(plan)
    return _Bench(plan, progress).result()


@dataclass
class _Bench:
    """One run of it.

    Attributes:
        models: asrd's, as they are.
        ablated: by the name of a model and of the shortcut that it does without.
        others: the reference and the peers.
        failures: sentences.
    """

    plan: Plan
    progress: Progress
    models: list[Measured] = field(default_factory=list)
    ablated: dict[tuple[str, str], Measured] = field(default_factory=dict)
    others: list[Measured] = field(default_factory=list)
    described: list[dict[str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def result(self) -> Result:
        """Measure, and report."""
        request = self.plan.request
        settings = {
            "repeats": request.repeats,
            "threads": request.threads,
            "interval_s": request.interval_s,
            "steady logits": request.steady,
            "growing audio": "clips of the set, one after the other" if request.growing_files else "made",
        }
        out = Collector("engine", self.plan.command, settings=settings)
        for folder in self.plan.models:
            self._try(partial(self._measure_model, folder))
        if not self.models:
            raise AsrdError(self.failures[0])
        for dtype in self.plan.dtypes if self.plan.reference else ():
            self._try(partial(self._measure_reference, dtype))
        for peer in self.plan.peers:
            self._try(partial(self._measure_peer, peer))
        out.model = {key: ", ".join(one[key] for one in self.described) for key in self.described[0]}
        self._report(out)
        clips = ", ".join(f"{one.name} ({one.audio_s:.0f} s)" for one in self.models[0].offline)
        return out.result(f"{request.repeats} repeats of each; clips: {clips or 'none'}")

    def _try(self, measure: Callable[[], None]) -> None:
        try:
            measure()
        except AsrdError as error:
            self.failures.append(str(error))
            self.progress(str(error))

    def _measure_model(self, folder: Path) -> None:
        request = replace(self.plan.request, model=str(folder))
        described = describe_model(folder)
        whole = measure_apart("asrd.bench.engine.measuring", request, self.progress)
        self.described.append(described)
        self.models.append(whole)
        for shortcut in _SHORTCUTS if self.plan.has_ablations else ():
            without = replace(
                request,
                clips=(),  # an offline pass takes no shortcut anyway
                verify_drafts=shortcut != "drafts",
                reuse_windows=shortcut != "windows",
            )
            measured = measure_apart("asrd.bench.engine.measuring", without, self.progress)
            self.ablated[whole.name, shortcut] = replace(measured, name=f"{whole.name}.no-{shortcut}")

    def _measure_reference(self, dtype: str) -> None:
        first = self.models[0]
        request = ReferenceRequest(
            checkpoint=str(self.plan.reference),
            head=first.head,
            suffix=first.suffix,
            clips=self.plan.request.clips,
            tokens=[[count + 1 for count in one.tokens] for one in first.offline],  # the stop token is computed as well
            dtype=dtype,
            repeats=self.plan.request.repeats,
            threads=self.plan.request.threads,
        )
        self.others.append(measure_apart("asrd.bench.engine.reference", request, self.progress))

    def _measure_peer(self, spec: PeerSpec) -> None:
        self.others.append(measure_peer(spec, self.plan.request.clips, self.plan.request.repeats, self.progress))

    def _report(self, out: Collector) -> None:
        report_offline(out, [*self.models, *self.others])
        report_memory(out, [*self.models, *self.others])
        for other in self.others:
            report_against(out, self.models, other)
        growing = [one for model in self.models for one in (model, *self._without(model).values())]
        report_growing(out, growing)
        draw_passes(out, growing)
        report_flatness(out, self.models)
        for model in self.models:
            report_worth(out, model, self._without(model))
        out.notes += [_NOTE, *([_PEERS_NOTE] if self.plan.peers else [])]
        out.notes += self.failures
        out.add(Measure("engines_failed", len(self.failures), "engines", Kind.COUNTER, bound=Bound(at_most=0)))

    def _without(self, model: Measured) -> dict[str, Measured]:
        return {shortcut: one for (name, shortcut), one in self.ablated.items() if name == model.name}


def _check_names(plan: Plan) -> None:
    clips = [one.name for one in plan.request.clips]
    for name, count in Counter(clips).items():
        if count > 1:
            raise ConfigError(f"{count} sets of clips are called {name!r}: give each table a name of its own")
    names = [folder.resolve().name for folder in plan.models] + [peer.name for peer in plan.peers]
    names += [f"transformers-{dtype}" for dtype in plan.dtypes]
    for name, count in Counter(names).items():
        if count > 1:
            raise ConfigError(f"{count} engines are called {name!r}: give each folder and each peer a name of its own")
