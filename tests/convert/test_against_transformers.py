"""Live comparison with the transformers port; the golden vectors hold the same for machines without torch."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from asrd.convert.check import check_logits, check_rows
from asrd.convert.export import ExportOptions, export
from asrd.errors import ExportError
from tests.convert.variants import TOKENIZER_FILES, Tensors, changed, published
from tests.golden.data import load_golden, make_golden_checkpoint

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("default")]


def loaded_by_the_port(folder: Path) -> Any:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    return transformers.Qwen3ASRForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.mark.parametrize("encoder", ["fp32", "fp16", "int8", "int4"])
def test_rows(tiny_checkpoint: Path, tmp_path: Path, encoder: str) -> None:
    export(tiny_checkpoint, tmp_path / "a", ExportOptions(encoder=encoder))
    assert set(check_rows(tmp_path / "a", tiny_checkpoint)) == {37, 250, 1130}


def test_rows_of_the_published_naming(tiny_checkpoint: Path, tmp_path: Path) -> None:
    source = published(tmp_path / "published", tiny_checkpoint)
    export(source, tmp_path / "a", ExportOptions(encoder="fp32"), check=check_rows)


def test_rows_of_other_weights_are_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    def disturb(tensors: Tensors, config: dict[str, Any]) -> None:
        tensors["model.audio_tower.ln_post.weight"] *= 1.5

    other = changed(tmp_path / "other", tiny_checkpoint, disturb)
    export(tiny_checkpoint, tmp_path / "a", ExportOptions(encoder="int8"))
    with pytest.raises(ExportError, match=r"differ from the checkpoint's by .* where int8 allows 0\.08"):
        check_rows(tmp_path / "a", other)


def test_logits(tiny_checkpoint: Path) -> None:
    torch = pytest.importorskip("torch")
    model = loaded_by_the_port(tiny_checkpoint)

    def logits_of(ids: NDArray[np.int32]) -> NDArray[np.float32]:
        with torch.no_grad():
            found: NDArray[np.float32] = model(input_ids=torch.tensor([ids.tolist()])).logits[0, -1].numpy()
        return found

    assert check_logits(tiny_checkpoint, "f32", logits_of) < 1e-5
    with pytest.raises(ExportError, match=r"logits differ .* where q8_0 allows 0\.3"):
        check_logits(tiny_checkpoint, "q8_0", lambda ids: np.roll(logits_of(ids), 1))


def test_checkpoint_saved_by_the_port_exports_alike(tiny_checkpoint: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    loaded_by_the_port(tiny_checkpoint).save_pretrained(saved)
    for name in TOKENIZER_FILES:
        (saved / name).write_bytes((tiny_checkpoint / name).read_bytes())
    options = ExportOptions(encoder="fp32", decoder="f32", name="tiny")
    export(tiny_checkpoint, tmp_path / "a", options)
    export(saved, tmp_path / "b", options)
    for path in (tmp_path / "a").iterdir():
        assert (tmp_path / "b" / path.name).read_bytes() == path.read_bytes()


def test_golden_vectors_belong_to_this_model(tmp_path: Path) -> None:
    make_golden_checkpoint(tmp_path / "tiny")
    weights = (tmp_path / "tiny" / "model.safetensors").read_bytes()
    golden = load_golden()
    assert hashlib.sha256(weights).hexdigest() == golden.weights_sha256
    assert len(golden.clips) >= 50
