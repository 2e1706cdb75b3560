"""Every message of a run with its times, for those who want to count themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from asrd.bench.daemon.scored import PlayedSet
from asrd.bench.figures.utterances import Timed
from asrd.errors import ConfigError

_TOLD: Final = ("utterance", "committed", "tail", "text", "state", "start", "end")


def write_log(path: Path, sets: Sequence[PlayedSet]) -> None:
    """Write every message of every repeat as a line of JSON.

    `t_wall` and `t_audio` are seconds since the session began: when the message arrived, and up to where in the audio
    it goes. Clips come first, with their true onsets and ends, and words with their true ends.

    Raises:
        ConfigError: the file cannot be written.
    """
    lines = [json.dumps(line, ensure_ascii=False) for one in sets for line in _lines(one)]
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): choose another place with --log") from None


def _lines(one: PlayedSet) -> Iterator[dict[str, Any]]:
    for repeat, (script, played) in enumerate(zip(one.scripts, one.played, strict=True), start=1):
        where = {"set": one.name, "repeat": repeat}
        for said in script.said:
            truth = {"onset": said.onset_s, "end": said.end_s, "reference": said.reference, "words": list(said.words)}
            yield {**where, "type": "said", **truth}
        for timed in played.records[0].messages:
            yield {**where, **_line(timed)}


def _line(timed: Timed) -> dict[str, Any]:
    at_s, message = timed
    told = {name: message[name] for name in _TOLD if name in message}
    return {"type": message["type"], "t_wall": round(at_s, 4), "t_audio": message.get("end"), **told}
