"""What `asrd bench all` runs: the arguments of each bench, and the bounds of the short form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.errors import ConfigError

_NOISE: Final = "noise-"
_LEFT_OUT: Final = ("train-", _NOISE)


@dataclass(frozen=True)
class Planned:
    """One bench: the name of its result, the action with its arguments, and bounds beside those of the bench itself."""

    name: str
    arguments: Sequence[str]
    bounds: Sequence[str] = ()

    @property
    def argv(self) -> list[str]:
        """The command line after `asrd bench`."""
        return [*self.arguments, *_each("--bound", self.bounds)]


# With nano and the clip that come with asrd. A bound is on a counter or on two things of the same run, as it must hold
# on every machine, with about a fifth of room where the text counts: another release of ONNX Runtime may hear a word
# otherwise. The benches state bounds of their own beside these (no final lost, none unlike its offline text, ...).
SHORT: Final = (
    Planned(
        "engine",
        (
            *("engine", "--made", "", "--set", "demo", "--growing", "60", "--interval", "2", "--repeats", "1"),
            "--ablations",
        ),
        (
            "work.nano.60s.mel_frames<=115",
            "work.nano.60s.front_chunks<=1.9",
            "work.nano.60s.back_rows<=55",
            "work.nano.60s.decoder_positions<=90",
            "drafts_kept.nano.60s>=75",
            "worth.drafts.nano.60s.decoder_batches>=2.2",
            "worth.windows.nano.60s.back_rows>=1.5",
            "worth.windows.nano.60s.decoder_positions>=1.2",
            "flatness.nano.time<=2.5",
        ),
    ),
    Planned(
        "accuracy",
        ("accuracy", "--segmented"),
        ("wer.demo.offline<=15", "wer.demo.streaming_cost<=0", "clips_left_out.demo<=0"),
    ),
    Planned(
        "latency",
        ("latency",),
        ("clips_without_final.demo<=0", "clips_split.demo<=0", "finals_of_no_clip.demo<=0"),
    ),
    Planned("load", ("load", "--sessions", "1,2", "--clips", "1"), ("lost.2<=0", "clips_without_final.2<=0")),
    Planned("idle", ("idle", "--source", "silence", "--seconds", "5")),
    Planned(
        "vad",
        ("vad", "--detectors", "silero:0.5,webrtc:3"),
        (
            "silero-0.5.60-120.700.missed<=0",
            "silero-0.5.60-120.700.merged<=0",
            "silero-0.5.60-120.700.false_starts<=0",
        ),
    ),
    Planned("soak", ("soak", "--hours", "0.04", "--faults", "12", "--sessions", "2", "--no-sound")),
)


def full_plan(sets: Path) -> list[Planned]:
    """All benches over the tables of a folder: those named `noise-...` are noise, `train-...` is left out.

    Raises:
        ConfigError: it holds no table of speech, or none of noise.
    """
    tables = sorted(path for path in sets.glob("*.tsv") if not path.name.endswith(".words.tsv"))
    speech = [str(path) for path in tables if not path.name.startswith(_LEFT_OUT)]
    noise = [str(path) for path in tables if path.name.startswith(_NOISE)]
    if not speech or not noise:
        raise ConfigError(f"{sets} holds no {'speech' if not speech else 'noise'}: --sets names a folder of tables")
    return [
        Planned("engine", ("engine", "--made", "", *_each("--set", speech), "--clips", "12", "--ablations")),
        Planned("accuracy", ("accuracy", *speech)),
        Planned("accuracy-segmented", ("accuracy", *speech, "--segmented", "--clips", "100")),
        Planned("latency", ("latency", *speech, "--repeats", "3")),
        Planned("load", ("load", *speech)),
        Planned("idle", ("idle", "--source", "silence")),
        Planned("vad", ("vad", "--speech", *speech, "--noise", *noise)),
        Planned("soak", ("soak", *speech)),
    ]


def _each(flag: str, values: Sequence[str]) -> Iterator[str]:
    for value in values:
        yield from (flag, value)
