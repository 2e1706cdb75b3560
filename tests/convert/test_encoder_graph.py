from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from asrd.convert.check import ROW_TOLERANCE, relative_error
from asrd.convert.checkpoint import Checkpoint
from asrd.convert.encoder_graph import build_backend, build_frontend, sinusoids
from asrd.convert.graph_builder import Precision
from asrd.geometry import CHUNK_FRAMES, MEL_BINS, WINDOW_ROWS
from asrd.onnx_runtime import ort
from tests.convert.encoder_reference import EncoderReference

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
Run = Callable[..., NDArray[Any]]


@pytest.fixture(scope="module")
def checkpoint(tiny_checkpoint: Path) -> Iterator[Checkpoint]:
    with Checkpoint(tiny_checkpoint) as opened:
        yield opened


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-1, 1.5, shape).astype(np.float32)


def runner(model: onnx.ModelProto) -> Run:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [node.name for node in session.get_inputs()]

    def run(*inputs: NDArray[Any]) -> NDArray[Any]:
        output: NDArray[Any] = session.run(None, dict(zip(names, inputs, strict=True)))[0]
        return output

    return run


@pytest.mark.parametrize("precision", PRECISIONS)
def test_front_end_equals_the_formulas(checkpoint: Checkpoint, precision: Precision) -> None:
    dtype = np.float16 if precision == "fp16" else np.float32
    mel = noise(1, MEL_BINS, CHUNK_FRAMES).astype(dtype)
    rows = runner(build_frontend(checkpoint, precision))(mel)
    assert rows.shape == (1, 13, 64)
    assert rows.dtype == dtype
    expected = EncoderReference(checkpoint).front(mel[0].astype(np.float64))
    assert relative_error(rows[0], expected) < ROW_TOLERANCE[precision]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("rows", [1, 13, 104])
def test_back_end_equals_the_formulas(checkpoint: Checkpoint, precision: Precision, rows: int) -> None:
    dtype = np.float16 if precision == "fp16" else np.float32
    hidden = noise(1, rows, 64).astype(dtype)
    embeds = runner(build_backend(checkpoint, precision))(hidden)
    assert embeds.shape == (1, rows, 64)
    assert embeds.dtype == dtype
    expected = EncoderReference(checkpoint).back(hidden[0].astype(np.float64))
    assert relative_error(embeds[0], expected) < ROW_TOLERANCE[precision]


def test_window_by_window_equals_the_masked_whole(checkpoint: Checkpoint) -> None:
    hidden = noise(1, 2 * WINDOW_ROWS + 31, 64)
    block = np.arange(hidden.shape[1]) // WINDOW_ROWS
    mask = np.where(block[:, None] == block[None, :], 0, -1e9).astype(np.float32)
    whole = runner(build_backend(checkpoint, "fp32", with_mask=True))(hidden, mask[None, None])
    plain = runner(build_backend(checkpoint, "fp32"))
    starts = range(0, hidden.shape[1], WINDOW_ROWS)
    parts = np.concatenate([plain(hidden[:, start : start + WINDOW_ROWS]) for start in starts], axis=1)
    assert np.abs(whole - parts).max() < 1e-4
    assert np.abs(whole - plain(hidden)).max() > 1e-3  # so the mask does something


def test_mask_of_fp16_file_is_fp16(checkpoint: Checkpoint) -> None:
    hidden = noise(1, 20, 64).astype(np.float16)
    masked = runner(build_backend(checkpoint, "fp16", with_mask=True))(hidden, np.zeros((1, 1, 20, 20), np.float16))
    assert np.array_equal(masked, runner(build_backend(checkpoint, "fp16"))(hidden))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_equal_weights_give_equal_bytes(checkpoint: Checkpoint, precision: Precision) -> None:
    first, second = (build_backend(checkpoint, precision).SerializeToString(deterministic=True) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("precision", PRECISIONS)
def test_graphs_are_well_formed(checkpoint: Checkpoint, precision: Precision) -> None:
    onnx.checker.check_model(build_frontend(checkpoint, precision))
    onnx.checker.check_model(build_backend(checkpoint, precision, with_mask=True))


def test_positions_are_sines_then_cosines() -> None:
    table = sinusoids(13, 8)
    assert table.dtype == np.float32
    assert np.allclose(table[0], [0, 0, 0, 0, 1, 1, 1, 1])
    assert np.allclose(table[3, :4], np.sin(3 * 10000.0 ** (-np.arange(4) / 3)), atol=1e-6)
