"""What became of each clip that was said, by the messages that came back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from asrd.bench.daemon.script import Said
from asrd.bench.figures.delays import WordDelays, timed_words, word_delays
from asrd.bench.figures.normalising import plain_words
from asrd.bench.figures.stability import Stability, stability
from asrd.bench.figures.streaming import erased_words, first_shown, length_adaptive_average_lagging
from asrd.bench.figures.utterances import Timed, Utterance, utterances_of


@dataclass(frozen=True)
class Heard:
    """What came of one clip; None where there was nothing to measure.

    A clip that shares an utterance with another has no delays of its own: the begin of the one and the end of the other
    are not to be seen. What is counted of utterances is counted once: with the first clip that ends after their begin.

    Attributes:
        first_partial_s: from the true onset to the first text.
        final_after_speech_s: from the true end of speech to the last final.
        final_after_endpoint_s: from the daemon's word that speech has ended to the last final.
        laal_s: how far its words, as they stayed, came behind a speaker of constant pace.
        lags_s: of every partial of its utterances: from when the newest audio in it was said to its arrival.
        words: by the true end of each word; None where that is not known, or there is no final.
        stability: of its utterances, in words as they were shown, with case and punctuation.
        erased_letters: committed, and taken back by a later partial. Committed text only grows, so there must be none.
        clip: its name; repeats have the same.
    """

    first_partial_s: float | None
    final_after_speech_s: float | None
    final_after_endpoint_s: float | None
    laal_s: float | None
    lags_s: Sequence[float]
    words: WordDelays | None
    stability: Stability
    erased_letters: int = 0
    clip: str = ""


@dataclass(frozen=True)
class Tally:
    """What cannot be seen in the measures of clips.

    Attributes:
        clips: that were said.
        without_final: of these, clips without any text in the end.
        split: clips with several finals.
        merged: finals with several clips in them.
        strays: finals with none in them.
        unended: utterances that were begun in a partial and whose end was never told.
        gaps: that the daemon told.
        lost_s: audio in them.
    """

    clips: int = 0
    without_final: int = 0
    split: int = 0
    merged: int = 0
    strays: int = 0
    unended: int = 0
    gaps: int = 0
    lost_s: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def heard_of(said: Sequence[Said], messages: Sequence[Timed]) -> tuple[list[Heard], Tally]:
    """Match every clip with the utterances that overlap its speech."""
    utterances = utterances_of(messages)
    endpoints_s = [
        at_s for at_s, message in messages if message["type"] == "status" and message["state"] == "listening"
    ]
    own = [[one for one in utterances if one.end_s > clip.onset_s and one.start_s < clip.end_s] for clip in said]
    shared = {one.number for one in utterances if sum(one in of_clip for of_clip in own) > 1}
    counted: list[list[Utterance]] = [[] for _ in said]
    for one in utterances:
        counted[next((place for place, clip in enumerate(said) if clip.end_s > one.start_s), -1)].append(one)
    heard = []
    for clip, of_clip, with_clip in zip(said, own, counted, strict=True):
        is_alone = shared.isdisjoint(one.number for one in of_clip)
        heard.append(_heard(clip, of_clip if is_alone else (), with_clip, endpoints_s))
    finals = [sum(one.final is not None for one in of_clip) for of_clip in own]
    clips_of = [sum(one in of_clip for of_clip in own) for one in utterances if one.final is not None]
    lost_s = [message["end"] - message["start"] for _, message in messages if message["type"] == "gap"]
    return heard, Tally(
        clips=len(said),
        without_final=finals.count(0),
        split=sum(count > 1 for count in finals),
        merged=sum(count > 1 for count in clips_of),
        strays=clips_of.count(0),
        unended=sum(not one.has_ended for one in utterances),
        gaps=len(lost_s),
        lost_s=sum(lost_s),
    )


def _heard(clip: Said, own: Sequence[Utterance], counted: Sequence[Utterance], endpoints_s: Sequence[float]) -> Heard:
    """Delays are those of its `own` utterances; `counted` are those that are counted with it."""
    ended = [one for one in own if one.final is not None]
    last = ended[-1] if ended else None
    shown_s = [look.at_s for one in own for look in one.looks() if look.words] + [one.final_s for one in ended]
    before = [at_s for at_s in endpoints_s if last is not None and last.end_s < at_s <= last.final_s]
    return Heard(
        first_partial_s=min(shown_s) - clip.onset_s if shown_s else None,
        final_after_speech_s=last.final_s - clip.end_s if last else None,
        final_after_endpoint_s=last.final_s - before[0] if last and before else None,
        laal_s=_laal_s(clip, ended),
        lags_s=[at_s - message["end"] for one in counted for at_s, message in one.partials],
        words=_words(clip, ended) if ended and clip.words else None,
        stability=sum((stability(one.looks(), one.text.split()) for one in counted if one.final), Stability()),
        erased_letters=sum(erased_words([message["committed"] for _, message in one.partials]) for one in counted),
        clip=clip.clip,
    )


def _laal_s(clip: Said, ended: Sequence[Utterance]) -> float | None:
    shown_s: list[float] = []
    for one in ended:
        words = plain_words(one.text)
        history = [(look.at_s, look.words) for look in one.looks(plain_words)]
        shown_s += first_shown([*history, (one.final_s, words)], words)
    if not shown_s:
        return None
    delays_s = [at_s - clip.onset_s for at_s in shown_s]
    said = len(plain_words(clip.reference)) or None
    return length_adaptive_average_lagging(delays_s, clip.end_s - clip.onset_s, reference_words=said)


def _words(clip: Said, ended: Sequence[Utterance]) -> WordDelays:
    heard = [word for one in ended for word in timed_words(one.looks(plain_words), plain_words(one.text), one.final_s)]
    return word_delays([(part, end_s) for word, end_s in clip.words for part in plain_words(word)], heard)
