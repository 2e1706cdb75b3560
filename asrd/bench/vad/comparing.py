"""Voice detectors and segmenter settings compared, as a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Result, Shape
from asrd.bench.sets.table import ClipSet
from asrd.bench.vad.defending import notes_on_default
from asrd.bench.vad.figures import measures_of
from asrd.bench.vad.hearing import Material, hear
from asrd.bench.vad.measuring import Measured, measure
from asrd.bench.vad.tables import LEGEND, conditions_table, distribution_lines, noise_table, variants_table
from asrd.bench.vad.variants import Variant
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.options import SegmentOptions

_PICTURES: Final = {
    "known": "When speech is known to have begun, after its true begin",
    "closed": "When speech is known to have ended, after its true end",
}


def compare_variants(
    speech: Sequence[ClipSet],
    noise: Sequence[ClipSet],
    variants: Sequence[Variant],
    command: str,
    progress: Callable[[str], None],
) -> Result:
    """Put clips of `speech` into silence and noise, segment that by all `variants`, and compare with the truth.

    Args:
        speech: none: the clip that comes with asrd.
        noise: none: noise made from a seed.
        variants: at least one.
        command: the command line that repeats this.
        progress: is told what is being heard.

    Raises:
        ConfigError: of a set no clip can be used.
        ModelError, NativeError: a detector cannot be loaded.
    """
    material = hear(speech, noise)
    settings = {
        "speech": ", ".join(one.name for one in material.speech),
        "noise": ", ".join(one.name for one in material.noise),
        "variants": ", ".join(variant.name for variant in variants),
    }
    collector = Collector("vad", command, settings=settings)
    results = measure(material, variants, progress)
    measures = [measures_of(result) for result in results]
    for of_one in measures:
        for one in of_one.values():
            collector.add(one)
    default = next((one for one in results if one.variant.options == SegmentOptions()), results[0])
    collector.tables += [variants_table(results, measures), conditions_table(default), noise_table(results)]
    for name, title in _PICTURES.items():
        lines = distribution_lines(results, name)
        collector.draw(name, title, Shape.DISTRIBUTION, ("ms", "share of the clips"), lines)
    collector.notes += [*material.notes, *LEGEND, *notes_on_default(dict(zip(variants, measures, strict=True)))]
    return collector.result(_samples(material, results[0]))


def _samples(material: Material, result: Measured) -> str:
    clips = sum(len(one.clips) for one in material.speech)
    recordings = [samples for one in material.noise for samples in one.recordings]
    minutes = sum(map(len, recordings)) / SAMPLE_RATE_HZ / 60
    conditions = len({condition for _, condition in result.spoken})
    return (
        f"{clips} clips of speech in {conditions} conditions, {len(recordings)} recordings ({minutes:.0f} min) of "
        f"noise; {60 * result.hours:.0f} min heard by each detector"
    )
