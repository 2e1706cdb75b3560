"""Layers import downwards only; DESIGN: values, pure computation, native resources, recognizer, concurrency, edges."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import asrd
import asrd_clients

PACKAGE = Path(asrd.__file__).parent
VALUES, PURE, NATIVE, RECOGNIZER, CONCURRENCY, EDGE = 1, 2, 3, 4, 5, 6
LAYERS = {
    "asrd.errors": VALUES,
    "asrd.events": VALUES,
    "asrd.geometry": VALUES,
    "asrd.installing": VALUES,
    "asrd.lazy": VALUES,
    "asrd.options": VALUES,
    "asrd.stop": VALUES,
    "asrd.values": VALUES,
    "asrd.hub": PURE,
    "asrd.mel": PURE,
    "asrd.schedule": PURE,
    "asrd.segment": PURE,
    "asrd.text": PURE,
    "asrd.wire": PURE,
    "asrd.encoder": NATIVE,
    "asrd.llama": NATIVE,
    "asrd.model_folder": NATIVE,
    "asrd.onnx_runtime": NATIVE,
    "asrd.plain_file": NATIVE,
    "asrd.shipped": NATIVE,
    "asrd.source": NATIVE,
    "asrd.system_packages": NATIVE,
    "asrd.vad": NATIVE,
    "asrd.recognizer": RECOGNIZER,
    "asrd.client": CONCURRENCY,
    "asrd.daemon": CONCURRENCY,
    "asrd.server": CONCURRENCY,
    "asrd.bench": EDGE,
    "asrd.cli": EDGE,
    "asrd.config": EDGE,
    "asrd.convert": EDGE,
    "asrd.service": EDGE,
    "asrd.store": EDGE,
    "asrd.__main__": EDGE,
}
# What clients know of the daemon: its protocol, and the values in it.
CLIENTS = Path(asrd_clients.__file__).parent
CLIENTS_MAY_IMPORT = (
    *("asrd.client", "asrd.errors", "asrd.installing", "asrd.plain_file", "asrd.text", "asrd.values", "asrd.wire"),
    "asrd_clients",
)
# Pure layers: numpy and the standard library, and of that no clock, no thread, no file.
IMPURE = {"asyncio", "ctypes", "io", "multiprocessing", "os", "pathlib", "socket", "subprocess", "threading", "time"}
PURE_PACKAGES = {"numpy", "asrd", "tomli"}  # tomli: the standard library has it from 3.11 on


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def name_of(path: Path) -> str:
    parts = ("asrd", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> int:
    for prefix, layer in LAYERS.items():
        if module == prefix or module.startswith(prefix + "."):
            return layer
    raise AssertionError(f"{module} has no layer: add it to LAYERS")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "asrd" else {node.module}
    return found


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_go_down(path: Path) -> None:
    own = layer_of(name_of(path))
    for imported in imports_of(path):
        if imported.startswith("asrd."):
            if imported == "asrd.__version__":
                continue
            assert layer_of(imported) <= own, f"{name_of(path)} (layer {own}) imports {imported}"
        elif own <= PURE:
            top = imported.partition(".")[0]
            allowed_here = own == VALUES and top == "ctypes"  # the stop signal is a C string
            assert allowed_here or top not in IMPURE, f"{name_of(path)} imports {imported}, which is not pure"


@pytest.mark.parametrize("path", [p for p in modules() if layer_of(name_of(p)) <= PURE], ids=name_of)
def test_pure_layers_need_only_numpy(path: Path) -> None:
    import sys

    for imported in imports_of(path):
        top = imported.partition(".")[0]
        assert top in PURE_PACKAGES or top in sys.stdlib_module_names, f"{name_of(path)} imports {imported}"


@pytest.mark.parametrize("path", sorted(CLIENTS.rglob("*.py")), ids=lambda path: path.relative_to(CLIENTS).as_posix())
def test_clients_know_the_protocol_alone(path: Path) -> None:
    for imported in imports_of(path):
        if imported.startswith("asrd"):
            assert imported == "asrd.__version__" or imported.startswith(CLIENTS_MAY_IMPORT), (
                f"{path} imports {imported}"
            )


def test_only_the_command_line_knows_the_clients() -> None:
    for path in modules():
        if layer_of(name_of(path)) < EDGE:
            assert not any(imported.startswith("asrd_clients") for imported in imports_of(path)), path


def test_onnx_runtime_is_imported_where_its_telemetry_is_off() -> None:
    found = {name_of(path) for path in modules() if "onnxruntime" in imports_of(path)}
    assert found == {"asrd.onnx_runtime"}
