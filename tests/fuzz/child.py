"""A process that reads damaged files with native code, so that what it does to a process is seen from outside.

The parent writes a file and sends its path as a line of JSON; the answer is a line of JSON: what came of it.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from asrd.errors import AsrdError

CHECKOUT: Final = Path(__file__).parents[2]
HANG_S: Final = 60.0  # a busy machine is slow; a hang is for ever
_ADDRESS_SPACE_BYTES: Final = 16 << 30  # what is taken by mistake does not take the machine with it
MIB: Final = 1 << 20


class FoundError(AssertionError):
    """A reader did what it must not: the process died, hung, or another exception came out."""


@dataclass(frozen=True)
class Outcome:
    """How a reader ended.

    Attributes:
        error: the class of the error that it raised on purpose, or "".
        message: its sentence.
        grown_bytes: the most memory that it held meanwhile, beyond what it held before.
        result: what it told of its result.
    """

    error: str
    message: str
    grown_bytes: int
    result: dict[str, Any]


class Child:
    """Runs `read`, a function of a module, on one path after the other in a process of its own."""

    def __init__(self, read: Callable[[Path], dict[str, Any]]) -> None:
        self._what = f"{read.__module__}:{read.__name__}"
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child

    def read(self, path: Path) -> Outcome:
        """What comes of the file.

        Raises:
            FoundError: the process died, did not answer, or raised what is no error of asrd; or native code wrote
                something on standard error.
        """
        process = self._started()
        assert process.stdin is not None
        process.stdin.write(json.dumps(str(path)).encode() + b"\n")
        process.stdin.flush()
        answer = self._answer(process)
        written = self._written()
        if answer["escaped"]:
            raise FoundError(f"{answer['escaped']}\n{written}")
        if written:
            raise FoundError(f"this was written on standard error:\n{written}")
        return Outcome(answer["error"], answer["message"], answer["grown_bytes"], answer["result"])

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._end(self._process)
        self._errors.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # Nothing in the environment of the tests is meant for it.
            environment = {name: value for name, value in os.environ.items() if not name.startswith("ASRD_")}
            environment["GGML_NO_BACKTRACE"] = "1"  # llama.cpp would start a debugger
            environment["PYTHONPATH"] = os.pathsep.join(map(str, (CHECKOUT, CHECKOUT / "clients")))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.child", self._what],
                cwd=CHECKOUT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
            )
        return self._process

    def _answer(self, process: subprocess.Popen[bytes]) -> Any:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], HANG_S)
        line = process.stdout.readline() if ready else b""
        if line:
            return json.loads(line)
        if not ready:
            self._end(process)
            raise FoundError(f"it did not end within {HANG_S:g} s\n{self._written()}")
        code = process.wait()
        self._end(process)
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        raise FoundError(f"the process died: {name}\n{self._written()}")

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        self._process = None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _written(self) -> str:
        """What was written on standard error since the last question."""
        self._errors.seek(0)
        written = self._errors.read()
        self._errors.seek(0)
        self._errors.truncate()
        return written.decode(errors="replace").strip()


class _Growth:
    """The most memory that is held from now on, beyond what is held now."""

    def __init__(self) -> None:
        with suppress(OSError):  # on Linux, the most is forgotten; elsewhere only what is more than ever before is seen
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._before_bytes = _most_bytes()

    def bytes(self) -> int:
        return _most_bytes() - self._before_bytes


def _most_bytes() -> int:
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) << 10
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10


def _tried(read: Callable[[Path], dict[str, Any]], path: Path) -> dict[str, Any]:
    growth = _Growth()
    answer: dict[str, Any] = {"error": "", "message": "", "escaped": "", "result": {}}
    try:
        answer["result"] = read(path)
    except AsrdError as error:
        answer |= {"error": type(error).__name__, "message": str(error)}
    except BaseException:  # noqa: BLE001 - this is what is looked for
        answer["escaped"] = traceback.format_exc()
    return answer | {"grown_bytes": growth.bytes()}


def _serve(what: str) -> None:
    logging.basicConfig(level=logging.ERROR)  # as the command line does
    module, _, name = what.partition(":")
    read = getattr(__import__(module, fromlist=[name]), name)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")  # what native code prints must not come between
    os.dup2(2, 1)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        answers.write(json.dumps(_tried(read, Path(json.loads(line)))) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
