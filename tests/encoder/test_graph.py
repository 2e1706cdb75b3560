"""What ONNX Runtime would not survive is refused before it sees it."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from asrd.encoder import graph
from asrd.encoder.graph import check_graph
from asrd.encoder.session import OnnxSession
from asrd.errors import ModelError
from asrd.shipped import shipped_model

Write = Callable[["onnx.ModelProto | bytes"], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(model: onnx.ModelProto | bytes) -> Path:
        path = tmp_path / "graph.onnx"
        path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
        return path

    return write


@pytest.fixture
def backend(tiny_model: Path) -> onnx.ModelProto:
    return onnx.load(next(tiny_model.glob("*backend*")))


def normalization(model: onnx.ModelProto) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == "LayerNormalization")


def inner(*nodes: onnx.NodeProto) -> onnx.GraphProto:
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    return helper.make_graph(nodes, "inner", [], [output])


FATAL = helper.make_node("LayerNormalization", ["x", "scale", ""], ["y"])


def test_what_the_exporter_writes(tiny_model: Path) -> None:
    for path in tiny_model.glob("*.onnx"):
        check_graph(path)


def test_a_bias_without_a_name(backend: onnx.ModelProto, write: Write) -> None:
    """tests/fuzz/test_known.py sees that nobody loads it."""
    normalization(backend).input[2] = ""
    with pytest.raises(ModelError, match=r"graph\.onnx has a LayerNormalization .* fetch or export it again"):
        check_graph(write(backend))


def test_a_bias_that_is_left_out(backend: onnx.ModelProto, write: Write) -> None:
    del normalization(backend).input[2]
    OnnxSession(write(backend), threads=1).close()


def test_other_operators_may_leave_out_an_input(write: Write) -> None:
    check_graph(write(helper.make_model(inner(helper.make_node("Clip", ["x", "", "most"], ["y"])))))


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("If", ["x"], ["y"], then_branch=inner(FATAL), else_branch=inner()),
        helper.make_node("If", ["x"], ["y"], then_branch=inner(), else_branch=inner(FATAL)),
        helper.make_node(
            "If", ["x"], ["y"], then_branch=inner(helper.make_node("Loop", ["x"], ["y"], body=inner(FATAL)))
        ),
        helper.make_node("Odd", ["x"], ["y"], graphs=[inner(), inner(FATAL)]),
    ],
)
def test_graphs_within_nodes(node: onnx.NodeProto, write: Write) -> None:
    with pytest.raises(ModelError, match="LayerNormalization"):
        check_graph(write(helper.make_model(inner(node))))


def test_a_graph_in_two_pieces(write: Write) -> None:
    """Parsers put them together."""
    first, second = helper.make_model(inner()), onnx.ModelProto(graph=inner(FATAL))
    with pytest.raises(ModelError, match="LayerNormalization"):
        check_graph(write(first.SerializeToString() + second.SerializeToString()))


def test_a_function(write: Write) -> None:
    """It is put where it is called before anything is optimised."""
    model = helper.make_model(inner(helper.make_node("Mine", ["x", "scale"], ["y"], domain="mine")))
    opset = helper.make_opsetid("", 17)
    model.functions.append(helper.make_function("mine", "Mine", ["x", "scale"], ["y"], [FATAL], [opset]))
    with pytest.raises(ModelError, match="LayerNormalization"):
        check_graph(write(model))


def test_the_last_of_two_operators_counts(write: Write) -> None:
    def twice(first: str, second: str) -> bytes:
        node: bytes = b"".join(onnx.NodeProto(op_type=name).SerializeToString() for name in (first, second))
        node += onnx.NodeProto(input=[""]).SerializeToString()
        graph = b"\x0a" + bytes([len(node)]) + node
        return b"\x3a" + bytes([len(graph)]) + graph

    check_graph(write(twice("LayerNormalization", "Clip")))
    with pytest.raises(ModelError, match="LayerNormalization"):
        check_graph(write(twice("Clip", "LayerNormalization")))


def test_damage_is_left_to_onnx_runtime(backend: onnx.ModelProto, tmp_path: Path, write: Write) -> None:
    whole = backend.SerializeToString()
    for damaged in (
        b"",
        b"\xff" * 100,
        b"\x3a\x7f",
        whole[: len(whole) // 2],
        b"\x0b" + whole,
        b"\x3a\xff\xff\xff\xff\x0f",
        b"\x3a" + b"\xff" * 10_000_000,
    ):
        check_graph(write(damaged))
    check_graph(tmp_path / "gone.onnx")


def length(number: int, inside: bytes) -> bytes:
    """A field of protobuf that has a length."""
    size, rest = b"", len(inside)
    while rest > 0x7F:
        size, rest = size + bytes([rest & 0x7F | 0x80]), rest >> 7
    return bytes([number << 3 | 2]) + size + bytes([rest]) + inside


@pytest.mark.parametrize(
    "many",
    [
        length(7, b"\x0a\x00" * 1_000_000),
        length(7, length(1, b"\x0a\x00" * 1_000_000)),
        length(7, b"\x0a\x02\x08\x00" * 500_000),
        b"\x3a\x00" * 1_000_000,
        b"\x08\x00" * 1_000_000,
    ],
    ids=["nodes", "inputs", "fields of nodes", "graphs", "numbers"],
)
def test_more_parts_than_can_be_looked_through(many: bytes, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not all are read: what that costs has a bound, however large the file."""
    read: list[int] = []
    varint = graph._varint

    def counted(data: mmap.mmap, position: int, end: int) -> tuple[int, int]:
        read.append(position)
        return varint(data, position, end)

    monkeypatch.setattr(graph, "_varint", counted)
    monkeypatch.setattr(graph, "_MOST_PARTS", 1000)
    with pytest.raises(ModelError, match=r"graph\.onnx has more than 1000 parts .* fetch or export it again"):
        check_graph(write(many))
    assert len(read) <= 2 * 1000


def test_the_bound_is_far_from_what_is_exported(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred times as many layers, and it would still be read."""
    monkeypatch.setattr(graph, "_MOST_PARTS", graph._MOST_PARTS // 100)
    for path in (*tiny_model.glob("*.onnx"), *shipped_model().glob("*.onnx")):
        check_graph(path)
