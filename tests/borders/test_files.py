"""Borders of files: damaged, rare and hand-made ones."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.convert.check import ROW_TOLERANCE, relative_error
from asrd.convert.checkpoint import Checkpoint
from asrd.convert.encoder_graph import build_backend
from asrd.convert.export import export
from asrd.convert.tokenizer import TokenType, read_vocabulary
from asrd.errors import AudioError, ExportError
from asrd.source.file import read_audio
from tests.convert.encoder_reference import EncoderReference
from tests.convert.test_decoder_gguf import values, written
from tests.convert.test_encoder_graph import noise, runner
from tests.convert.test_export import FAST
from tests.convert.test_tokenizer import edit, folder, rows  # noqa: F401
from tests.convert.variants import changed
from tests.source.test_file import CLIP, RATE_HZ, wav, write

DATA = (CLIP * 32768).astype("<i2").tobytes()


def test_nearly_everything_at_full_scale(tmp_path: Path) -> None:
    square = np.where(np.arange(RATE_HZ) // 50 % 2, 1.0, -1.0)
    square[: RATE_HZ * 3 // 100] = 0.5
    with pytest.raises(AudioError, match="clipped beyond use, 97 %"):
        read_audio(write(tmp_path / "a.wav", square))


def test_a_counted_byte_of_padding_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(DATA, len(DATA) + 1, 36 + len(DATA) + 1))
    assert np.array_equal(read_audio(path).samples, CLIP)


@pytest.mark.parametrize("size", [b"\xff\xff\xff\xff"])
def test_au_that_was_written_to_a_pipe(tmp_path: Path, size: bytes) -> None:
    path = write(tmp_path / "a.au", CLIP, name="au")
    data = bytearray(path.read_bytes())
    data[8:12] = size
    path.write_bytes(data)
    assert np.array_equal(read_audio(path).samples, CLIP)


@pytest.mark.parametrize("tag", [b"", b"ID3\4\0\0\0\0\2\x2c" + bytes(300)], ids=["bare", "with a tag"])
def test_mp3_of_variable_rate(tmp_path: Path, tag: bytes) -> None:
    path = tmp_path / "a.mp3"
    samples = 0.2 * np.random.default_rng(0).standard_normal(5 * RATE_HZ)
    soundfile.write(path, samples, RATE_HZ, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5)
    whole = path.read_bytes()
    assert whole[13:17] == b"Xing"
    path.write_bytes(tag + whole[whole.index(whole[:2], 2) :])  # without the first frame, which holds the length
    with pytest.raises(AudioError, match=r"should hold 5\.\d\d s of audio and [12]\."):
        read_audio(path)


def test_gguf_metadata(tiny_checkpoint: Path, tmp_path: Path) -> None:
    found = values(written(tiny_checkpoint, tmp_path / "a.gguf", "f32"))
    assert found["tokenizer.ggml.tokens"][found["tokenizer.ggml.bos_token_id"]] == "<|im_end|>"
    assert "<|im_start|>assistant" in found["tokenizer.chat_template"]


def test_others_may_read_the_folder(tiny_checkpoint: Path, tmp_path: Path) -> None:
    export(tiny_checkpoint, tmp_path / "a", FAST)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o755


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE.txt", "NOTICE", "NOTICE.txt"])
def test_licence_of_the_checkpoint_goes_along(tiny_checkpoint: Path, tmp_path: Path, name: str) -> None:
    source = changed(tmp_path / "checkpoint", tiny_checkpoint, lambda tensors, config: None)
    (source / name).write_text("the licence")
    export(source, tmp_path / "a", FAST)
    assert (tmp_path / "a" / name).read_text() == "the licence"


def test_line_ends_of_windows(folder: Path, rows: int) -> None:
    expected = read_vocabulary(folder, rows)
    path = folder / "merges.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_vocabulary(folder, rows) == expected


def test_a_token_with_two_ids_is_refused(folder: Path, rows: int) -> None:
    edit(folder / "vocab.json", lambda vocab: vocab.update({"<|im_end|>": rows - 1}))
    with pytest.raises(ExportError, match="the same token twice"):
        read_vocabulary(folder, rows)


def test_another_kind_of_tokenizer_is_refused(folder: Path, rows: int) -> None:
    value = {"model": {"type": "Unigram", "vocab": {}}, "added_tokens": []}
    (folder / "tokenizer.json").write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(ExportError, match="is not a byte-level BPE tokenizer"):
        read_vocabulary(folder, rows)


def test_the_last_row_may_be_a_token(folder: Path, rows: int) -> None:
    used = sum(kind is not TokenType.UNUSED for kind in read_vocabulary(folder, rows).types)
    assert read_vocabulary(folder, used).types[-1] is not TokenType.UNUSED
    with pytest.raises(ExportError, match=f"ids up to {used - 1}, but the embedding has {used - 1} rows"):
        read_vocabulary(folder, used - 1)


def test_weights_beyond_half_precision_are_clipped() -> None:
    from asrd.convert.graph_builder import _half

    assert _half(np.array([1e6, -1e6, 1.5], np.float32)).tolist() == [65504.0, -65504.0, 1.5]


def test_back_end_of_quiet_rows_equals_the_formulas(tiny_checkpoint: Path) -> None:
    """Rows so small that the epsilon of the layer norms shows."""
    with Checkpoint(tiny_checkpoint) as checkpoint:
        hidden = 0.003 * noise(1, 13, 64)
        embeds = runner(build_backend(checkpoint, "fp32"))(hidden)
        expected = EncoderReference(checkpoint).back(hidden[0].astype(np.float64))
        assert relative_error(embeds[0], expected) < ROW_TOLERANCE["fp32"]
