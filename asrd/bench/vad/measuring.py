"""Every variant on the very same scenes.

A detector answers once for each scene, however many thresholds and segmenter settings are tried on its answers; and
one scene is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from asrd.bench.vad.detectors import Listener, Trace
from asrd.bench.vad.hearing import Material
from asrd.bench.vad.scenes import Scene, noise_scene, spoken_scenes
from asrd.bench.vad.scoring import Score, find_utterances, score
from asrd.bench.vad.variants import Variant


@dataclass
class Measured:
    """How one variant did.

    Attributes:
        variant: which.
        spoken: by set and condition.
        noise: by set.
        cpu_s: processor time of the detector.
        hours: audio that it heard.
    """

    variant: Variant
    spoken: dict[tuple[str, str], Score] = field(default_factory=dict)
    noise: dict[str, Score] = field(default_factory=dict)
    cpu_s: float = 0.0
    hours: float = 0.0

    def take(self, scene: Scene, trace: Trace) -> None:
        """Segment one scene, and keep how that went."""
        found = score(scene, find_utterances(trace, self.variant))
        if scene.condition:
            self.spoken[scene.source, scene.condition] = found
        else:
            self.noise[scene.source] = found
        self.cpu_s += trace.cpu_s
        self.hours += scene.hours


def measure(material: Material, variants: Sequence[Variant], progress: Callable[[str], None]) -> list[Measured]:
    """Measure each of `variants` on all scenes that `material` gives; `progress` is told what is being heard.

    Raises:
        ModelError, NativeError: a detector cannot be loaded.
    """
    results = [Measured(variant) for variant in variants]
    with ExitStack() as stack:
        listeners = _listeners(variants, stack)
        for scene in _scenes(material):
            for key, listener in listeners.items():
                progress(" ".join(part for part in (scene.source, scene.condition, *_said(key)) if part))
                trace = listener.trace(scene.samples)
                for result in results:
                    if result.variant.trace_key == key:
                        result.take(scene, trace)
    return results


def _listeners(variants: Iterable[Variant], stack: ExitStack) -> Mapping[tuple[str, float | None], Listener]:
    listeners: dict[tuple[str, float | None], Listener] = {}
    for variant in variants:
        if variant.trace_key not in listeners:
            listeners[variant.trace_key] = stack.enter_context(closing(variant.kind.load(variant.setting)))
    return listeners


def _said(key: tuple[str, float | None]) -> list[str]:
    return [f"{part:g}" if isinstance(part, float) else str(part) for part in key if part is not None]


def _scenes(material: Material) -> Iterator[Scene]:
    noises = [recording for one in material.noise for recording in one.recordings]
    for noise in material.noise:
        yield noise_scene(noise.name, noise.recordings)
    for speech in material.speech:
        yield from spoken_scenes(speech.name, speech.clips, noises)
