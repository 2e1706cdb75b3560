from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.budget import RAN, seconds
from tests.fuzz.child import Child
from tests.fuzz.readers import model


@pytest.fixture(scope="module")
def model_child() -> Iterator[Child]:
    """A process that opens model folders."""
    with Child(model) as started:
        yield started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not seconds():
        return
    for ran in RAN:
        terminalreporter.write_line(f"{ran.name}: {ran.examples} examples in {ran.seconds:.0f} s, {ran.rounds} rounds")
