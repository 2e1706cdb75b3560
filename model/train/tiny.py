"""A Whisper of random weights that fits a test: the smoke runs and the tests of the graph use it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.train.mel import WHISPER_BINS
from model.train.whisper import Whisper, WhisperSizes

Array = NDArray[np.float32]

PIECES: Final = 200
END: Final = PIECES
PROMPT: Final = (PIECES + 1, PIECES + 2, PIECES + 3)
SIZES: Final = WhisperSizes(
    mel_bins=WHISPER_BINS,
    width=128,
    encoder_layers=2,
    decoder_layers=2,
    heads=2,
    ffn_width=192,
    positions=500,
    text_positions=120,
    vocabulary=PIECES + 4,
)


def random_whisper(seed: int = 0) -> Whisper:
    """Weights that make a lively, wandering text."""
    rng = np.random.default_rng(seed)
    width, ffn = SIZES.width, SIZES.ffn_width

    def matrix(*shape: int) -> Array:
        return np.asarray(rng.normal(size=shape) * 1.5 / np.sqrt(np.prod(shape[1:])), np.float32)

    def vector(size: int, around: float = 0.0) -> Array:
        return np.asarray(around + 0.1 * rng.normal(size=size), np.float32)

    tensors = {
        "encoder.conv1.weight": matrix(width, WHISPER_BINS, 3),
        "encoder.conv1.bias": vector(width),
        "encoder.conv2.weight": matrix(width, width, 3),
        "encoder.conv2.bias": vector(width),
        "encoder.embed_positions.weight": matrix(SIZES.positions, width),
        "decoder.embed_tokens.weight": rng.normal(size=(SIZES.vocabulary, width)).astype(np.float32) * 0.05,
        "decoder.embed_positions.weight": 3 * rng.normal(size=(SIZES.text_positions, width)).astype(np.float32),
    }
    for side, layers in (("encoder", SIZES.encoder_layers), ("decoder", SIZES.decoder_layers)):
        norms = [f"{side}.layer_norm"]
        for index in range(layers):
            name = f"{side}.layers.{index}"
            attentions = ["self_attn"] if side == "encoder" else ["self_attn", "encoder_attn"]
            norms += [f"{name}.{part}_layer_norm" for part in (*attentions, "final")]
            for part in attentions:
                for projection in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    tensors[f"{name}.{part}.{projection}.weight"] = matrix(width, width)
                    if projection != "k_proj":
                        tensors[f"{name}.{part}.{projection}.bias"] = vector(width)
            tensors |= {f"{name}.fc1.weight": matrix(ffn, width), f"{name}.fc1.bias": vector(ffn)}
            tensors |= {f"{name}.fc2.weight": matrix(width, ffn), f"{name}.fc2.bias": vector(width)}
        for name in norms:
            tensors |= {f"{name}.weight": vector(width, 1.0), f"{name}.bias": vector(width)}
    return Whisper(SIZES, tensors)
