"""Borders of the native parts and of the recognizer: exact fits, ends, and what is set but has no visible effect."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from asrd.convert.export import ExportOptions, export
from asrd.encoder.onnx import OnnxEncoder
from asrd.encoder.session import OnnxSession
from asrd.errors import Cancelled, ConfigError, LibraryError, ModelError, NativeError
from asrd.llama import api
from asrd.llama.context import Context
from asrd.llama.library import Library, load_library
from asrd.llama.model import Model
from asrd.model_folder import read_model_folder
from asrd.recognizer.decoding import LlamaDecoder
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.piece import Piece, PieceLimits
from asrd.stop import StopSignal
from asrd.values import StopReason, Timing, UtteranceOptions
from tests.conftest import ONE_THREAD
from tests.convert.variants import changed
from tests.encoder.test_variants import graph
from tests.llama.test_llama import GO, context, model, rows  # noqa: F401
from tests.recognizer.test_decoding import decoder, plain, prompt_with, window  # noqa: F401
from tests.recognizer.test_utterance import clip, grow, short, with_floor  # noqa: F401


def test_mixed_precisions_are_refused(tmp_path: Path) -> None:
    signature = [
        helper.make_tensor_value_info(name, kind, (1, 128, 100))
        for name, kind in (("mel", TensorProto.FLOAT16), ("out", TensorProto.FLOAT))
    ]
    cast = helper.make_node("Cast", ["mel"], ["out"], to=TensorProto.FLOAT)
    made = helper.make_graph([cast], "mixed", signature[:1], signature[1:])
    onnx.save(
        helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "mixed.onnx"
    )
    with pytest.raises(ModelError, match="expected one of float32 or float16"):
        OnnxSession(tmp_path / "mixed.onnx", threads=1)


def test_sessions_use_the_given_threads_and_do_not_spin(tiny_model: Path) -> None:
    session = OnnxSession(read_model_folder(tiny_model).frontend.path, threads=3)
    assert session._session is not None
    options = session._session.get_session_options()
    assert options.intra_op_num_threads == 3
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert not options.enable_mem_pattern


def test_a_back_end_with_another_number_of_rows(tiny_model: Path, tmp_path: Path) -> None:
    wrong = graph(tmp_path / "back.onnx", {"hidden": (1, "rows", 64)}, (1, 12, 64), TensorProto.FLOAT)
    with pytest.raises(ModelError, match=r"back\.onnx gives \(1, 12, 64\) for \(1, 13, 64\); expected \(1, 13, width"):
        OnnxEncoder(read_model_folder(tiny_model).frontend.path, wrong, threads=1)


def test_close_closes_both(tiny_model: Path) -> None:
    folder = read_model_folder(tiny_model)
    encoder = OnnxEncoder(folder.frontend.path, folder.backend.path, threads=1)
    encoder.close()
    with pytest.raises(NativeError, match="was closed"):
        encoder.back(np.zeros((13, 64), np.float32))


def test_logits_that_were_not_asked_for_are_not_computed(context: Context) -> None:
    context.decode_tokens(list(range(16)), 0, outputs=16, stop=GO)
    context.decode_tokens(list(range(8)), 16, outputs=1, stop=GO)
    context.logits(7)
    with pytest.raises(NativeError, match="has no logits for position 0"):
        context.logits(0)


def test_every_position_can_be_used(context: Context, model: Model) -> None:
    for position in range(0, 512, 64):
        context.decode_rows(rows(model, 64), position, stop=GO)


@pytest.mark.parametrize(("count", "position", "outputs"), [(3, 0, 4)])
def test_what_does_not_fit_is_refused(context: Context, count: int, position: int, outputs: int) -> None:
    with pytest.raises(NativeError, match="do not fit a context of 512 positions, 64 a batch, 16 outputs"):
        context.decode_tokens([1] * count, position, outputs=outputs, stop=GO)


def test_an_error_after_a_stop_is_the_stop(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(context._api._functions, "llama_decode", lambda *_: -3)
    stop = StopSignal()
    with pytest.raises(NativeError, match=r"failed with -3 \(the computation failed\)"):
        context.decode_tokens([5], 0, stop=stop)
    stop.set()
    with pytest.raises(Cancelled):
        context.decode_tokens([5], 0, stop=stop)


def test_a_context_is_made_with_flash_attention(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    library, made = model.library, []
    make = library.api.llama_init_from_model

    def seen(handle: int, params: Any) -> Any:
        made.append((params.flash_attn_type, params.n_ctx, params.n_threads, params.n_threads_batch))
        return make(handle, params)

    monkeypatch.setitem(library.api._functions, "llama_init_from_model", seen)
    Context(model, positions=256, batch=32, outputs=1, threads=3).close()
    assert made == [(api.FLASH_ATTN_ENABLED, 256, 3, 3)]


@pytest.mark.parametrize(("decoder", "mode"), [("f16", -1), ("q8_0", -1), ("q4_0", api.LOAD_MODE_NONE)])
def test_a_file_whose_weights_are_repacked_is_not_mapped(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoder: str, mode: int
) -> None:
    export(tiny_checkpoint, tmp_path / "m", ExportOptions(decoder=decoder))
    library, modes = load_library(), []
    load = library.api.llama_model_load_from_file

    def seen(path: bytes, params: Any) -> Any:
        modes.append(params.load_mode)
        return load(path, params)

    monkeypatch.setitem(library.api._functions, "llama_model_load_from_file", seen)
    monkeypatch.setitem(library.api._functions, "llama_supports_gpu_offload", lambda: False)
    Model(library, read_model_folder(tmp_path / "m").decoder.path, gpu_layers=0).close()
    assert modes == [mode]


def test_a_token_of_many_bytes(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = changed(tmp_path / "checkpoint", tiny_checkpoint, lambda tensors, config: None)
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    token = 1 + max(map(int, settings["added_tokens_decoder"]))
    settings["added_tokens_decoder"][str(token)] = {"content": "x" * 300, "special": False}
    path.write_text(json.dumps(settings), encoding="utf-8")
    export(folder, tmp_path / "m", ExportOptions(decoder="f16"))
    with Model(load_library(), read_model_folder(tmp_path / "m").decoder.path) as model:
        assert model.piece(token) == b"x" * 300


def test_errors_are_told_once(tmp_path: Path) -> None:
    library = load_library()
    (tmp_path / "cut.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError):
        Model(library, tmp_path / "cut.gguf")
    assert library.take_errors() == ""


def test_the_guard_stands_before_every_library(monkeypatch: pytest.MonkeyPatch) -> None:
    path = load_library().path
    monkeypatch.setitem(api.CONTEXT_DEFAULTS, "n_ctx", 513)
    with pytest.raises(LibraryError, match=r"gives n_ctx = 512.*another layout"):
        Library(path)


def test_threads_of_openmp_spin_briefly_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    load_library()
    assert os.environ["GOMP_SPINCOUNT"] == "1000"
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    load_library()
    assert os.environ["GOMP_SPINCOUNT"] == "7"


@pytest.mark.parametrize("pattern", ["*frontend*", "*backend*", "*.gguf"])
def test_an_empty_file_is_called_so(tiny_model: Path, tmp_path: Path, pattern: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    (folder / "asrd.json").unlink()
    next(folder.glob(pattern)).write_bytes(b"")
    with pytest.raises(ModelError, match="has 0 bytes instead of some"):
        Recognizer.open(folder, ONE_THREAD)


def described(tiny_model: Path, folder: Path, **decoder: object) -> Path:
    shutil.copytree(tiny_model, folder)
    description = json.loads((folder / "asrd.json").read_text())
    description["files"]["decoder"] |= decoder
    (folder / "asrd.json").write_text(json.dumps(description))
    return folder


def test_checksums_in_capitals_and_progress(tiny_model: Path, tmp_path: Path) -> None:
    known = read_model_folder(tiny_model).decoder
    folder = described(tiny_model, tmp_path / "model", sha256=str(known.sha256).upper())
    read: list[int] = []
    read_model_folder(folder).decoder.check_sum(read.append)
    assert sum(read) == known.size_bytes


def test_a_link_out_of_the_folder_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = described(tiny_model, tmp_path / "model", path="link.gguf")
    (folder / "link.gguf").symlink_to(read_model_folder(tiny_model).decoder.path)
    with pytest.raises(ModelError, match="leads out of the folder"):
        Recognizer.open(folder, ONE_THREAD)


def test_audio_of_exactly_the_limit_is_one_piece(short: Recognizer) -> None:
    audio = clip(6, 2)
    ((start, offline),) = short.pieces(audio)
    utterance = short.utterance()
    utterance.append(audio)
    assert (start, utterance.final().tokens) == (0, offline.tokens)


def test_work_after_a_cut_is_not_negative(recognizer: Recognizer) -> None:
    options, prompt = recognizer.prepare(None)
    piece = Piece(recognizer.encoder, recognizer.decoder, prompt, options, PieceLimits(True, True, 0))
    audio = clip(5)
    piece.append(audio)
    piece.recognise(GO)
    piece.replace_audio(audio[:48_000])
    assert piece.finish(GO).work.mel_frames == 1  # the open one
    recognizer.decoder.reset()


def test_timing_is_that_of_one_pass(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that ticks whenever it is read: hearing takes a tick, and so does every stage of a pass."""
    ticks = itertools.count()
    monkeypatch.setattr("time.perf_counter", lambda: float(next(ticks)))
    utterance, audio = recognizer.utterance(), clip(2)
    for start in (0, 16_000):
        utterance.append(audio[start : start + 16_000])
        assert utterance.hypothesis().timing == Timing(mel_s=2, encode_s=1, prefill_s=1, decode_s=1)
    assert utterance.final().timing == Timing()


