"""A transcription as text, JSON or subtitles."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from asrd.cli.output import as_json
from asrd.cli.passes import Spoken
from asrd.source.file import AudioFile
from asrd.text.subtitles import cues_of, to_srt, to_vtt
from asrd.values import Hypothesis


@dataclass(frozen=True)
class Result:
    """The transcription of one file."""

    path: str
    audio: AudioFile
    spoken: Spoken
    model: str


def render(result: Result, format_name: str, *, with_name: bool) -> str:
    """The result in a format (text, json, srt, vtt); `with_name` puts the file's name before each line of text."""
    if format_name == "json":
        return as_json(as_object(result)) + "\n"
    if format_name in ("srt", "vtt"):
        cues = cues_of(result.spoken.words)
        return to_srt(cues) if format_name == "srt" else to_vtt(cues)
    lines = result.spoken.hypothesis.text.splitlines() or [""]
    return "".join(f"{result.path}: {line}\n" if with_name else f"{line}\n" for line in lines)


def as_object(result: Result) -> dict[str, Any]:
    """The result as a JSON object; `words` is there where their times are known, not estimated."""
    hypothesis, audio = result.spoken.hypothesis, result.audio
    value: dict[str, Any] = {
        "file": result.path,
        "text": hypothesis.text,
        "language": hypothesis.language,
        "duration_s": round(audio.duration_s, 4),
        "sample_rate_hz": audio.sample_rate_hz,
        "channels": audio.channels,
        "stop": hypothesis.stop.value,
        "model": result.model,
        "elapsed_s": round(result.spoken.elapsed_s, 4),
        "real_time_factor": round(result.spoken.real_time_factor, 4),
        "timing": timing_object(hypothesis),
        "work": asdict(hypothesis.work),
    }
    if hypothesis.words:
        value["words"] = [
            {"text": word.text, "start_s": round(word.start_s, 3), "end_s": round(word.end_s, 3)}
            for word in hypothesis.words
        ]
    return value


def timing_object(hypothesis: Hypothesis) -> dict[str, float]:
    """Seconds of computing by stage, and all together."""
    timing = hypothesis.timing
    return {name: round(value, 4) for name, value in {**asdict(timing), "total_s": timing.total_s}.items()}
