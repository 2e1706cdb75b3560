"""Other recognizers: given samples, they give text, and the seconds that it took.

A peer is a command; an adapter of ten lines makes one of any library (docs/peers). It reads 16 kHz mono PCM16 WAV files
and prints the text of each as one line.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from asrd.bench.peers.spec import PeerSpec
from asrd.geometry import SAMPLE_RATE_HZ

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PeerText:
    """What a peer made of a clip, and how long that took: from the path to the text."""

    text: str
    seconds: float


class Peer(ABC):
    """A recognizer that was opened by `opening.open_peer`.

    Attributes:
        spec: its name and command.
        load_s: from its start to the answer to a first, short clip; None where every clip pays for the start.
        peak_resident_bytes: the largest resident set of its processes; None where the system does not tell.
    """

    def __init__(self, spec: PeerSpec, folder: Path) -> None:
        self.spec = spec
        self.load_s: float | None = None
        self.peak_resident_bytes: int | None = None
        self._folder = folder

    def transcribe(self, samples: FloatArray) -> PeerText:
        """The text of whole audio: (n,) float32 at 16 kHz, full scale 1.0. Writing the file does not count.

        Raises:
            PeerError: it ended, took too long, or answered with another number of lines.
            ConfigError: its command does not exist.
        """
        path = self._folder / "clip.wav"
        soundfile.write(path, samples, SAMPLE_RATE_HZ, subtype="PCM_16")
        return self._hear(path)

    def start(self) -> None:  # noqa: B027  (a peer that is run for each clip has nothing to start)
        """Start it, as far as it can be before a clip is there.

        Raises:
            PeerError, ConfigError: as `transcribe`.
        """

    @abstractmethod
    def _hear(self, path: Path) -> PeerText:
        """The text of a WAV file."""

    def close(self) -> None:  # noqa: B027
        """End it; all its clips are answered.

        Raises:
            PeerError: it wrote more than it was asked for, or ended with an error.
        """

    def abandon(self) -> None:  # noqa: B027
        """End it by force."""
