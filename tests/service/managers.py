"""Runners that imitate service managers: they record what is run, and keep the state that it would lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from asrd.service.errors import ServiceError
from asrd.service.runner import Answer, shown

WISH_PROGRAM = ("/opt/asrd/bin/python", "-m", "asrd")


@dataclass
class FakeRunner:
    """Answers what `reply` says; a `ServiceError` in place of an answer is raised."""

    reply: Callable[[tuple[str, ...]], Answer | ServiceError] = lambda _command: Answer(0)
    is_dry: bool = False
    asked: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    def ask(self, *command: str, limit_s: float = 0.0) -> Answer:
        self.asked.append(shown(command))
        answer = self.reply(command)
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    def run(self, *command: str, limit_s: float = 0.0) -> Answer:
        self.ran.append(shown(command))
        answer = Answer(0) if self.is_dry else self.reply(command)
        if isinstance(answer, ServiceError):
            raise answer
        if answer.code != 0:
            raise ServiceError(f"`{shown(command)}` failed: {answer.reason}")
        return answer


class FakeLaunchd:
    """What launchd knows, and what its commands and the compiler's do."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.has_session = True
        self.has_compiler = True
        self.known: dict[str, int] = {}  # label -> pid, 0 where it does not run
        self.disabled: set[str] = set()
        self.refusals = 0  # how often `bootstrap` says that it cannot do it yet
        self.lingering = 0  # how often a service that was booted out is still seen
        self.pid = 100
        self.compiled = 0

    def __call__(self, command: tuple[str, ...]) -> Answer | ServiceError:
        words = list(command)
        if words[0] == "/bin/launchctl":
            return self._launchctl(words[1], words[2:])
        if words[0] == "/usr/bin/xcode-select":
            return Answer(0 if self.has_compiler else 2)
        if words[0] == "/bin/mkdir":
            Path(words[-1]).mkdir(parents=True, exist_ok=True)
        elif words[:2] == ["/usr/bin/xcrun", "clang"]:
            self.compiled += 1
            Path(words[words.index("-o") + 1]).write_bytes(b"\xcf\xfa\xed\xfe" + Path(words[-1]).read_bytes())
        elif words[0] == "/bin/mv":
            Path(words[-2]).replace(words[-1])
        elif words[0] == "/usr/bin/codesign":
            seal = Path(words[-1]) / "Contents" / "_CodeSignature" / "CodeResources"
            seal.parent.mkdir(parents=True, exist_ok=True)
            seal.write_text("sealed", encoding="ascii")
        return Answer(0)

    def _launchctl(self, verb: str, words: list[str]) -> Answer:
        label = words[-1].rpartition("/")[2]
        if verb == "print-disabled":
            lines = "".join(f'\t\t"{one}" => disabled\n' for one in sorted(self.disabled))
            return Answer(0, f"\tdisabled services = {{\n{lines}\t}}\n")
        if verb == "print":
            return self._print(words[0], label)
        if verb == "bootstrap":
            return self._bootstrap(Path(words[1]))
        if verb == "enable":
            self.disabled.discard(label)
        elif verb == "bootout":
            self.known.pop(label, None)
        elif verb == "kill":
            self.known[label] = 0
        elif verb == "kickstart" and (not self.known[label] or "-k" in words):
            self._start(label)
        return Answer(0)

    def _print(self, target: str, label: str) -> Answer:
        if target.count("/") == 1:
            return Answer(0 if self.has_session else 125, err="Domain does not support specified action")
        if self.lingering and label not in self.known:
            self.lingering -= 1
            return Answer(0, f"{target} = {{\n\tstate = running\n}}\n")
        if label not in self.known:
            return Answer(113, err="Could not find service")
        pid = self.known[label]
        state = f"\tstate = running\n\tpid = {pid}\n" if pid else "\tstate = not running\n\tlast exit code = 0\n"
        return Answer(0, f"{target} = {{\n{state}}}\n")

    def _bootstrap(self, plist: Path) -> Answer:
        label = plist.stem
        if self.refusals or label in self.known or label in self.disabled:
            self.refusals = max(0, self.refusals - 1)
            return Answer(5, err="Bootstrap failed: 5: Input/output error")
        self._start(label)
        return Answer(0)

    def _start(self, label: str) -> None:
        self.pid += 1
        self.known[label] = self.pid
