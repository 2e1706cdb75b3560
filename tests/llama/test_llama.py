from __future__ import annotations

import ctypes
import ctypes.util
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asrd.errors import Cancelled, LibraryError, ModelError, NativeError
from asrd.llama import api
from asrd.llama.context import Context
from asrd.llama.library import Library, load_library
from asrd.llama.model import Model
from asrd.model_folder import read_model_folder
from asrd.stop import StopSignal

GO = StopSignal()


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Iterator[Model]:
    with Model(load_library(), read_model_folder(tiny_model).decoder.path) as loaded:
        yield loaded


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    with Context(model, positions=512, batch=64, outputs=16, threads=1) as made:
        yield made


def rows(model: Model, count: int, seed: int = 0) -> Any:
    return (np.random.default_rng(seed).standard_normal((count, model.width)) * 0.3).astype(np.float32)


class TestLayoutGuard:
    def test_the_pinned_library_passes(self) -> None:
        library = load_library()
        assert library.version
        assert load_library() is library

    @pytest.mark.parametrize("field", sorted(api.CONTEXT_DEFAULTS))
    def test_every_context_default_is_looked_at(self, field: str) -> None:
        with pytest.raises(LibraryError, match=f"gives {field} = .*another layout"):
            api.check_layout(ForeignApi(field), "libother.so")  # type: ignore[arg-type]

    @pytest.mark.parametrize("field", sorted(api.MODEL_DEFAULTS))
    def test_every_model_default_is_looked_at(self, field: str) -> None:
        with pytest.raises(LibraryError, match=f"gives {field} = .*another layout"):
            api.check_layout(ForeignApi(field), "libother.so")  # type: ignore[arg-type]

    def test_a_library_of_something_else_is_refused(self) -> None:
        with pytest.raises(LibraryError, match=r"has no function llama_backend_init.*unset ASRD_LLAMA_LIB"):
            Library(ctypes.util.find_library("c") or "libc.so.6")

    def test_a_file_that_is_no_library_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "libllama.so"
        path.write_text("hello")
        with pytest.raises(LibraryError, match=r"cannot open the llama.cpp library .*libllama.so"):
            load_library(str(path))

    def test_the_variable_names_the_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_LLAMA_LIB", "/nowhere/libllama.so")
        with pytest.raises(LibraryError, match=r"/nowhere/libllama\.so"):
            load_library()


NO_MEMORY = """
import pathlib, resource, sys
from asrd.errors import NativeMemoryError
from asrd.llama.context import Context
from asrd.llama.library import load_library
from asrd.llama.model import Model

model = Model(load_library(), pathlib.Path(sys.argv[1]))
used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200 * 2**20,) * 2)
try:
    Context(model, positions=2**20, batch=64, outputs=1, threads=1)
except NativeMemoryError as error:
    print(error)
"""


class ForeignApi:
    """The defaults of the pinned release with one field wrong, as a library with another layout would give them."""

    def __init__(self, wrong: str) -> None:
        self._wrong = wrong

    def llama_context_default_params(self) -> Any:
        return self._filled(api.llama_context_params(), api.CONTEXT_DEFAULTS)

    def llama_model_default_params(self) -> Any:
        return self._filled(api.llama_model_params(), api.MODEL_DEFAULTS)

    def _filled(self, params: Any, defaults: dict[str, float]) -> Any:
        for field, value in defaults.items():
            setattr(params, field, (not value) if isinstance(value, bool) and field == self._wrong else value)
            if field == self._wrong and not isinstance(value, bool):
                setattr(params, field, value + 3)
        return params


class TestModel:
    def test_text_goes_to_tokens_and_back(self, model: Model) -> None:
        text = "Grüße, 你好 \U0001f999 and  spaces\n"
        assert b"".join(map(model.piece, model.tokenize(text))).decode() == text

    def test_special_tokens_are_found_by_name_only_when_asked(self, model: Model) -> None:
        token = model.special_token("<|im_start|>")
        assert model.piece(token) == b"<|im_start|>"
        assert token not in model.tokenize("<|im_start|>")
        with pytest.raises(ModelError, match=r"has no token <\|nonsense\|>"):
            model.special_token("<|nonsense|>")

    def test_positions_have_four_planes(self, model: Model) -> None:
        assert model.metadata("general.architecture") == "qwen3vl"
        assert model.position_planes == 4
        assert model.metadata("no.such.key") is None

    @pytest.mark.parametrize("keep", [0, 100, 20_000], ids=["empty", "header cut", "tensors cut"])
    def test_a_truncated_file_is_refused(self, model: Model, tmp_path: Path, keep: int) -> None:
        path = tmp_path / "cut.gguf"
        path.write_bytes(model.path.read_bytes()[:keep])
        with pytest.raises(
            ModelError, match=r"cut.gguf cannot be loaded as a decoder \(.+\); fetch or export it again"
        ):
            Model(model.library, path)

    def test_close_twice(self, model: Model) -> None:
        other = Model(model.library, model.path)
        other.close()
        other.close()


