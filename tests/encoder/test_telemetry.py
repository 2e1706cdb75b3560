"""Nothing is sent anywhere, by ONNX Runtime neither."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_RUN = """
import sys
from contextlib import closing
from pathlib import Path
from asrd.encoder.session import OnnxSession
with closing(OnnxSession(Path(sys.argv[1]), threads=1)) as session:
    print(session.input_shape)
"""
# It does not report from machines that build software, which it knows by such variables.
_KEPT = {"PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "SYSTEMROOT"}


def test_no_report_is_prepared(tmp_path: Path) -> None:
    """Its telemetry keeps an identity of the machine, and what it is about to send, in the user's cache."""
    root = Path(__file__).parents[2]
    environ = {name: value for name, value in os.environ.items() if name in _KEPT} | {"HOME": str(tmp_path)}
    graph = root / "model" / "nano" / "nano_encoder_frontend.onnx"
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(graph)], env=environ, cwd=root, check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("(")
    assert list(tmp_path.iterdir()) == []
