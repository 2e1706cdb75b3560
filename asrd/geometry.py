"""The numbers of the Qwen3-ASR audio contract, derived from each other.

Source: `feature_extraction_qwen3_asr.py` and `modeling_qwen3_asr.py` of transformers (Apache-2.0).
"""

from __future__ import annotations

from typing import Final

SAMPLE_RATE_HZ: Final = 16_000
MEL_BINS: Final = 128
FRAME_SAMPLES: Final = 400  # n_fft: one 25 ms analysis window
HOP_SAMPLES: Final = 160  # 10 ms from frame to frame
FRAMES_PER_S: Final = SAMPLE_RATE_HZ // HOP_SAMPLES

# The reference zero-pads shorter audio to this before the mel, and counts the padding as audio.
PADDED_SAMPLES: Final = SAMPLE_RATE_HZ // 2
# Below one analysis window there is nothing to hear; asrd refuses it.
MIN_SAMPLES: Final = FRAME_SAMPLES

CHUNK_FRAMES: Final = 100  # the front end sees one second at a time
CONVOLUTION_STRIDE: Final = 8  # three convolutions of stride 2
CHUNK_ROWS: Final = -(-CHUNK_FRAMES // CONVOLUTION_STRIDE)
WINDOW_CHUNKS: Final = 8  # the back end attends inside blocks of eight chunks
WINDOW_FRAMES: Final = WINDOW_CHUNKS * CHUNK_FRAMES
WINDOW_ROWS: Final = WINDOW_CHUNKS * CHUNK_ROWS


def frames_of(samples: int) -> int:
    """Number of mel frames for `samples` samples at 16 kHz, the reference's padding of short audio included."""
    return max(samples, PADDED_SAMPLES) // HOP_SAMPLES


def rows_of(frames: int) -> int:
    """Number of embedding rows for `frames` mel frames: 13 per full chunk, ceil(r / 8) for an open one of r frames."""
    chunks, rest = divmod(frames, CHUNK_FRAMES)
    return chunks * CHUNK_ROWS + -(-rest // CONVOLUTION_STRIDE)


def samples_of(seconds: float) -> int:
    """Seconds as a whole number of samples at 16 kHz."""
    return round(seconds * SAMPLE_RATE_HZ)


def seconds_of(samples: int) -> float:
    """Samples at 16 kHz as seconds."""
    return samples / SAMPLE_RATE_HZ
