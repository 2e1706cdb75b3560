"""What a process holds is its own, not that of whoever started it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from asrd.bench.host.memory import peak_resident_bytes, peak_resident_bytes_of, resident_bytes, status_number

MIB = 1 << 20
_CHILD = "from asrd.bench.host.memory import peak_resident_bytes as p; print(p())"
_PARENT = f"""
import subprocess, sys
held = b"x" * (300 << 20)
print(subprocess.run([sys.executable, "-c", {_CHILD!r}], stdout=subprocess.PIPE, text=True, check=True).stdout)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs proc(5)")
def test_the_peak_of_a_child_is_not_that_of_its_parent() -> None:
    told = subprocess.run([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert 5 * MIB < int(told) < 200 * MIB


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs proc(5)")
def test_the_peak_is_seen_from_outside_as_well() -> None:
    assert resident_bytes() <= peak_resident_bytes() + MIB
    assert peak_resident_bytes_of("self") == pytest.approx(peak_resident_bytes(), abs=MIB)


def test_a_process_that_has_ended_has_no_peak(tmp_path: Path) -> None:
    assert status_number(tmp_path, "VmHWM") == 0
    (tmp_path / "status").write_text("Name:\tx\nVmHWM:\t  12 kB\nThreads:\t3\n")
    assert status_number(tmp_path, "VmHWM") == 12
    assert status_number(tmp_path, "Threads") == 3
    assert status_number(tmp_path, "VmPeak") == 0
