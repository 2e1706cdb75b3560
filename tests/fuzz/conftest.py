from __future__ import annotations

import pytest

from tests.fuzz.budget import RAN, seconds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not seconds():
        return
    for ran in RAN:
        terminalreporter.write_line(f"{ran.name}: {ran.examples} examples in {ran.seconds:.0f} s, {ran.rounds} rounds")