class TestContext:
    def test_four_equal_planes_give_what_tokens_give(self, context: Context, model: Model) -> None:
        """A row that is a token's embedding must do what the token does, at any position."""
        table = embedding_table(model)
        tokens = model.tokenize("the words of a sentence")
        context.decode_tokens(tokens, 0, outputs=1, stop=GO)
        expected = context.logits(len(tokens) - 1).copy()
        context.clear()
        context.decode_rows(table[tokens[:-1]], 0, stop=GO)
        context.decode_tokens(tokens[-1:], len(tokens) - 1, outputs=1, stop=GO)
        np.testing.assert_allclose(context.logits(0), expected, atol=0.02)

    def test_order_matters_to_positions(self, context: Context, model: Model) -> None:
        first = last_logits(context, rows(model, 20))
        context.clear()
        assert np.abs(first - last_logits(context, rows(model, 20)[::-1].copy())).max() > 0.1

    def test_logits_at_every_position_of_a_batch(self, context: Context) -> None:
        context.decode_tokens(list(range(16)), 0, outputs=16, stop=GO)
        every = [context.logits(i).copy() for i in range(16)]
        assert len({logits.tobytes() for logits in every}) == 16
        with pytest.raises(NativeError, match="has no logits for position 40"):
            context.logits(40)

    def test_removed_positions_leave_no_trace(self, context: Context, model: Model) -> None:
        plain = last_logits(context, rows(model, 30))
        context.decode_rows(rows(model, 60, seed=1), 31, stop=GO)
        context.remove_from(30)
        context.decode_tokens([5], 30, outputs=1, stop=GO)
        np.testing.assert_array_equal(context.logits(0), plain)

    @pytest.mark.parametrize(
        ("count", "position", "outputs"), [(0, 0, 0), (65, 0, 0), (10, 505, 0), (20, 0, 17), (-1, 0, 0)]
    )
    def test_what_does_not_fit_is_refused(self, context: Context, count: int, position: int, outputs: int) -> None:
        with pytest.raises(NativeError, match="do not fit a context of 512 positions, 64 a batch, 16 outputs"):
            context.decode_tokens([1] * count, position, outputs=outputs, stop=GO)

    def test_llamas_own_errors_are_explained(self, context: Context) -> None:
        with pytest.raises(NativeError, match=r"llama_decode failed with -1 \(invalid batch\) for 1 positions at 0"):
            context.decode_tokens([10_000_000], 0, stop=GO)

    def test_a_set_signal_stops_inside_the_batch(self, context: Context, model: Model) -> None:
        plain = last_logits(context, rows(model, 30))
        context.clear()
        stop = StopSignal()
        stop.set()
        with pytest.raises(Cancelled):
            context.decode_rows(rows(model, 30), 0, stop=stop)
        context.remove_from(0)
        np.testing.assert_array_equal(last_logits(context, rows(model, 30)), plain)

    def test_the_signal_reaches_a_running_batch(self, model: Model) -> None:
        """The callback polls the flag from native code: a second thread can stop a prefill half-way."""
        stop, started = StopSignal(), threading.Event()
        with Context(model, positions=40_960, batch=4096, outputs=1, threads=1) as context:

            def press() -> None:
                started.wait()
                stop.set()

            thread = threading.Thread(target=press)
            thread.start()
            started.set()
            with pytest.raises(Cancelled):
                fill(context, stop)
            thread.join()

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a limit on address space")
    def test_no_memory_for_the_context(self, model: Model) -> None:
        done = subprocess.run(
            [sys.executable, "-c", NO_MEMORY, str(model.path)], capture_output=True, text=True, check=False
        )
        assert re.fullmatch(
            r"not enough memory for 1048576 positions of .*gguf \(.*\); lower the utterance limit .*\n", done.stdout
        ), done

    def test_close_twice_and_in_the_right_order(self, model: Model) -> None:
        other = Model(model.library, model.path)
        made = Context(other, positions=256, batch=32, outputs=1, threads=1)
        for resource in (made, made, other, other):
            resource.close()


def fill(context: Context, stop: StopSignal) -> None:
    for position in range(0, context.positions, context.batch):
        context.decode_rows(rows(context.model, context.batch), position, stop=stop)


def embedding_table(model: Model) -> Any:
    from gguf import GGUFReader

    tensor = next(t for t in GGUFReader(model.path).tensors if t.name == "token_embd.weight")
    return np.asarray(tensor.data, np.float32).reshape(model.vocabulary_size, model.width)


def last_logits(context: Context, embeddings: Any) -> Any:
    context.decode_rows(embeddings, 0, stop=GO)
    context.decode_tokens([5], len(embeddings), outputs=1, stop=GO)
    return context.logits(0).copy()


def test_log_lines_go_to_logging(tiny_model: Path, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    with (
        caplog.at_level(logging.DEBUG, logger="asrd.llama"),
        Model(load_library(), read_model_folder(tiny_model).decoder.path),
    ):
        pass
    assert any("qwen3vl" in record.message for record in caplog.records)
    assert not any(record.message.endswith("\n") for record in caplog.records)
    assert capfd.readouterr() == ("", "")


def test_what_a_damaged_file_says_stays_in_one_line(tiny_model: Path, tmp_path: Path) -> None:
    content = read_model_folder(tiny_model).decoder.path.read_bytes()
    broken = tmp_path / "broken.gguf"
    renamed = content.replace(b"general.architecture", b"\ngeneral.architectur", 1)
    broken.write_bytes(renamed.replace(b"\x08", b"\x65", 1))  # its value is of no type
    with pytest.raises(ModelError, match=r"broken\.gguf cannot be loaded") as refused:
        Model(load_library(), broken)
    assert "\n" not in str(refused.value)
