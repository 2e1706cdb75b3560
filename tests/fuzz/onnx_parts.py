"""ONNX graphs of which one part lies and the rest is sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import onnx
from hypothesis import strategies as st
from onnx import TensorProto, helper

from tests.fuzz.damage import Content, texts

_DIMENSIONS: Final = (-1, 0, 1, 2, 13, 64, 100, 1 << 20, 1 << 31, 1 << 40, (1 << 63) - 1)
_KINDS: Final = (0, 1, 2, 6, 7, 8, 9, 10, 11, 14, 16, 17, 22, 23, 99, 1 << 30)
_OPERATORS: Final = ("Add", "MatMul", "Conv", "Reshape", "Identity", "If", "Loop", "Nothing", "", "NonZero", "Einsum")
_PLACES: Final = (
    "../out.bin",
    "/etc/hostname",
    "loop",
    "/dev/zero",
    "missing.bin",
    "",
    ".",
    "inner/../../x",
    "\0",
    "a" * 5000,
)
Lie = Callable[[st.DrawFn, onnx.ModelProto], str]


@st.composite
def lying(draw: st.DrawFn, sound: bytes) -> Content:
    """The graph with one to three lies in it."""
    model, lies = onnx.ModelProto.FromString(sound), []
    for _ in range(draw(st.integers(1, 3))):
        lie: Lie = draw(st.sampled_from(_LIES))
        if model.graph.node and model.graph.initializer and model.graph.input and model.graph.output:
            lies.append(lie(draw, model))
    content = Content(model.SerializeToString())
    content.edits = ", ".join(lies)
    return content


def _one(draw: st.DrawFn, many: Any) -> Any:
    return many[draw(st.integers(0, len(many) - 1))]


def _shape(draw: st.DrawFn, model: onnx.ModelProto) -> str:
    """The input or the output has another shape."""
    end = draw(st.sampled_from(("input", "output")))
    tensor = _one(draw, getattr(model.graph, end)).type.tensor_type
    shape = draw(st.lists(st.sampled_from(_DIMENSIONS) | st.just("n"), max_size=5))
    del tensor.shape.dim[:]
    for one in shape:
        dimension = tensor.shape.dim.add()
        if isinstance(one, str):
            dimension.dim_param = one
        else:
            dimension.dim_value = one
    return f"{end} of shape {shape}"


def _kind(draw: st.DrawFn, model: onnx.ModelProto) -> str:
    """The input, the output or a weight has another type."""
    kind = draw(st.sampled_from(_KINDS))
    where = draw(st.sampled_from(("input", "output", "initializer")))
    if where == "initializer":
        _one(draw, model.graph.initializer).data_type = kind
    else:
        _one(draw, getattr(model.graph, where)).type.tensor_type.elem_type = kind
    return f"{where} of type {kind}"


def _weight(draw: st.DrawFn, model: onnx.ModelProto) -> str:
    """A weight has another shape, or another number of bytes, or none that are numbers."""
    tensor = _one(draw, model.graph.initializer)
    what = draw(st.sampled_from(("shape", "bytes", "numbers", "name", "none", "twice")))
    if what == "shape":
        shape = draw(st.lists(st.sampled_from(_DIMENSIONS), max_size=5))
        del tensor.dims[:]
        tensor.dims.extend(shape)
        return f"{tensor.name} of shape {shape}"
    if what == "bytes":
        tensor.raw_data = tensor.raw_data[: draw(st.integers(0, max(0, len(tensor.raw_data) - 1)))]
    elif what == "numbers":
        byte = draw(st.sampled_from((b"\xff", b"\x7f", b"\0")))
        tensor.raw_data = byte * len(tensor.raw_data)
    elif what == "name":
        tensor.name = draw(st.sampled_from(("", "nothing", model.graph.input[0].name)))
    elif what == "none":
        model.graph.initializer.remove(tensor)
    else:
        model.graph.initializer.append(tensor)
    return f"{what} of a weight"


def _outside(draw: st.DrawFn, model: onnx.ModelProto) -> str:
    """A weight lies in another file."""
    tensor = _one(draw, model.graph.initializer)
    place = draw(st.sampled_from(_PLACES))
    offset = draw(st.sampled_from(("0", "1", "-1", "99999999999999999999", "x", str(1 << 62))))
    length = draw(st.sampled_from((str(len(tensor.raw_data)), "0", "-1", str(1 << 62), "")))
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", place), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=value)
    return f"a weight in {place[:40]!r} at {offset}, {length} bytes"


def _node(draw: st.DrawFn, model: onnx.ModelProto) -> str:
    """A node does something else, or is connected otherwise."""
    node = _one(draw, model.graph.node)
    what = draw(st.sampled_from(("operator", "domain", "input", "output", "none", "twice", "attribute", "attribute")))
    if what == "operator":
        node.op_type = draw(st.sampled_from(_OPERATORS))
    elif what == "domain":
        node.domain = draw(st.sampled_from(("com.microsoft", "ai.onnx.ml", "nobody", "\0")))
    elif what == "input" and node.input:
        names = [other.output[0] for other in model.graph.node if other.output]
        node.input[draw(st.integers(0, len(node.input) - 1))] = draw(st.sampled_from(["", "nothing", *names]))
    elif what == "output" and node.output:
        node.output[0] = draw(st.sampled_from(("", "nothing", model.graph.input[0].name)))
    elif what == "none":
        model.graph.node.remove(node)
    elif what == "twice":
        model.graph.node.append(node)
    elif what == "attribute":
        return _attribute(draw, node)
    return f"{what} of {node.op_type}"


def _attribute(draw: st.DrawFn, node: onnx.NodeProto) -> str:
    values = st.one_of(
        st.sampled_from((-(1 << 63), -1, 0, 1, 1 << 31, (1 << 63) - 1)),
        st.sampled_from((0.0, -1.0, float("nan"), float("inf"))),
        st.lists(st.sampled_from((-1, 0, 1, 3, 1 << 40)), min_size=1, max_size=6),
        st.just("text"),
    )
    value = draw(values)
    name = draw(st.sampled_from([one.name for one in node.attribute] or ["axis"]))
    kept = [one for one in node.attribute if one.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])
    return f"{node.op_type}.{name} = {value}"


def _frame(draw: st.DrawFn, model: onnx.ModelProto) -> str:
    """What stands around the graph is wrong."""
    what = draw(st.sampled_from(("ir", "opset", "domain", "no graph", "no output", "no input", "another input")))
    if what == "ir":
        model.ir_version = draw(st.sampled_from((0, 1, 3, 99, 1 << 40)))
    elif what == "opset":
        model.opset_import[0].version = draw(st.sampled_from((-1, 0, 1, 7, 99, 1 << 40)))
    elif what == "domain":
        model.opset_import[0].domain = draw(st.sampled_from(("nobody", "ai.onnx.ml")) | texts().filter(_is_unicode))
    elif what == "no graph":
        model.ClearField("graph")
    elif what == "no output":
        del model.graph.output[:]
    elif what == "no input":
        del model.graph.input[:]
    else:
        model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, ["a", "b", 3, 4]))
    return what


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


_LIES: Final[tuple[Lie, ...]] = (_shape, _kind, _weight, _weight, _outside, _node, _node, _node, _frame)