def test_a_forced_language_is_told_to_the_model_and_back(recognizer: Recognizer) -> None:
    forced = recognizer.transcribe(clip(4), UtteranceOptions(language="de"))
    final = grow(recognizer, clip(4), [8000], UtteranceOptions(language="de"))[-1]
    assert (final.tokens, final.text, final.language) == (forced.tokens, forced.text, "German")


def test_a_request_that_just_fits_is_taken(decoder: LlamaDecoder) -> None:
    segments = prompt_with(decoder, window(decoder, 10))
    room = 1536 - sum(map(len, segments))
    assert plain(decoder, segments, room).stop is StopReason.END
    with pytest.raises(ConfigError, match="may take 1537 positions"):
        plain(decoder, segments, room + 1)


def test_an_utterance_may_end_while_another_goes_on(recognizer: Recognizer) -> None:
    audio = with_floor(np.zeros(12 * 16_000, np.float32))  # whose finished window is never computed again
    first, second = recognizer.utterance(), recognizer.utterance()
    first.append(clip(3, 6))
    first.hypothesis()
    second.append(audio[:160_000])
    second.hypothesis()
    first.final()  # asks nothing of the decoder, whose memory holds a window of the second
    second.append(audio[160_000:])
    assert second.final().tokens == recognizer.transcribe(audio).tokens


