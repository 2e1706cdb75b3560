"""The public Python interface: complete, typed, documented, and changed on purpose only.

`python -m tests.public_api > tests/public_api.txt` takes a change over.
"""

from __future__ import annotations

import dataclasses
import importlib.resources
import inspect
import json
import os
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import asrd
import asrd.client
from tests.public_api import MODULES, described, exported, members

ROOT = Path(__file__).parents[1]
SNAPSHOT = Path(__file__).with_name("public_api.txt")
PAGE = (ROOT / "docs" / "PYTHON.md").read_text(encoding="utf-8")
HEAVY = "numpy onnxruntime onnx gguf xllamacpp soundfile sounddevice soxr webrtcvad torch"
# Public by name, but asrd's own, as docs/PYTHON.md says: what they take and give may change.
OWN = {"Recognizer.prepare", "Utterance.__init__", "Stream.__init__.waiting"}


def test_it_changes_on_purpose_only() -> None:
    assert described() == SNAPSHOT.read_text(encoding="utf-8"), "python -m tests.public_api > tests/public_api.txt"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_what_is_exported_is_there(module: Any) -> None:
    assert module.__all__ == sorted(module.__all__, key=lambda name: (name[0].islower(), name))
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Frob'"):
        module.Frob  # noqa: B018


def test_all_of_it_can_be_imported() -> None:
    scope: dict[str, Any] = {}
    exec("from asrd import *\nfrom asrd.client import *", scope)
    assert exported().keys() <= scope.keys()


@pytest.mark.parametrize("name", sorted(exported()))
def test_it_is_documented(name: str) -> None:
    thing = exported()[name]
    assert name in ("FinalMode", "Message") or inspect.getdoc(thing)
    assert re.search(rf"\b{name}\b", PAGE), f"docs/PYTHON.md does not name {name}"
    if inspect.isclass(thing) and not issubclass(thing, BaseException):
        for method in vars(thing):
            if not method.startswith("_") and inspect.isroutine(getattr(thing, method)):
                assert inspect.getdoc(getattr(thing, method)), f"{name}.{method}"


@pytest.mark.parametrize("name", ["Recognizer", "Utterance", "Hypothesis", "UtteranceOptions", "EngineOptions"])
def test_the_page_names_what_people_use(name: str) -> None:
    own = {"encoder", "verify_drafts", "reuse_windows", "library", "unstable_margin_s"}  # for comparisons and trials
    for member_name in [line.partition("(")[0].partition(":")[0] for line in members(exported()[name])]:
        if not member_name.startswith("_") and member_name not in own:
            assert re.search(rf"\b{member_name}\b", PAGE), f"docs/PYTHON.md does not name {name}.{member_name}"


def test_every_type_that_is_taken_or_given_is_exported() -> None:
    known = {thing for thing in exported().values() if inspect.isclass(thing)}
    for place, hint in hints():
        for part in classes_in(hint):
            assert part in known or not part.__module__.startswith("asrd"), f"{place} shows {part}: export it"


def hints() -> Iterator[tuple[str, Any]]:
    for name, thing in exported().items():
        if inspect.isfunction(thing):
            yield from ((f"{name}.{key}", hint) for key, hint in typing.get_type_hints(thing).items())
        if not inspect.isclass(thing):
            continue
        if dataclasses.is_dataclass(thing):
            public = [field.name for field in dataclasses.fields(thing)]
            yield from ((f"{name}.{key}", hint) for key, hint in typing.get_type_hints(thing).items() if key in public)
        for method, item in vars(thing).items():
            function = item.fget if isinstance(item, property) else getattr(item, "__func__", item)
            is_public = method == "__init__" or not method.startswith("_")
            if is_public and inspect.isfunction(function) and f"{name}.{method}" not in OWN:
                found = typing.get_type_hints(function)
                yield from (
                    (f"{name}.{method}", hint) for key, hint in found.items() if f"{name}.{method}.{key}" not in OWN
                )


