"""The sentences of the clip that comes with asrd, as a set: real words that every machine has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import soundfile

from asrd.daemon.sources import DEMO_CLIP
from asrd.geometry import SAMPLE_RATE_HZ, samples_of
from asrd.source.file import read_audio


class _Sentence(NamedTuple):
    """Where a sentence is in the clip, in seconds, and where in that somebody speaks."""

    start_s: float
    end_s: float
    onset_s: float
    silence_s: float
    text: str


_SENTENCES: Final = (
    _Sentence(0.5, 4.6, 0.83, 4.25, "Good morning. You are listening to a short demonstration."),
    _Sentence(
        5.3,
        12.3,
        5.66,
        11.93,
        "While somebody speaks, the words appear on the screen. They may still change for a moment, and then they "
        "settle.",
    ),
    _Sentence(
        13.0, 18.2, 13.37, 17.8, "After a pause the sentence is finished, and nothing of it has left this machine."
    ),
)


def demo_texts() -> tuple[str, ...]:
    """What is said in the clip, a sentence each."""
    return tuple(one.text for one in _SENTENCES)


@contextmanager
def demo_set() -> Iterator[Path]:
    """The table of the set, in a folder that is gone afterwards."""
    with TemporaryDirectory() as folder:
        yield write_demo_set(Path(folder))


def write_demo_set(folder: Path) -> Path:
    """Write the sentences as WAV files, and their table with references and labels; returns the table."""
    samples = read_audio(DEMO_CLIP).samples
    rows = ["path\treference\tspeaker\tonset_s\tend_s"]
    for number, one in enumerate(_SENTENCES, start=1):
        name = f"demo-{number}.wav"
        soundfile.write(folder / name, samples[samples_of(one.start_s) : samples_of(one.end_s)], SAMPLE_RATE_HZ)
        onset_s, end_s = one.onset_s - one.start_s, one.silence_s - one.start_s
        rows.append(f"{name}\t{one.text}\tdemo\t{onset_s:.2f}\t{end_s:.2f}")
    table = folder / "demo.tsv"
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return table
