"""How many people can speak to a daemon at once: lag, losses and cost against the number of sessions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.bench.daemon.loaded import Loaded, add_loads
from asrd.bench.daemon.playing import play
from asrd.bench.daemon.process import DaemonProcess
from asrd.bench.daemon.script import Saying, sayings_of, script_of
from asrd.bench.host.model import describe_model
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Result
from asrd.bench.sets.table import ClipSet

Progress = Callable[[str], None]
_OTHERS: Final = 1  # sessions of the daemon beside those of the clients: its own source


@dataclass(frozen=True)
class LoadOptions:
    """What is measured.

    Attributes:
        model: folder.
        sessions: numbers of sessions, each measured with a daemon of its own.
        clips: that each session says.
        limit_ms: the 95th percentile of the lag up to which a number of sessions counts as carried.
        run_flags: further flags of `asrd run`.
        seed: of the pauses.
    """

    model: Path
    sessions: Sequence[int]
    clips: int
    limit_ms: float
    run_flags: Sequence[str] = ()
    seed: int = 0


def measure_load(options: LoadOptions, sets: Sequence[ClipSet], command: str, progress: Progress) -> Result:
    """Have so many clients speak at once, for each number of them.

    Raises:
        AsrdError: the daemon did not start.
        ConfigError: of no clip of a set it can be told where speech is.
    """
    collector = Collector(
        "load",
        command,
        describe_model(options.model),
        {
            "sessions": list(options.sessions),
            "clips": options.clips,
            "limit_ms": options.limit_ms,
            "seed": options.seed,
            "run_flags": list(options.run_flags),
        },
    )
    sayings = []
    for one in sets:
        of_set, left_out = sayings_of(one)
        sayings += of_set
        collector.notes += left_out
    loads = [_loaded(options, sayings, count, progress) for count in sorted(set(options.sessions))]
    add_loads(collector, loads, options.limit_ms)
    minutes = sum(load.played.audio_s for load in loads) / 60
    return collector.result(f"{options.clips} clips in each session, said at 1x; {minutes:.1f} minutes in all")


def _loaded(options: LoadOptions, sayings: Sequence[Saying], count: int, progress: Progress) -> Loaded:
    scripts = [
        script_of([sayings[(index * options.clips + clip) % len(sayings)] for clip in range(options.clips)],
                  options.seed + index)
        for index in range(count)
    ]  # fmt: skip
    longest_s = max(script.audio_s for script in scripts)
    flags = ["--source", "none", "--model", str(options.model)]
    flags += ["--pipeline-max-sessions", str(count + _OTHERS), *options.run_flags]
    with tempfile.TemporaryDirectory() as state, DaemonProcess(flags, Path(state)) as daemon:
        played = play(
            daemon, scripts, lambda passed_s: progress(f"{count} sessions: {passed_s:.0f} of {longest_s:.0f} s")
        )
    return Loaded(scripts, played)
