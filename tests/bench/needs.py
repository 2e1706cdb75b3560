"""What cannot be tested everywhere."""

from __future__ import annotations

import sys

import pytest

NEEDS_TEXT2NUM = pytest.mark.skipif(
    sys.platform == "darwin" and sys.version_info < (3, 11), reason="text2num 3 has no wheel for it"
)