@pytest.mark.parametrize("name", ["<|im_end|>", "<|endoftext|>"])
def test_both_stop_tokens_end_the_text(decoder: LlamaDecoder, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    token = decoder.special_token(name)
    monkeypatch.setattr("asrd.recognizer.greedy.np.argmax", lambda _logits: token)
    found = plain(decoder, prompt_with(decoder, window(decoder, 10)))
    assert (found.tokens, found.stop) == ((), StopReason.END)


def test_what_is_held_after_the_end(recognizer: Recognizer) -> None:
    grow(recognizer, clip(3), [8000])
    assert list(map(len, recognizer.decoder._held)) == [len(recognizer.prepare(None)[1].head)]
    recognizer.transcribe(clip(3))
    assert recognizer.decoder._held == []


def test_a_last_piece_shorter_than_a_frame_is_not_heard(short: Recognizer) -> None:
    audio = clip(6.01, 2)
    audio[48_000:95_999] = 0.001
    audio[95_990] = 0.0  # the cut, 170 samples before the end
    pieces = list(short.pieces(audio))
    assert [(start, piece.text) for start, piece in pieces[1:]] == [(95_990, "")]
    assert grow(short, audio, [8000])[-1].tokens == pieces[0][1].tokens


def test_the_longest_context_leaves_room_for_the_longest_audio(short: Recognizer) -> None:
    longest = UtteranceOptions()
    with pytest.raises(ConfigError, match="shorten it"):  # noqa: PT012 - the last one that passed is wanted
        for count in range(1000):
            options = UtteranceOptions(context=" a" * count)
            short.prepare(options)
            longest = options
    assert short.transcribe(clip(6), longest).samples == 96_000


def test_a_stop_ends_the_offline_pass(recognizer: Recognizer) -> None:
    stop = StopSignal()
    stop.set()
    with pytest.raises(Cancelled):
        recognizer.transcribe(clip(3), stop=stop)
    stop.clear()
    assert recognizer.transcribe(clip(3), stop=stop).tokens == recognizer.transcribe(clip(3)).tokens


def test_text_may_fill_the_context(decoder: LlamaDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = itertools.cycle(range(40, 140))
    monkeypatch.setattr("asrd.recognizer.greedy.np.argmax", lambda _logits: next(turns))
    segments = prompt_with(decoder, window(decoder, 10))
    room = 1536 - sum(map(len, segments))
    assert plain(decoder, segments, room).stop is StopReason.LENGTH
