"""How late the text of a running daemon is, how steady, and what it costs, by sets that are said to it at real time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from asrd.bench.daemon.eventlog import write_log
from asrd.bench.daemon.measures import add_figures
from asrd.bench.daemon.pictures import add_pictures
from asrd.bench.daemon.playing import Played, play
from asrd.bench.daemon.process import DaemonProcess
from asrd.bench.daemon.scored import PlayedSet
from asrd.bench.daemon.script import Script, sayings_of, script_of
from asrd.bench.host.model import describe_model
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Result
from asrd.bench.sets.table import ClipSet

Progress = Callable[[str], None]


@dataclass(frozen=True)
class LatencyOptions:
    """What is measured.

    Attributes:
        model: folder.
        run_flags: further flags of `asrd run`.
        repeats: how often each set is said, with other pauses each time.
        seed: of the pauses.
        log: file for every message with its times, or None.
    """

    model: Path
    run_flags: Sequence[str] = ()
    repeats: int = 1
    seed: int = 0
    log: Path | None = None


def measure_latency(options: LatencyOptions, sets: Sequence[ClipSet], command: str, progress: Progress) -> Result:
    """Say each set to a daemon of its own.

    Raises:
        AsrdError: the daemon did not start.
        ConfigError: of no clip of a set it can be told where speech is, or the log cannot be written.
    """
    collector = Collector(
        "latency",
        command,
        describe_model(options.model),
        {"repeats": options.repeats, "seed": options.seed, "run_flags": list(options.run_flags)},
    )
    played = [_played(options, one, progress) for one in sets]
    if options.log is not None:
        write_log(options.log, played)
    add_figures(collector, played)
    add_pictures(collector, played)
    clips = ", ".join(f"{one.clips} clips of {one.name}" for one in played)
    minutes = sum(one.audio_s for one in played) / 60
    return collector.result(f"{clips}; each said {options.repeats} times at 1x, {minutes:.1f} minutes in all")


def _played(options: LatencyOptions, clips: ClipSet, progress: Progress) -> PlayedSet:
    sayings, left_out = sayings_of(clips)
    scripts = [script_of(sayings, options.seed + index) for index in range(options.repeats)]
    flags = ["--source", "none", "--model", str(options.model), *options.run_flags]
    with tempfile.TemporaryDirectory() as state, DaemonProcess(flags, Path(state)) as daemon:
        played = [_one(daemon, script, f"{clips.name}, {index} of {len(scripts)}", progress)
                  for index, script in enumerate(scripts, start=1)]  # fmt: skip
    return PlayedSet(clips, scripts, played, left_out)


def _one(daemon: DaemonProcess, script: Script, title: str, progress: Progress) -> Played:
    return play(daemon, [script], lambda passed_s: progress(f"{title}: {passed_s:.0f} of {script.audio_s:.0f} s"))
