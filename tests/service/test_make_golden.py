from __future__ import annotations

from pathlib import Path

from tests.service.make_golden import make
from tests.service.test_systemd_units import GOLDEN


def test_the_script_writes_every_golden_file(tmp_path: Path) -> None:
    make(tmp_path)
    names = {path.name for path in GOLDEN.iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == names
    for name in names:
        assert (tmp_path / name).read_bytes() == (GOLDEN / name).read_bytes(), name
