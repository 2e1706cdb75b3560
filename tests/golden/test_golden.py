"""The whole way against the transformers port: stored vectors, and with torch installed the port itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asrd.bench.sets.made import ClipSpec
from asrd.convert.export import ExportOptions, export
from asrd.geometry import WINDOW_FRAMES
from asrd.mel.spectrum import plain_log_mel
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.plain import encode_plain
from asrd.recognizer.protocols import Decoded, DecodeRequest, RowSegment, TokenSegment
from asrd.stop import StopSignal
from asrd.values import StopReason
from tests.conftest import ONE_THREAD
from tests.golden.data import MAX_NEW_TOKENS, GoldenClip, load_golden, make_golden_checkpoint

GOLDEN = load_golden()
CLIPS = pytest.mark.parametrize("clip", GOLDEN.clips, ids=lambda clip: f"{clip.spec.samples / 16_000:.2f}s")


@pytest.fixture(scope="module", params=["f32", "f16"])
def exact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exact]:
    """The model that the vectors belong to, with an fp32 encoder and room for the longest clip."""
    folder = tmp_path_factory.mktemp("golden")
    make_golden_checkpoint(folder / "checkpoint")
    export(folder / "checkpoint", folder / "model", ExportOptions(encoder="fp32", decoder=request.param))
    with Recognizer.open(folder / "model", replace(ONE_THREAD, max_utterance_s=60.0)) as opened:
        yield Exact(opened)


class Exact:
    """A recognizer whose stages can be looked at; rows and logits of a clip are computed once for all tests."""

    def __init__(self, recognizer: Recognizer) -> None:
        self.decoder = recognizer.decoder
        self._recognizer = recognizer
        self._decoded: dict[ClipSpec, tuple[list[RowSegment], Any, Decoded]] = {}

    def of(self, clip: GoldenClip) -> tuple[list[RowSegment], Any, Decoded]:
        """The clip's rows, the logits of the first text position, and the text."""
        if clip.spec not in self._decoded:
            windows = encode_plain(self._recognizer.encoder, plain_log_mel(clip.samples()))
            self._decoded[clip.spec] = (windows, *self._decode(windows))
        return self._decoded[clip.spec]

    def _decode(self, windows: list[RowSegment]) -> tuple[Any, Decoded]:
        seen: list[Any] = []
        context = self.decoder.context
        real = context.logits

        def keeping(index: int) -> Any:
            seen.append(real(index).copy())
            return real(index)

        _, prompt = self._recognizer.prepare(None)
        self.decoder.reset()
        request = DecodeRequest([TokenSegment(prompt.head), *windows, TokenSegment(prompt.suffix)], MAX_NEW_TOKENS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(context, "logits", keeping)
            decoded = self.decoder.decode(request, StopSignal())
        return seen[0], decoded


def test_the_clips_cover_the_window() -> None:
    lengths = [clip.spec.samples / 16_000 for clip in GOLDEN.clips]
    assert len(lengths) >= 50
    assert min(lengths) <= 0.25
    assert max(lengths) >= 39
    assert sum(clip.frames > WINDOW_FRAMES for clip in GOLDEN.clips) >= 15


@CLIPS
def test_rows_equal_the_reference(exact: Exact, clip: GoldenClip) -> None:
    windows, _, _ = exact.of(clip)
    rows = np.concatenate([window.rows for window in windows])
    assert len(rows) == clip.rows
    found = np.stack([rows[0], rows[len(rows) // 2], rows[-1]])
    expected = np.stack([clip.first_row, clip.middle_row, clip.last_row])
    assert relative(found, expected) < 1e-3
    assert np.abs(rows).mean() == pytest.approx(clip.mean_abs, rel=1e-3)


@CLIPS
def test_logits_equal_the_reference(exact: Exact, clip: GoldenClip) -> None:
    _, logits, _ = exact.of(clip)
    assert relative(logits[GOLDEN.logit_ids], clip.logits) < 1e-2


@CLIPS
def test_greedy_tokens_equal_the_reference(exact: Exact, clip: GoldenClip) -> None:
    _, _, decoded = exact.of(clip)
    stops = [exact.decoder.special_token(name) for name in ("<|im_end|>", "<|endoftext|>")]
    expected = clip.tokens[:-1] if clip.tokens[-1] in stops else clip.tokens
    if decoded.stop is StopReason.LOOP:  # the reference goes on
        assert decoded.tokens == expected[: len(decoded.tokens)]
        assert len(set(expected[-21:])) < 21
    else:
        assert decoded.tokens == expected
        assert decoded.stop is StopReason.END or len(expected) == MAX_NEW_TOKENS


def relative(found: Any, expected: Any) -> float:
    """Root mean square of the difference over that of the reference."""
    return float(np.sqrt(np.mean((found - expected) ** 2) / np.mean(expected**2)))


@pytest.mark.torch
def test_the_port_itself_gives_the_stored_vectors(tmp_path: Path) -> None:
    from tests.golden.make_golden import compute

    make_golden_checkpoint(tmp_path / "checkpoint")
    clips = GOLDEN.clips[::7]
    live: list[GoldenClip] = compute(tmp_path / "checkpoint", [clip.spec for clip in clips])
    for stored, fresh in zip(clips, live, strict=True):
        assert fresh.tokens == stored.tokens
        assert relative(fresh.logits, stored.logits) < 1e-4
        assert relative(fresh.middle_row, stored.middle_row) < 1e-4
