"""What asrd and its peers make of all clips, taken from what is kept or recognised now."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asrd.bench.accuracy.hearing import Heard, Said, Ways, hear
from asrd.bench.accuracy.kept import Kept
from asrd.bench.figures.normalising import normalised
from asrd.bench.peers.opening import open_peer
from asrd.bench.peers.spec import PeerSpec
from asrd.bench.sets.table import Clip, ClipSet
from asrd.errors import AudioError
from asrd.recognizer.engine import Recognizer

Progress = Callable[[str], None]


@dataclass(frozen=True)
class HeardSet:
    """A set and what asrd made of it.

    Attributes:
        name: of the set.
        clips: those that could be recognised.
        heard: of each of them.
        unreadable: the others, each with the reason.
        silent: how many were left out because the table does not say what is said in them.
    """

    name: str
    clips: Sequence[Clip]
    heard: Sequence[Heard]
    unreadable: Sequence[str]
    silent: int

    @property
    def audio_s(self) -> float:
        """Length of the clips that could be recognised."""
        return sum(one.audio_s for one in self.heard)


def hear_set(recognizer: Recognizer, one: ClipSet, ways: Ways, kept: Kept, progress: Progress) -> HeardSet:
    """Recognise all clips of a set in all ways; one that cannot be read is told in the result.

    Raises:
        NativeError: as `Recognizer.transcribe`.
        ConfigError: what is kept cannot be written.
    """
    spoken = _spoken(one)
    clips, heard, unreadable = [], [], []
    for number, clip in enumerate(spoken, 1):
        progress(f"{one.name}: clip {number} of {len(spoken)}")
        key = _key(one, clip)
        known = kept.heard(key)
        if known is None:
            try:
                known = hear(recognizer, clip.samples(), ways)
            except AudioError as error:
                unreadable.append(str(error))
                continue
            kept.keep_heard(key, known)
        clips.append(clip)
        heard.append(known)
    return HeardSet(one.name, clips, heard, unreadable, len(one.clips) - len(spoken))


def ask_peer(spec: PeerSpec, sets: Sequence[ClipSet], kept: Kept, progress: Progress) -> None:
    """Have a peer recognise all clips of all sets that can be read; its texts are kept.

    Raises:
        PeerError, ConfigError: as `Peer.transcribe`.
    """
    waiting = [(_key(one, clip), clip) for one in sets for clip in _spoken(one)]
    waiting = [(key, clip) for key, clip in waiting if kept.said(_identity(spec), key) is None]
    if not waiting:
        return
    progress(f"{spec.name}: starting")
    with open_peer(spec) as peer:
        for number, (key, clip) in enumerate(waiting, 1):
            progress(f"{spec.name}: clip {number} of {len(waiting)}")
            try:
                samples = clip.samples()
            except AudioError:
                continue  # told where asrd hears it
            found = peer.transcribe(samples)
            kept.keep_said(_identity(spec), key, Said(found.text, found.seconds))


def said_by(spec: PeerSpec, one: HeardSet, kept: Kept) -> list[Said]:
    """What a peer that was asked made of the clips of a set."""
    found = [kept.said(_identity(spec), _key(one, clip)) for clip in one.clips]
    return [said for said in found if said is not None]


def _spoken(one: ClipSet) -> list[Clip]:
    """Clips of which it is known what is said."""
    return [clip for clip in one.clips if normalised(clip.reference)]


def _key(one: ClipSet | HeardSet, clip: Clip) -> str:
    return f"{one.name}/{clip.name}"


def _identity(spec: PeerSpec) -> str:
    return f"{spec.name}={shlex.join(spec.words)}"
