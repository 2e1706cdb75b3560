"""The plain offline pass: every stage once, over the whole audio, without any shortcut.

This is what a finished utterance must equal token for token, however it was recognised while it grew.
"""

from __future__ import annotations

import time

import numpy as np

from asrd.geometry import CHUNK_FRAMES, WINDOW_FRAMES, rows_of
from asrd.mel.spectrum import plain_log_mel
from asrd.recognizer.protocols import (
    Decoded,
    Decoder,
    DecodeRequest,
    Encoder,
    FloatArray,
    RowSegment,
    Segment,
    TokenSegment,
)
from asrd.stop import StopSignal
from asrd.text.loops import token_limit
from asrd.text.prompt import Prompt
from asrd.values import Timing, Work


def encode_plain(encoder: Encoder, mel: FloatArray) -> list[RowSegment]:
    """Rows of normalised mel (T, 128), one segment per window of 800 frames."""
    windows = []
    for window_start in range(0, len(mel), WINDOW_FRAMES):
        window = mel[window_start : window_start + WINDOW_FRAMES]
        hidden = []
        for chunk_start in range(0, len(window), CHUNK_FRAMES):
            frames = window[chunk_start : chunk_start + CHUNK_FRAMES]
            padded = np.pad(frames, ((0, CHUNK_FRAMES - len(frames)), (0, 0)))
            hidden.append(encoder.front(padded)[: rows_of(len(frames))])
        windows.append(RowSegment(encoder.back(np.concatenate(hidden))))
    return windows


def recognise_plain(
    encoder: Encoder, decoder: Decoder, prompt: Prompt, samples: FloatArray, stop: StopSignal
) -> Decoded:
    """Recognise one piece of audio (n,) float32, not longer than the limit. The decoder is left reset."""
    started = time.perf_counter()
    mel = plain_log_mel(samples)
    heard = time.perf_counter()
    windows = encode_plain(encoder, mel)
    encoded = time.perf_counter()
    decoder.reset()
    try:
        segments: list[Segment] = [TokenSegment(prompt.head), *windows, TokenSegment(prompt.suffix)]
        decoded = decoder.decode(DecodeRequest(segments, token_limit(len(samples))), stop)
    finally:
        decoder.reset()
    chunks = -(-len(mel) // CHUNK_FRAMES)
    work = Work(mel_frames=len(mel), front_chunks=chunks, back_rows=sum(map(len, windows)))
    timing = Timing(mel_s=heard - started, encode_s=encoded - heard)
    return Decoded(decoded.tokens, decoded.stop, work + decoded.work, timing + decoded.timing)
