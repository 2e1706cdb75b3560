"""Starting a peer, and ending it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asrd.bench.peers.once import OncePeer
from asrd.bench.peers.peer import Peer
from asrd.bench.peers.spec import PeerSpec
from asrd.bench.peers.staying import StayingPeer


@contextmanager
def open_peer(spec: PeerSpec) -> Iterator[Peer]:
    """Start a peer, and end it with the block. One that stays has heard a first clip by then, so that it is loaded.

    Raises:
        PeerError, ConfigError: as `Peer.transcribe` and `Peer.close`.
    """
    with tempfile.TemporaryDirectory(prefix="asrd-peer-") as folder:
        peer = (OncePeer if spec.is_run_once_a_clip else StayingPeer)(spec, Path(folder))
        try:
            peer.start()
            yield peer
            peer.close()
        finally:
            peer.abandon()
