"""What to do about a Python package that is missing or broken: the one place that words it.

asrd is in no package index: its name alone, asked of one, would bring nothing, or a stranger's program.
"""

from __future__ import annotations

import re
import shlex
import sys
from importlib import metadata
from importlib.util import find_spec


def with_extra(extra: str) -> str:
    """How the packages of an extra of pyproject.toml come to this installation, as the end of a sentence."""
    return f"install asrd again with the extra `{extra}` (docs/START.md#extras)"


def reinstall_command(package: str) -> str:
    """What installs one of asrd's own packages anew beside this Python, in a version that asrd takes.

    An environment of `uv tool` has no pip; one of pipx has no pip command of its own, but its Python knows pip.
    """
    python, wanted = shlex.quote(sys.executable), shlex.quote(_with_bound(package))
    if find_spec("pip") is None:
        return f"uv pip install --python {python} --reinstall {wanted}"
    return f"{python} -m pip install --force-reinstall {wanted}"


def _with_bound(package: str) -> str:
    try:
        requirements = metadata.requires("asrd") or []
    except metadata.PackageNotFoundError:  # run from its folder
        requirements = []
    plain = (text.partition(";")[0].strip() for text in requirements if "extra ==" not in text)
    return next((text for text in plain if re.match(rf"{re.escape(package)}(?![\w.-])", text)), package)
