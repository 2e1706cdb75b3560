"""Without a rules file: the table of cases."""

from __future__ import annotations

import pytest

from asrd_clients.rules import Before, Rendered, default_rules
from tests.clients.rules.cases import CASES, Case

RULES = default_rules()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.language}-{case.before}|{case.said}")
def test_is_typed(case: Case) -> None:
    rendered = RULES.render(case.said, case.language, Before(case.before))
    assert rendered == Rendered(case.take_back, case.typed)


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 120
    assert len(set(CASES)) == len(CASES)
