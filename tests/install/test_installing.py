"""asrd installed into empty environments by pip: it hears the clip that comes with it.

Every command runs in another folder than the checkout, with an empty home, and nothing is fetched or compiled.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.test_demo import MAX_ERROR, SENTENCES, word_error_rate
from tests.install.hearing import check
from tests.install.packages import INTERPRETERS, Built, Pip, need_wheelhouse, run


@pytest.fixture(autouse=True)
def _wheels() -> None:
    need_wheelhouse()


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
@pytest.mark.parametrize("interpreter", INTERPRETERS, ids=lambda path: "-".join(path.parts[-3:-2]) or "python")
def test_pip(built: Built, tmp_path: Path, home: Path, interpreter: Path, kind: str) -> None:
    environment = Pip.make(interpreter, tmp_path / "environment", home)
    environment.install(getattr(built, kind))
    program = environment.folder / "bin/asrd"
    check(program, home)
    heard = run(program, "run", "--demo", "--fast", "--port", "0", folder=home, home=home)
    assert word_error_rate(SENTENCES, heard.splitlines()) <= MAX_ERROR, heard
