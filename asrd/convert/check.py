"""Compares a model folder with the checkpoint it was made from, run by the transformers port.

Needs torch and transformers (extra `export`), which are imported when a check runs. The port's modules are filled from
the checkpoint by canonical names, so both namings can be checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asrd.convert.checkpoint import Checkpoint
from asrd.convert.config import DecoderConfig, EncoderConfig
from asrd.convert.tokenizer import read_vocabulary
from asrd.encoder.onnx import OnnxEncoder
from asrd.errors import ExportError
from asrd.geometry import CHUNK_FRAMES, CHUNK_ROWS, MEL_BINS, WINDOW_ROWS, rows_of
from asrd.installing import with_extra
from asrd.llama.context import Context
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.model_folder import ModelFolder, read_model_folder
from asrd.stop import StopSignal

Array = NDArray[np.float32]

ROW_TOLERANCE = {"fp32": 2e-5, "fp16": 2e-3, "int8": 0.08, "int4": 0.30}
"""Largest relative error of the rows, by precision: rms(difference) / rms(reference)."""
LOGIT_TOLERANCE = {"f32": 3e-3, "f16": 1e-2, "q8_0": 0.3, "q6_k": 0.35, "q5_k": 0.4, "q4_k": 0.5, "q4_0": 0.55}
"""The same for the logits of one position, by decoder type, llama.cpp's float16 cache included.

