"""docs/EXPORT.md: its command makes a folder that runs, here from a small checkpoint, and its tables are true."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asrd.convert.check import LOGIT_TOLERANCE, ROW_TOLERANCE
from asrd.convert.decoder_gguf import _tensors
from asrd.convert.gguf_types import DECODER_TYPES, DecoderType, encoded_shape, type_of
from asrd.convert.random_checkpoint import _SIZES
from asrd.model_folder import read_model_folder
from tests.convert.variants import published, sharded
from tests.docs.pages import blocks_by, pages
from tests.docs.shell import run_block
from tests.docs.worlds.world import Ground, World, new_ground

PAGE = pages()["docs/EXPORT.md"]
(BLOCK,) = blocks_by("tests/convert/test_documented_export.py")
CHECKPOINT, MODEL = "Qwen3-ASR-0.6B", "my-model"


class Downloaded(World):
    """What `hf download` leaves: a checkpoint, here a small random one."""

    def __init__(self, make: Callable[[Path, Path], Path], source: Path) -> None:
        super().__init__()
        self._make, self._source = make, source

    def enter(self, ground: Ground) -> None:
        self._make(ground.checkout / CHECKPOINT, self._source)
        (ground.checkout / CHECKPOINT / "LICENSE").write_text("the licence", encoding="utf-8")


@pytest.mark.parametrize(
    ("layout", "has_torch"), [(published, False), pytest.param(sharded, True, marks=pytest.mark.torch)]
)
def test_the_command_makes_a_folder_that_runs(
    layout: Callable[[Path, Path], Path], has_torch: bool, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    if has_torch:
        pytest.importorskip("torch")
        pytest.importorskip("transformers")
    ground = new_ground(tmp_path)
    world = Downloaded(layout, tiny_checkpoint)
    if not has_torch:
        hidden = tmp_path / "hidden"
        hidden.mkdir()
        (hidden / "sitecustomize.py").write_text("import sys; sys.modules['torch'] = None", encoding="utf-8")
        world.environment = {"PYTHONPATH": str(hidden)}
    run_block(BLOCK, ground, world)
    said = (ground.outputs / "0").read_text(encoding="utf-8")
    assert ("was not compared with the checkpoint" in said) == (not has_torch)
    made = ground.checkout / MODEL
    assert read_model_folder(made).name == CHECKPOINT
    assert (made / "LICENSE").read_text(encoding="utf-8") == "the licence"
    text = (ground.outputs / f"{len(BLOCK.steps) - 1}").read_text(encoding="utf-8")
    assert text.strip(), "the random model writes nothing: it is no proof that it runs"


def rows_of(heading: str) -> dict[str, list[str]]:
    """First cell, without its backticks -> the others, of the table whose first column has this heading."""
    table = re.search(rf"^\| {heading} \|.*\n\|[-:|]+\|\n((?:\|.*\n)+)", PAGE.text, re.MULTILINE)
    assert table, heading
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.mark.parametrize(
    ("heading", "tolerance"), [("encoder", ROW_TOLERANCE), ("decoder", LOGIT_TOLERANCE)], ids=["encoder", "decoder"]
)
def test_limits_are_those_of_the_comparison(heading: str, tolerance: dict[str, float]) -> None:
    assert {name: float(cells[-1]) for name, cells in rows_of(heading).items()} == tolerance


def weights_mb(kind: DecoderType, size: str, *, tied: bool) -> int:
    """Millions of bytes of all tensors in a decoder of this type."""
    config = replace(_SIZES[size].decoder, tied=tied)
    types = {
        tensor: type_of(tensor.target, tensor.shape, kind, config.layers, tied=tied) for tensor in _tensors(config)
    }
    return round(sum(encoded_shape(tensor.shape, found)[2] for tensor, found in types.items()) / 1e6)


def test_sizes_of_the_decoder() -> None:
    rows = rows_of("decoder")
    assert set(rows) == set(DECODER_TYPES)
    for kind, cells in rows.items():
        assert cells[1:3] == [str(weights_mb(kind, size, tied=False)) for size in ("0.6b", "1.7b")]  # type: ignore[arg-type]
    assert f"`q8_0` {weights_mb('q8_0', '0.6b', tied=True)} MB" in PAGE.text


def test_the_default_is_named() -> None:
    assert "default" in rows_of("encoder")["int8"][0]
    assert "default" in rows_of("decoder")["q8_0"][0]