def classes_in(hint: Any) -> Iterator[type]:
    if inspect.isclass(hint) and not typing.get_args(hint):
        yield hint
    for part in typing.get_args(hint):
        yield from classes_in(part)


def test_every_error_has_a_name() -> None:
    """Whatever the docstrings of the interface say that they raise."""
    for name, thing in exported().items():
        texts = [inspect.getdoc(thing) or ""]
        if inspect.isclass(thing):
            texts += [inspect.getdoc(getattr(thing, method)) or "" for method in vars(thing) if method[0] != "_"]
            texts.append(inspect.getdoc(thing.__init__) or "")
        for error in re.findall(
            r"^ {4}(\w+): ", "\n".join(text.partition("Raises:")[2] for text in texts), re.MULTILINE
        ):
            assert error in exported(), f"{name} raises {error}: export it"


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import asrd, asrd.client; asrd.__version__; dir(asrd)", ""),
        ("from asrd import AsrdError, Cancelled, EngineOptions, ModelFolder, StopSignal, UtteranceOptions", ""),
        ("from asrd import find_model; find_model('nano')", ""),
        ("from asrd import find_daemon; find_daemon()", ""),
        ("from asrd.client import Stream, steer", ""),
        ("from asrd import Recognizer", "numpy onnxruntime"),
    ],
)
def test_nothing_is_loaded_before_it_is_used(code: str, allowed: str, tmp_path: Path) -> None:
    script = f"import sys\n{code}\nprint(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script, *HEAVY.split()],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.decode().strip() == allowed


def test_it_is_typed() -> None:
    assert (importlib.resources.files("asrd") / "py.typed").is_file()


def test_examples_are_typed(tmp_path: Path) -> None:
    """The blocks of docs/PYTHON.md and README.md under mypy --strict."""
    pytest.importorskip("mypy")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python[^\n]*\n(.*?)```", PAGE + readme, re.DOTALL)
    assert len(examples) > 5
    files = []
    for number, text in enumerate(examples):
        files.append(tmp_path / f"example_{number}.py")
        files[-1].write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout.decode()


def test_the_model_that_ships_is_found() -> None:
    folder = asrd.find_model("nano")
    with asrd.Recognizer.open(options=asrd.EngineOptions(threads=1)) as recognizer:
        assert recognizer.folder.path == folder
        assert recognizer.folder.name == "nano"


def test_the_daemon_that_the_settings_describe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ASRD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert asrd.find_daemon().url == "ws://127.0.0.1:8765/v1/stream"
    assert asrd.find_daemon().token == ""
    monkeypatch.setenv("ASRD_SERVER_PORT", "1234")
    monkeypatch.setenv("ASRD_TOKEN", "secret")
    found = asrd.find_daemon(control=True)
    assert (found.url, found.token) == ("ws://127.0.0.1:1234/v1/stream", "secret")
    assert asrd.find_daemon("wss://there:1", "ca.pem") == asrd.client.Endpoint(
        "wss://there:1/v1/stream", token="secret", ca_file="ca.pem"
    )
    with pytest.raises(asrd.ConfigError, match="no address of a daemon"):
        asrd.find_daemon("http://there")


def test_a_listener_is_not_given_a_token_to_control(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.json"
    entries = [
        {"name": "ear", "token": "a" * 43, "scopes": ["listen"]},
        {"name": "hand", "token": "b" * 43, "scopes": ["listen", "control"]},
    ]
    tokens.write_text(json.dumps({"tokens": entries}), encoding="utf-8")
    tokens.chmod(0o600)
    monkeypatch.delenv("ASRD_TOKEN", raising=False)
    monkeypatch.setenv("ASRD_SERVER_TOKEN_FILE", str(tokens))
    assert asrd.find_daemon().token == "a" * 43
    assert asrd.find_daemon(control=True).token == "b" * 43