Set above what a random model of the 0.6B size shows (q8_0 0.19, q4_k 0.36, q4_0 0.40), whose 28 layers amplify
rounding; logits that have nothing to do with each other differ by 1.4.
"""
_CHECKED_FRAMES = (37, 250, 1130)
"""Mel frames of the checked inputs: part of a chunk, several chunks, more than one window."""
_PROMPT = "<|im_start|>system\n<|im_end|>\n<|im_start|>user\n<|audio_start|>"


def relative_error(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """rms(found - expected) / rms(expected), computed in float64."""
    reference = expected.astype(np.float64)
    difference = found.astype(np.float64) - reference
    return float(np.sqrt(np.mean(difference**2) / np.mean(reference**2)))


def encode(folder: ModelFolder, mel: Array) -> Array:
    """`mel` (128,T) float32 -> (rows,E) float32 by the ONNX files of `folder`, chunk by chunk and window by window."""
    frames = mel.shape[1]
    chunks = -(-frames // CHUNK_FRAMES)
    padded = np.zeros((chunks * CHUNK_FRAMES, MEL_BINS), np.float32)
    padded[:frames] = mel.T
    with OnnxEncoder(folder.frontend.path, folder.backend.path, threads=os.cpu_count() or 1) as encoder:
        hidden = np.concatenate([encoder.front(chunk) for chunk in np.split(padded, chunks)])[: rows_of(frames)]
        starts = range(0, len(hidden), WINDOW_ROWS)
        return np.concatenate([encoder.back(hidden[start : start + WINDOW_ROWS]) for start in starts])


def can_check() -> bool:
    """Whether the reference implementation is installed."""
    return all(find_spec(package) is not None for package in ("torch", "transformers"))


def check_folder(folder: Path, checkpoint_dir: Path) -> None:
    """Compare rows and logits of a finished model folder with the checkpoint; raises `ExportError` when they differ."""
    check_rows(folder, checkpoint_dir)
    decoder = read_model_folder(folder).decoder.path
    with (
        Model(load_library(), decoder, gpu_layers=0) as model,
        Context(model, positions=256, batch=128, outputs=1, threads=os.cpu_count() or 1) as context,
    ):

        def logits_of(ids: NDArray[np.int32]) -> Array:
            context.decode_tokens(ids.tolist(), 0, outputs=1, stop=StopSignal())
            logits: Array = context.logits(len(ids) - 1).copy()
            return logits

        check_logits(checkpoint_dir, decoder.name.rsplit(".", 2)[1], logits_of)


def check_rows(folder: Path, checkpoint_dir: Path) -> dict[int, float]:
    """Compare the rows of `folder` with those of the transformers port, for three lengths of input.

    Returns the relative error by mel frames; raises `ExportError` when one exceeds `ROW_TOLERANCE` or torch is missing.
    """
    model = read_model_folder(folder)
    precision = model.frontend.path.name.rsplit(".", 2)[1]
    limit = ROW_TOLERANCE[precision]
    with Checkpoint(checkpoint_dir) as checkpoint:
        reference = reference_encoder(checkpoint)
    errors = {}
    for frames in _CHECKED_FRAMES:
        mel = _check_mel(frames)
        errors[frames] = relative_error(encode(model, mel), reference(mel))
        if not errors[frames] <= limit:
            raise ExportError(
                f"{folder}: the encoder's rows differ from the checkpoint's by {errors[frames]:.2g} at {frames} "
                f"frames, where {precision} allows {limit:.2g}; choose a higher precision, or report this as a bug"
            )
    return errors


def check_logits(checkpoint_dir: Path, decoder_type: str, logits_of: Callable[[NDArray[np.int32]], Array]) -> float:
    """Compare the logits after a short prompt with those of the transformers port.

    `logits_of` takes token ids (n,) and returns the logits (vocabulary,) after the last one; it is how the caller runs
    the GGUF. Returns the relative error; raises `ExportError` when it exceeds `LOGIT_TOLERANCE` or torch is missing.
    """
    with Checkpoint(checkpoint_dir) as checkpoint:
        ids = _prompt_ids(checkpoint)
        expected = _reference_logits(checkpoint, ids)
    error = relative_error(logits_of(ids), expected)
    limit = LOGIT_TOLERANCE[decoder_type]
    if not error <= limit:
        raise ExportError(
            f"{checkpoint_dir}: the decoder's logits differ from the checkpoint's by {error:.2g}, where {decoder_type} "
            f"allows {limit:.2g}; choose a higher precision, or report this as a bug"
        )
    return error


def reference_encoder(checkpoint: Checkpoint) -> Callable[[Array], Array]:
    """The port's encoder and projector in float32: a function from mel (128,T) to rows (rows,E)."""
    torch, port = _import("torch"), _import("transformers.models.qwen3_asr.modeling_qwen3_asr")
    config = _port_encoder_config(checkpoint.config.encoder)
    with torch.device("meta"):
        encoder = port.Qwen3ASREncoder(config.audio_config)
        projector = port.Qwen3ASRMultiModalProjector(config)
    _fill(torch, encoder, checkpoint, "audio.")
    for index, linear in ((1, projector.linear_1), (2, projector.linear_2)):
        _fill(torch, linear, checkpoint, f"audio.proj{index}.")
    table = port.SinusoidsPositionEmbedding(CHUNK_ROWS, checkpoint.config.encoder.d_model)
    encoder.positional_embedding = table

    def rows(mel: Array) -> Array:
        frames = mel.shape[1]
        total = -(-frames // CHUNK_FRAMES) * CHUNK_FRAMES
        features, mask = np.zeros((1, MEL_BINS, total), np.float32), np.zeros((1, total), np.int64)
        features[0, :, :frames], mask[0, :frames] = mel, 1
        with torch.no_grad():
            hidden = encoder(torch.from_numpy(features), torch.from_numpy(mask)).last_hidden_state
            result: Array = projector(hidden).numpy()
        return result

    return rows


def _reference_logits(checkpoint: Checkpoint, ids: NDArray[np.int32]) -> Array:
    torch, port = _import("torch"), _import("transformers")
    config = checkpoint.config.decoder
    with torch.device("meta"):
        model = port.Qwen3Model(_port_decoder_config(config))
    _fill(torch, model, checkpoint, "text.")
    model.rotary_emb = type(model.rotary_emb)(model.config)
    head = "text.embed_tokens.weight" if config.tied else "text.lm_head.weight"
    with torch.no_grad():
        last = model(torch.from_numpy(ids.astype(np.int64))[None]).last_hidden_state[0, -1].numpy()
    logits: Array = checkpoint.tensor(head, config.vocab_size, config.hidden) @ last
    return logits


def _fill(torch: Any, module: Any, checkpoint: Checkpoint, prefix: str) -> None:
    """Give every parameter of a module made on the meta device its tensor of the checkpoint."""
    shapes = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    state = {name: torch.from_numpy(checkpoint.tensor(prefix + name, *shape)) for name, shape in shapes.items()}
    module.load_state_dict(state, strict=False, assign=True)
    module.eval()


def _port_encoder_config(config: EncoderConfig) -> Any:
    port = _import("transformers")
    audio = {
        "model_type": "qwen3_asr_encoder",
        "d_model": config.d_model,
        "downsample_hidden_size": config.conv_channels,
        "encoder_attention_heads": config.heads,
        "encoder_ffn_dim": config.ffn_dim,
        "encoder_layers": config.layers,
        "output_dim": config.output_dim,
    }
    return port.Qwen3ASRConfig(audio_config=audio)


def _port_decoder_config(config: DecoderConfig) -> Any:
    return _import("transformers").Qwen3Config(
        vocab_size=config.vocab_size,
        hidden_size=config.hidden,
        intermediate_size=config.ffn_dim,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        num_key_value_heads=config.kv_heads,
        head_dim=config.head_dim,
        max_position_embeddings=config.context_length,
        rms_norm_eps=config.rms_eps,
        rope_parameters={"rope_theta": config.rope_theta, "rope_type": "default"},
    )


def _import(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ExportError(
            f"A check needs {module.partition('.')[0]}, which cannot be imported ({error}); "
            f"{with_extra('export')}, or export without the check"
        ) from error


def _check_mel(frames: int) -> Array:
    """Noise, smoothed in time and shifted to the range of a normalised log-mel (about -1 to 1.5)."""
    raw = np.random.PCG64(frames).random_raw(MEL_BINS * (frames + 4))
    noise = (np.asarray(raw, np.uint64) >> np.uint64(40)).astype(np.float32).reshape(MEL_BINS, -1) / np.float32(1 << 24)
    smooth = sum(noise[:, shift : shift + frames] for shift in range(5)) / np.float32(5)
    return np.asarray(4 * smooth - 1.75, np.float32)


def _prompt_ids(checkpoint: Checkpoint) -> NDArray[np.int32]:
    """The head of a prompt; words are spelled in single bytes, which any byte-level vocabulary has."""
    vocabulary = read_vocabulary(checkpoint.folder, checkpoint.config.decoder.vocab_size)
    ids = {token: index for index, token in enumerate(vocabulary.tokens)}
    parts = _PROMPT.replace("\n", "Ċ").replace("<|", "\n<|").replace("|>", "|>\n").split("\n")
    tokens = [token for part in parts for token in ([part] if part.startswith("<|") else list(part))]
    return np.array([ids[token] for token in tokens], np.int32)
