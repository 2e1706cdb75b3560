"""The body of the `Loop` in which Whisper's decoder writes a window's text.

Sizes: s tokens of one step, p tokens before it, m positions of the encoder, d width, h heads.
Reference: openai/whisper, `decoding.py` (MIT).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from asrd.geometry import CHUNK_ROWS, WINDOW_ROWS
from model.train.nodes import Body, Builder, Layers
from model.train.parts import Reading
from model.train.whisper import HEAD_WIDTH

_MINUS_INFINITY: Final = np.float32(-1e9)


class Step:
    """One iteration of the `Loop`: the prompt first, then a token at a time.

    State, in order: tokens kept so far (1,); ids of Whisper's own table to read next (s,); the last tokens written, for
    the loop guard (history,); the addend of the logits that is due (1, columns); keys (1,h,64,p) and values (1,h,p,64)
    of each layer.
    """

    def __init__(self, outer: Builder, layers: Layers, reading: Reading, cross: Sequence[tuple[str, str]]) -> None:
        """`cross` names the keys (1,h,64,m) and values (1,h,m,64) of the window for each layer, in the outer graph."""
        self._cross = cross
        self._outer = outer
        self._graph = Body(outer)
        self._reading = reading
        self._layers = layers
        self._whisper = layers.whisper
        # What a column of the logits stands for, by Whisper's ids; the prompt's last, which are only read.
        self._columns = np.array([*reading.writable, reading.end, *reading.prompt], np.int64)
        self._history = max(period * copies for period, copies, _ in reading.guard.tests())
        indices = range(self._whisper.sizes.decoder_layers)
        caches = [f"cache.{part}.{index}" for index in indices for part in ("key", "value")]
        self.state = ["kept", "read", "history", "forbidden", *caches]

    def initial_state(self) -> list[str]:
        """Names of the values that the state begins with, in the outer graph."""
        graph, reading, sizes = self._outer, self._reading, self._whisper.sizes
        columns = len(self._columns)
        prompt = np.arange(columns - len(reading.prompt), columns)
        later = np.where(np.isin(np.arange(columns), prompt), _MINUS_INFINITY, np.float32(0))[None]
        graph.constant("forbidden.later", later)
        forbidden = np.where(np.isin(self._columns, reading.begin_suppressed), _MINUS_INFINITY, later)
        names = [
            graph.ints("kept.initial", 0),
            graph.constant("read.initial", prompt),
            graph.constant("history.initial", -1 - np.arange(self._history, dtype=np.int64)),
            graph.constant("forbidden.initial", forbidden),
        ]
        key = graph.constant("key.initial", np.zeros((1, sizes.heads, HEAD_WIDTH, 0), np.float32))
        value = graph.constant("value.initial", np.zeros((1, sizes.heads, 0, HEAD_WIDTH), np.float32))
        return names + [key, value] * sizes.decoder_layers

    def body(self) -> onnx.GraphProto:
        """The graph of one iteration."""
        graph = self._graph
        x = self._read()
        mask = self._mask()
        caches = []
        for index, cross in enumerate(self._cross):
            x, key, value = self._layer(x, f"decoder.layers.{index}", index, cross, mask)
            caches += [key, value]
        column = self._choose(x)
        history, looping, surplus = self._guard(column)
        ended = graph.node("Equal", [column, graph.ints("end_column", len(self._reading.writable))], "is_end")
        kept = self._kept(ended, surplus)
        stop = graph.node("Or", [ended, looping], "stop")
        going = graph.node("Squeeze", [graph.node("Not", [stop], "not_stop")], "going")
        outputs = [going, kept, column, history, "forbidden.later", *caches, column]
        return self._close(outputs)

    def _close(self, values: list[str]) -> onnx.GraphProto:
        graph, sizes = self._graph, self._whisper.sizes
        info = helper.make_tensor_value_info

        def state(suffix: str, names: Sequence[str]) -> list[onnx.ValueInfoProto]:
            kept, read, history, forbidden, *caches = names
            cache = [
                info(
                    name,
                    TensorProto.FLOAT,
                    [1, sizes.heads, HEAD_WIDTH, f"past{suffix}"]
                    if index % 2 == 0
                    else [1, sizes.heads, f"past{suffix}", HEAD_WIDTH],
                )
                for index, name in enumerate(caches)
            ]
            return [
                info(kept, TensorProto.INT64, [1]),
                info(read, TensorProto.INT64, [f"step{suffix}"]),
                info(history, TensorProto.INT64, [self._history]),
                info(forbidden, TensorProto.FLOAT, [1, f"columns{suffix}"]),
                *cache,
            ]

        names = [f"next.{index}" for index in range(len(values))]
        for value, name in zip(values, names, strict=True):
            graph.node("Identity", [value], name)
        inputs = [info("iteration", TensorProto.INT64, []), info("condition", TensorProto.BOOL, [])]
        outputs = [info(names[0], TensorProto.BOOL, []), *state(".out", names[1:-1])]
        outputs.append(info(names[-1], TensorProto.INT64, [1]))
        return graph.graph([*inputs, *state(".in", self.state)], outputs)

    def _read(self) -> str:
        """Embeddings (1,s,d) of the tokens to read: columns of the matrix that also gives the logits."""
        graph, whisper, reading = self._graph, self._whisper, self._reading
        matrix = np.ascontiguousarray(whisper.tensor("decoder.embed_tokens.weight")[self._columns].T)
        rows = graph.columns("decoder.logits", matrix, "read", "read.rows")
        past = graph.node("Shape", ["cache.key.0"], "past", start=3, end=4)
        step = graph.node("Shape", ["read"], "step", start=0, end=1)
        after = graph.node("Add", [past, step], "after")
        most = len(reading.prompt) + WINDOW_ROWS
        table = graph.half("decoder.positions", whisper.tensor("decoder.embed_positions.weight")[:most])
        positions = graph.node("Slice", [table, past, after, "i0"], "read.positions")
        x = graph.node("Add", [rows, positions], "read.positioned")
        return graph.node("Unsqueeze", [x, "i0"], "read.batch")

    def _mask(self) -> str:
        """Causal mask (s,s) to add to the scores: of the prompt's square, or one 0 that fits any number of keys."""
        graph, count = self._graph, len(self._reading.prompt)
        table = self._outer.constant("causal", np.triu(np.full((count, count), _MINUS_INFINITY, np.float32), 1))
        step = graph.node("Shape", ["read"], "mask.step", start=0, end=1)
        first = graph.node("Sub", [graph.ints("prompt_length", count), step], "mask.first")
        rows = graph.node("Slice", [table, first, "prompt_length", "i0"], "mask.rows")
        return graph.node("Slice", [rows, first, "prompt_length", "i1"], "mask.square")

    def _layer(self, x: str, name: str, index: int, cross: tuple[str, str], mask: str) -> tuple[str, str, str]:
        graph, layers = self._graph, self._layers
        own = f"{name}.self_attn"
        query, key, value = layers.packed(graph, layers.norm(graph, x, f"{own}_layer_norm"), own)
        key = layers.heads(graph, key, [0, 2, 3, 1])
        value = layers.heads(graph, value, [0, 2, 1, 3])
        key = graph.node("Concat", [f"cache.key.{index}", key], f"{own}.keys", axis=3)
        value = graph.node("Concat", [f"cache.value.{index}", value], f"{own}.values", axis=2)
        context = layers.attend(graph, layers.heads(graph, query, [0, 2, 1, 3]), key, value, own, mask)
        x = graph.node("Add", [x, layers.linear(graph, context, f"{own}.out_proj")], f"{own}.added")
        other = f"{name}.encoder_attn"
        matrix, bias = layers.scaled_query(other)
        normed = layers.norm(graph, x, f"{other}_layer_norm")
        query = graph.linear(normed, f"{other}.q_proj", np.ascontiguousarray(matrix), bias)
        context = layers.attend(graph, layers.heads(graph, query, [0, 2, 1, 3]), *cross, other)
        x = graph.node("Add", [x, layers.linear(graph, context, f"{other}.out_proj")], f"{other}.added")
        return layers.feed_forward(graph, x, name), key, value

    def _choose(self, x: str) -> str:
        """Column (1,) int64 of the likeliest next token."""
        graph, whisper = self._graph, self._whisper
        last = graph.node("Slice", [x, "none", graph.ints("far", 1 << 30), "i1"], "last")
        last = graph.node("Reshape", [last, graph.ints("one_row", 1, whisper.sizes.width)], "last.row")
        last = self._layers.norm(graph, last, "decoder.layer_norm")
        logits = graph.product(last, "decoder.logits")
        logits = graph.node("Add", [logits, "forbidden"], "decoder.allowed")
        return graph.node("ArgMax", [logits], "column", axis=1, keepdims=0)

    def _guard(self, column: str) -> tuple[str, str, str]:
        """The history with the new token, whether it ends in a loop (1,), and how many tokens repeat (1,)."""
        graph = self._graph
        tail = graph.node("Slice", ["history", "i1", graph.ints("history.end", self._history), "i0"], "history.tail")
        history = graph.node("Concat", [tail, column], "history.next", axis=0)
        periods, copies, hasty = (np.array(part) for part in zip(*self._reading.guard.tests(), strict=True))
        surplus = periods * (copies - 1)
        steps = np.arange(surplus.max())
        here = np.broadcast_to(self._history - 1 - steps, (len(periods), len(steps)))
        there = here - periods[:, None]
        counts = steps[None, :] < surplus[:, None]
        there = np.where(counts, there, here)  # a place that does not count is compared with itself
        now = graph.node("Gather", [history, self._outer.constant("guard.here", here.astype(np.int64))], "guard.now")
        past = graph.node(
            "Gather", [history, self._outer.constant("guard.there", there.astype(np.int64))], "guard.past"
        )
        same = graph.node("Cast", [graph.node("Equal", [now, past], "guard.equal")], "guard.same", to=TensorProto.INT32)
        loops = graph.node("ReduceMin", [same, "i1"], "guard.loops", keepdims=0)
        loops = graph.node("Cast", [loops], "guard.loops.int64", to=TensorProto.INT64)
        usual = self._outer.constant("guard.usual", (~hasty).astype(np.int64))
        counting = graph.node("Max", [usual, self._is_hasty()], "guard.counting")
        loops = graph.node("Mul", [loops, counting], "guard.counted")
        sizes = graph.node(
            "Mul", [loops, self._outer.constant("guard.surplus", surplus.astype(np.int64))], "guard.sizes"
        )
        most = graph.node("ReduceMax", [sizes, "i0"], "guard.most", keepdims=1)
        return history, graph.node("Greater", [most, "i0"], "looping"), most

    def _is_hasty(self) -> str:
        """1 (1,) int64 where the text with the new token is longer than people speak in the window, else 0."""
        graph = self._graph
        count = graph.node("Add", ["kept", "i1"], "hasty.count")
        count = graph.node("Mul", [count, graph.ints("hasty.rows_per_s", CHUNK_ROWS)], "hasty.scaled")
        most = graph.node("Mul", ["row_count", graph.ints("hasty.per_s", self._reading.guard.hasty)], "hasty.most")
        return graph.node("Cast", [graph.node("Greater", [count, most], "hasty.more")], "hasty", to=TensorProto.INT64)

    def _kept(self, ended: str, surplus: str) -> str:
        """Tokens to keep so far: without the end, and without the copies of a loop."""
        graph = self._graph
        more = graph.node("Add", ["kept", "i1"], "kept.more")
        less = graph.node("Sub", [more, surplus], "kept.less")
        return graph.node("Where", [ended, "kept", less], "kept.next")
