"""nano's two ONNX files.

The front end is no network: it carries the frames of a second as rows of eight. The back end is a whole Whisper:
frames of one window -> encoder -> greedy decoding in an ONNX `Loop` -> one embedding row per recognised token.

Sizes: T' rows, n frames of a window, N frames of the padded window, d width of Whisper, h heads, s tokens of one step,
p tokens before it, V pieces of nano's vocabulary that Whisper may write, E width of nano's decoder.
Reference: openai/whisper, `model.py` and `decoding.py` (MIT); transformers, `models/whisper/modeling_whisper.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from asrd.convert.graph_builder import Precision
from asrd.geometry import CHUNK_FRAMES, CHUNK_ROWS, CONVOLUTION_STRIDE, MEL_BINS, WINDOW_FRAMES
from model.train.loop import Step
from model.train.mel import DYNAMIC_RANGE, POWER_FLOOR, WHISPER_BINS, mel_map
from model.train.nodes import Builder, Layers
from model.train.parts import Reading, RowCode, SpeechHead
from model.train.whisper import HEAD_WIDTH, Whisper

Array = NDArray[np.float32]

HIDDEN_WIDTH: Final = CONVOLUTION_STRIDE * WHISPER_BINS  # D: eight frames to a row
_ROW_FRAMES: Final = CHUNK_ROWS * CONVOLUTION_STRIDE
_PADDING_STRIDE: Final = 2  # frames to an encoder position


def build_frontend() -> onnx.ModelProto:
    """chunk_mel (1,128,100) float32 -> hidden_states (1,13,640) float32; the same in every precision.

    Row i holds frames 8 i to 8 i + 7 as Whisper's scaled log-mel, not yet clamped. A frame whose 128 values are all
    exactly 0 is padding and becomes zeros, as does what the 13th row has no frame for.
    """
    graph = Builder("nano_encoder_frontend", "fp32")
    mel = graph.input("chunk_mel", [1, MEL_BINS, CHUNK_FRAMES])
    mel = graph.node("Transpose", [mel], "frames", perm=[0, 2, 1])
    heard = graph.node("ReduceMax", [graph.node("Abs", [mel], "magnitude"), graph.ints("bins", 2)], "loudest")
    heard = graph.node("Greater", [heard, graph.number("zero", 0.0)], "is_heard")
    power = graph.node("Mul", [mel, graph.number("four_ln_ten", 4 * np.log(10.0))], "exponent")
    power = graph.node("Exp", [power], "power_times_ten_to_four")
    power = graph.node("MatMul", [power, graph.constant("mel_map", mel_map() * np.float32(1e-4))], "power")
    log = graph.node("Log", [graph.node("Max", [power, graph.number("floor", POWER_FLOOR)], "floored")], "log")
    log = graph.node("Mul", [log, graph.number("quarter_of_log10", 0.25 / np.log(10.0))], "scaled")
    log = graph.node("Add", [log, graph.number("one", 1.0)], "whisper_mel")
    log = graph.node("Where", [heard, log, "zero"], "masked")
    log = graph.node("Pad", [log, graph.ints("to_104", 0, 0, 0, 0, _ROW_FRAMES - CHUNK_FRAMES, 0)], "padded")
    log = graph.node("Reshape", [log, graph.ints("rows", 1, CHUNK_ROWS, HIDDEN_WIDTH)], "by_row")
    graph.output("hidden_states", log, [1, CHUNK_ROWS, HIDDEN_WIDTH])
    return graph.model()


def build_backend(
    whisper: Whisper, reading: Reading, head: SpeechHead | None, rows: RowCode, precision: Precision
) -> onnx.ModelProto:
    """hidden_states (1,T',640) -> audio_embeds (1,T',E), float32; fp32 or int8 weights."""
    return _Backend(whisper, reading, head, rows, precision).build()


class _Backend:
    def __init__(
        self, whisper: Whisper, reading: Reading, head: SpeechHead | None, rows: RowCode, precision: Precision
    ) -> None:
        self._whisper = whisper
        self._reading = reading
        self._head = head
        self._rows = rows
        self._layers = Layers(whisper)
        self._graph = Builder("nano_encoder_backend", precision)

    def build(self) -> onnx.ModelProto:
        graph = self._graph
        hidden = graph.input("hidden_states", [1, "rows", HIDDEN_WIDTH])
        self._shared_constants()
        rows = graph.node("Shape", [hidden], "row_count", start=1, end=2)
        encoded, heard = self._encoder(self._window(hidden))
        speaks = self._speaks(encoded, heard)
        columns = self._decode(encoded, speaks, rows)
        embeds = self._embedding_rows(columns, rows)
        graph.output("audio_embeds", embeds, [1, "rows", int(self._rows.blank.shape[0])])
        return graph.model()

    def _shared_constants(self) -> None:
        graph, sizes = self._graph, self._whisper.sizes
        for name, value in (("none", -1), ("i0", 0), ("i1", 1), ("i2", 2)):
            graph.ints(name, value)
        graph.ints("heads_shape", 1, -1, sizes.heads, HEAD_WIDTH)
        graph.ints("width_shape", 1, -1, sizes.width)

    # The window: from rows to Whisper's padded log-mel.

    def _window(self, hidden: str) -> tuple[str, str]:
        """Whisper's features (1,80,N) and the number of frames n (1,) int64."""
        graph, reading = self._graph, self._reading
        frames = graph.node("Reshape", [hidden, graph.ints("frames_shape", -1, WHISPER_BINS)], "all_frames")
        loudest = graph.node("ReduceMax", [graph.node("Abs", [frames], "magnitude"), "i1"], "loudest", keepdims=0)
        is_audio = graph.node("Greater", [loudest, graph.number("zero", 0.0)], "is_audio")
        frames = graph.node("Compress", [frames, is_audio], "audio", axis=0)
        frames = graph.node("Slice", [frames, "i0", graph.ints("window_frames", WINDOW_FRAMES), "i0"], "window")
        count = graph.node("Shape", [frames], "frame_count", start=0, end=1)
        # One value more, so that a window without any audio has a maximum, too.
        flat = graph.node("Reshape", [frames, "none"], "flat")
        quietest = graph.constant("quietest", np.array([(np.log10(POWER_FLOOR) + 4) / 4], np.float32))
        level = graph.node("ReduceMax", [graph.node("Concat", [flat, quietest], "values", axis=0)], "top", keepdims=0)
        level = graph.node("Sub", [level, graph.number("range", DYNAMIC_RANGE)], "level")
        frames = graph.node("Max", [frames, level], "clamped")
        # Even, since two frames make a position.
        total = graph.node("Add", [count, graph.ints("silence", reading.silence_frames + 1)], "with_silence")
        total = graph.node("Min", [total, graph.ints("most", reading.most_frames)], "not_above")
        least = max(reading.least_frames, 2)
        total = graph.node("Max", [total, count, graph.ints("least", least)], "not_below")
        total = graph.node("Div", [total, "i2"], "position_count")
        total = graph.node("Mul", [total, "i2"], "total")
        missing = graph.node("Max", [graph.node("Sub", [total, count], "difference"), "i0"], "missing")
        pads = graph.node("Concat", [graph.ints("no_pads", 0, 0), missing, "i0"], "pads", axis=0)
        padded = graph.node("Pad", [frames, pads, level], "padded")
        padded = graph.node("Transpose", [padded], "bins_first", perm=[1, 0])
        return graph.node("Unsqueeze", [padded, "i0"], "features"), count

    # Whisper's encoder.

    def _encoder(self, window: tuple[str, str]) -> tuple[str, str]:
        """Encoder output (1,N/2,d), and how many of its positions hold audio (1,) int64, at least 1."""
        graph, (x, count) = self._graph, window
        for index, stride in ((1, 1), (2, 2)):
            name = f"encoder.conv{index}"
            weight, bias = (
                graph.half(f"{name}.{part}", self._layers.tensor(f"{name}.{part}")) for part in ("weight", "bias")
            )
            inputs = [x, weight, bias]
            x = graph.node("Conv", inputs, name, kernel_shape=[3], strides=[stride], pads=[1, 1])
            x = graph.node("Gelu", [x], f"{name}.gelu")
        x = graph.node("Transpose", [x], "encoder.rows", perm=[0, 2, 1])
        length = graph.node("Shape", [x], "encoder.length", start=1, end=2)
        most = max(self._reading.most_frames, WINDOW_FRAMES) // _PADDING_STRIDE
        table = graph.half("encoder.positions", self._layers.tensor("encoder.embed_positions.weight")[:most])
        positions = graph.node("Slice", [table, "i0", length, "i0"], "encoder.position_rows")
        x = graph.node("Add", [x, positions], "encoder.positioned")
        for index in range(self._whisper.sizes.encoder_layers):
            x = self._encoder_layer(x, f"encoder.layers.{index}")
        x = self._layers.norm(graph, x, "encoder.layer_norm")
        heard = graph.node("Div", [graph.node("Add", [count, "i1"], "count_up"), "i2"], "heard")
        return x, graph.node("Max", [heard, "i1"], "heard_at_least")

    def _encoder_layer(self, x: str, name: str) -> str:
        graph = self._graph
        layers = self._layers
        normed = layers.norm(graph, x, f"{name}.self_attn_layer_norm")
        query, key, value = layers.packed(graph, normed, f"{name}.self_attn")
        context = layers.attend(
            graph,
            layers.heads(graph, query, [0, 2, 1, 3]),
            layers.heads(graph, key, [0, 2, 3, 1]),
            layers.heads(graph, value, [0, 2, 1, 3]),
            f"{name}.self_attn",
        )
        x = graph.node(
            "Add", [x, self._layers.linear(graph, context, f"{name}.self_attn.out_proj")], f"{name}.attended"
        )
        return self._layers.feed_forward(graph, x, name)

    # Speech or not.

    def _speaks(self, encoded: str, heard: str) -> str:
        """Whether somebody speaks: a boolean scalar."""
        graph, head = self._graph, self._head
        if head is None:
            return graph.constant("speaks", np.array(True))
        audio = graph.node("Slice", [encoded, "i0", heard, "i1"], "speech.audio")
        mean = graph.node("ReduceMean", [audio, "i1"], "speech.mean", keepdims=0)
        top = graph.node("ReduceMax", [audio, "i1"], "speech.top", keepdims=0)
        pooled = graph.node("Concat", [mean, top], "speech.pooled", axis=1)
        logit = graph.node("MatMul", [pooled, graph.constant("speech.weight", head.weight[:, None])], "speech.product")
        logit = graph.node("Reshape", [logit, graph.constant("scalar", np.zeros(0, np.int64))], "speech.logit")
        return graph.node("Greater", [logit, graph.number("speech.threshold", -head.bias)], "speaks")

    # Whisper's decoder.

    def _decode(self, encoded: str, speaks: str, rows: str) -> str:
        """Columns of the recognised tokens (n,) int64; n = 0 without speech."""
        graph = self._graph
        cross = []
        for index in range(self._whisper.sizes.decoder_layers):
            name = f"decoder.layers.{index}.encoder_attn"
            key = self._layers.heads(graph, self._layers.linear(graph, encoded, f"{name}.k_proj"), [0, 2, 3, 1])
            value = self._layers.heads(graph, self._layers.linear(graph, encoded, f"{name}.v_proj"), [0, 2, 1, 3])
            cross.append((key, value))
        limit = graph.node("Squeeze", [graph.node("Sub", [rows, "i1"], "limit")], "most_tokens")
        step = Step(graph, self._layers, self._reading, cross)
        start = step.initial_state()
        final = [f"{name}.final" for name in step.state]
        graph.nodes("Loop", [limit, speaks, *start], [*final, "written"], body=step.body())
        # Without a step the scanned output has no elements; the kept count is the first state.
        written = graph.node("Reshape", ["written", "none"], "written.flat")
        return graph.node("Slice", [written, "i0", f"{step.state[0]}.final", "i0"], "columns")

    # The rows that nano's decoder reads.

    def _embedding_rows(self, columns: str, rows: str) -> str:
        """(1,T',E) float32 of the columns (n,) int64: see `RowCode`."""
        graph, code = self._graph, self._rows
        tokens = self._spelled(columns)
        ids = graph.node("Concat", [tokens, graph.ints("window_token", code.window_id)], "row_ids", axis=0)
        count = graph.node("Shape", [tokens], "token_count", start=0, end=1)
        after = graph.node("Add", [count, "i1"], "row_after")
        places = graph.node("Slice", [graph.constant("rows.index", code.index), "i0", after, "i0"], "rows.places")
        text = graph.node("Add", [graph.table("rows.table", code.tokens, ids, "rows.tokens"), places], "rows.text")
        left = graph.node("Sub", [rows, after], "rows.left")
        repeats = graph.node("Concat", [left, "i1"], "rows.blank.repeats", axis=0)
        blanks = graph.node("Tile", [graph.constant("rows.blank", code.blank[None]), repeats], "rows.blanks")
        text = graph.node("Concat", [text, blanks], "rows.speech", axis=0)
        nothing = graph.node("Equal", [count, "i0"], "is_none")
        out = graph.node("Where", [nothing, graph.constant("rows.none", code.none[None]), text], "rows.out")
        return graph.node("Unsqueeze", [out, "i0"], "rows.batch")

    def _spelled(self, columns: str) -> str:
        """nano's ids (n,) int64 of the columns, fewer than there are rows."""
        graph = self._graph
        table = graph.constant("spelling", self._reading.spelling)
        ids = graph.node("Gather", [table, columns], "spelled.table", axis=0)
        ids = graph.node("Cast", [ids], "spelled.int64", to=TensorProto.INT64)
        ids = graph.node("Reshape", [ids, "none"], "spelled")
        used = graph.node("Greater", [ids, "none"], "spelled.used")
        ids = graph.node("Compress", [ids, used], "spelled.tokens", axis=0)
        return graph.node("Slice", [ids, "i0", "limit", "i0"], "tokens")
