"""What the samples of a session give in this process: the same segmenter, and the plain offline pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.bench.soak.account import Account, Wrong
from asrd.config.model import engine_options, utterance_options
from asrd.geometry import seconds_of
from asrd.options import Config
from asrd.recognizer.engine import Recognizer
from asrd.segment.events import Began, Dropped, Ended, Heard
from asrd.segment.stream import StreamSegmenter
from asrd.vad.make import make_detector

FloatArray = npt.NDArray[np.float32]
_SLACK_S: Final = 0.1  # the recognizer's limit lies beyond the segmenter's, as in the daemon
_DECIMALS: Final = 3


@dataclass(frozen=True)
class Expected:
    """An utterance: samples [start, end) and their text, "" where it comes to nothing.

    One that is dropped ends with what was heard of it.
    """

    number: int
    start: int
    end: int
    text: str


def utterances_of(
    samples: FloatArray, config: Config, text_of: Callable[[FloatArray], str] = lambda _samples: "?"
) -> list[Expected]:
    """The utterances of a whole session, (n,) float32 at 16 kHz."""
    stream = StreamSegmenter(config.segment, make_detector(config.segment))
    try:
        events = [*stream.hear(samples), *stream.flush()]
    finally:
        stream.close()
    found: list[Expected] = []
    number = start = heard = 0
    for event in events:
        match event:
            case Began(number, start):
                heard = start
            case Heard(part):
                heard += len(part)
            case Ended(end, _):
                found.append(Expected(number, start, end, text_of(samples[start:end])))
            case Dropped():
                found.append(Expected(number, start, heard, ""))
    return found


def compare(account: Account, expected: Sequence[Expected]) -> None:
    """Have the account find what differs from what was expected of the same samples."""
    for one in expected:
        final = account.finals.get(one.number)
        if final is None and one.number not in account.dropped:
            account.find(Wrong.LOST, f"utterance {one.number} ({one.text!r}) came to nothing, and nobody was told")
        elif final is None and one.text:
            account.find(Wrong.TEXT, f"utterance {one.number} was dropped, and is offline {one.text!r}")
        elif final is not None and final["text"] != one.text:
            account.find(Wrong.TEXT, f"utterance {one.number} is {final['text']!r}, and offline {one.text!r}")
        elif final is not None and (final["start"], final["end"]) != (_seconds(one.start), _seconds(one.end)):
            account.find(
                Wrong.TEXT,
                f"utterance {one.number} lies at {final['start']} to {final['end']} s, and offline at "
                f"{_seconds(one.start)} to {_seconds(one.end)} s",
            )
    more = sorted((account.finals.keys() | account.dropped) - {one.number for one in expected})
    if more:
        account.find(Wrong.TEXT, f"utterances {more} are more than the samples give offline")


class Reference:
    """A recognizer as the daemon has it. A context manager."""

    def __init__(self, model: Path, config: Config) -> None:
        """Load the model.

        Raises:
            AsrdError: it cannot be loaded.
        """
        limit_s = config.segment.max_utterance_s + _SLACK_S
        engine = replace(engine_options(config.model, config.segment), max_utterance_s=limit_s)
        self._config = config
        self._options = utterance_options(config.model)
        self._recognizer = Recognizer.open(model, engine)

    def utterances(self, samples: FloatArray) -> list[Expected]:
        """All utterances of a session with their texts: (n,) float32 at 16 kHz."""
        return utterances_of(samples, self._config, lambda part: self._recognizer.transcribe(part, self._options).text)

    def __enter__(self) -> Reference:
        return self

    def __exit__(self, *_: object) -> None:
        self._recognizer.close()


def _seconds(samples: int) -> float:
    return round(seconds_of(samples), _DECIMALS)
