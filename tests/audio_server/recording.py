"""The recorder's process, as a test sees it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.audio_server.pulse import PulseServer

_ROOT = Path(__file__).parents[2]
_TIMEOUT_S = 30.0


class Recording:
    """Runs `tests.audio_server.recorder` against a server; a context manager.

    Attributes:
        lines: what it said so far.
    """

    def __init__(self, server: PulseServer, out: Path, *arguments: str) -> None:
        """`arguments` of the recorder; the audio goes to `out`."""
        self._out = out
        self.lines: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.audio_server.recorder", str(out), *arguments],
            cwd=_ROOT,
            env=server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, kind: str, after: int = 0, **fields: Any) -> dict[str, Any]:
        """The first line, from number `after` on, of this kind whose fields contain those given."""
        deadline_s = time.monotonic() + _TIMEOUT_S
        with self._changed:
            while True:
                for line in self.lines[after:]:
                    if line["kind"] == kind and all(str(value) in str(line[name]) for name, value in fields.items()):
                        return line
                left_s = deadline_s - time.monotonic()
                has_ended = left_s <= 0 or self._process.poll() is not None
                assert not has_ended, f"no {kind} {fields} in {self.lines}"
                self._changed.wait(min(left_s, 0.5))

    def command(self, word: str) -> None:
        """Give it a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def finish(self) -> npt.NDArray[np.float32]:
        """End it: (n,) float32 at 16 kHz, what was lost as NaN."""
        self.command("quit")
        assert self._process.wait(_TIMEOUT_S) == 0
        samples: npt.NDArray[np.float32] = np.load(self._out)
        return samples

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(_TIMEOUT_S)
        self._reader.join(_TIMEOUT_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self.lines.append(json.loads(line))
                self._changed.notify_all()
