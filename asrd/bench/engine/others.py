"""A peer measured: the same clips, heard by a command."""

from __future__ import annotations

from collections.abc import Sequence

from asrd.bench.engine.apart import Progress
from asrd.bench.engine.audio import Clips
from asrd.bench.engine.values import Measured, Offline
from asrd.bench.peers.opening import open_peer
from asrd.bench.peers.spec import PeerSpec
from asrd.geometry import seconds_of


def measure_peer(spec: PeerSpec, clips: Sequence[Clips], repeats: int, progress: Progress) -> Measured:
    """Measure a peer on clips.

    Raises:
        AsrdError: it failed, or a clip cannot be read.
    """
    result = Measured(spec.name)
    with open_peer(spec) as peer:
        result.load_s = peer.load_s
        for one in clips:
            audio = one.read()
            seconds = [sum(peer.transcribe(samples).seconds for samples in audio) for _ in range(repeats)]
            result.offline.append(Offline(one.name, seconds_of(sum(map(len, audio))), seconds))
            progress(f"{spec.name}: {one.name}")
        result.peak_resident_bytes = peer.peak_resident_bytes
    return result
