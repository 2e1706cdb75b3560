"""Engines in processes of their own, so that a peak resident set is that of one engine."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from asrd.bench.engine.values import EngineRequest, Measured, ReferenceRequest, clips_from, measured_of
from asrd.errors import AsrdError

Progress = Callable[[str], None]


def measure_apart(module: str, request: EngineRequest | ReferenceRequest, progress: Progress) -> Measured:
    """What `python -m module` answers to `request`; each line that it writes to standard error is progress.

    Raises:
        AsrdError: it ended with an error; with the last line that it wrote.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as answer:  # longer than a pipe holds while nobody reads it
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        with process:
            assert process.stdin is not None
            assert process.stderr is not None
            process.stdin.write(json.dumps(asdict(request)))
            process.stdin.close()
            last = ""
            for line in process.stderr:
                last = line.strip() or last
                progress(last)
        if process.returncode != 0:
            raise AsrdError(f"{module} ended with exit code {process.returncode}: {last}")
        answer.seek(0)
        return measured_of(json.load(answer))


def serve(request_type: type[Any], measure: Callable[[Any, Progress], Measured]) -> None:
    """The other end: answer the one request on standard input."""
    value = json.load(sys.stdin)
    request = request_type(**{**value, "clips": clips_from(value["clips"])})
    try:
        measured = measure(request, _tell)
    except AsrdError as error:
        _tell(str(error))
        sys.exit(error.exit_code)
    json.dump(asdict(measured), sys.stdout)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
