"""The decoder: Qwen3's architecture in small, and the code of the rows that it reads.

Architecture (as `src/models/qwen3.cpp` of llama.cpp computes it): RMSNorm before attention and feed-forward, RMSNorm of
every query and key head, rotary positions over the two halves of a head, SwiGLU, and the embedding also as output.

A window's tokens t(0) .. t(n-1), followed by t(n) = the window token, with t(-1) = the window token as well, become

    row(i) = A[t(i)] + B[t(i-1)] + P[i] + Q[n - i]        i = 0 .. n

with A the embedding and B = A @ W; all further rows are `blank`. A window without speech is `none` throughout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from asrd.geometry import WINDOW_ROWS

RMS_EPS: Final = 1e-6


@dataclass(frozen=True)
class DecoderShape:
    """Dimensions of a decoder, the ids that it treats apart, and which terms its rows have.

    `window_id` ends a window's text, `end_id` the whole.
    """

    vocabulary: int = 0
    window_id: int = 0
    end_id: int = 0
    hidden: int = 192
    layers: int = 4
    heads: int = 6
    head_dim: int = 64
    ffn: int = 512
    rope_theta: float = 1e10
    """Wide: the lower two thirds of a head hardly turn within an utterance, so that content can be matched there."""
    with_previous: bool = True
    with_index: bool = True
    structured: bool = True
    """Begin with the attention that copies (see `structure`) instead of finding it."""


@dataclass(frozen=True)
class RowCode:
    """Everything a back end needs to write rows; all float32.

    `tokens` A and `previous` B (V, E), `index` P and `rest` Q (WINDOW_ROWS, E), `blank` and `none` (E,).
    """

    tokens: NDArray[np.float32]
    previous: NDArray[np.float32]
    index: NDArray[np.float32]
    rest: NDArray[np.float32]
    blank: NDArray[np.float32]
    none: NDArray[np.float32]
    window_id: int

    def rows(self, window: Sequence[int] | None, count: int) -> NDArray[np.float32]:
        """The `count` rows (count, E) of a window with fewer token ids than that, or of one without speech."""
        if not window:
            return np.tile(self.none, (count, 1))
        if len(window) >= count:
            raise ValueError(f"{len(window)} tokens do not fit into {count} rows: one row must remain")
        ids = np.array([*window, self.window_id])
        before = np.array([self.window_id, *window])
        places = np.arange(len(ids))
        rows = np.tile(self.blank, (count, 1))
        rows[: len(ids)] = self.tokens[ids] + self.previous[before] + self.index[places] + self.rest[places[::-1]]
        return rows


class Attention(nn.Module):  # type: ignore[misc]  # torch is not followed
    """Causal attention with normalised queries and keys."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.heads, self.head_dim = shape.heads, shape.head_dim
        width = shape.heads * shape.head_dim
        self.q_proj = nn.Linear(shape.hidden, width, bias=False)
        self.k_proj = nn.Linear(shape.hidden, width, bias=False)
        self.v_proj = nn.Linear(shape.hidden, width, bias=False)
        self.o_proj = nn.Linear(width, shape.hidden, bias=False)
        self.q_norm = nn.RMSNorm(shape.head_dim, eps=RMS_EPS)
        self.k_norm = nn.RMSNorm(shape.head_dim, eps=RMS_EPS)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """`x` (N, T, E) -> (N, T, E)."""
        split = (*x.shape[:2], self.heads, self.head_dim)
        q = rotate(self.q_norm(self.q_proj(x).view(split)), turn).transpose(1, 2)
        k = rotate(self.k_norm(self.k_proj(x).view(split)), turn).transpose(1, 2)
        v = self.v_proj(x).view(split).transpose(1, 2)
        out = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        joined: Tensor = self.o_proj(out.transpose(1, 2).flatten(2))
        return joined


class Layer(nn.Module):  # type: ignore[misc]
    """One transformer layer."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.input_layernorm = nn.RMSNorm(shape.hidden, eps=RMS_EPS)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = nn.RMSNorm(shape.hidden, eps=RMS_EPS)
        self.gate_proj = nn.Linear(shape.hidden, shape.ffn, bias=False)
        self.up_proj = nn.Linear(shape.hidden, shape.ffn, bias=False)
        self.down_proj = nn.Linear(shape.ffn, shape.hidden, bias=False)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """`x` (N, T, E) -> (N, T, E)."""
        x = x + self.self_attn(self.input_layernorm(x), turn)
        y = self.post_attention_layernorm(x)
        out: Tensor = x + self.down_proj(functional.silu(self.gate_proj(y)) * self.up_proj(y))
        return out


class Decoder(nn.Module):  # type: ignore[misc]
    """The decoder with the parameters of the row code."""

    def __init__(self, shape: DecoderShape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        hidden = shape.hidden
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embed_tokens = nn.Embedding(shape.vocabulary, hidden)
            self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
            self.norm = nn.RMSNorm(hidden, eps=RMS_EPS)
            self.previous = nn.Parameter(torch.zeros(hidden, hidden))
            self.index = nn.Parameter(0.02 * torch.randn(WINDOW_ROWS, hidden))
            self.rest = nn.Parameter(0.02 * torch.randn(WINDOW_ROWS, hidden))
            self.blank = nn.Parameter(0.02 * torch.randn(hidden))
            self.none = nn.Parameter(0.02 * torch.randn(hidden))
            _initialise(self)
            if shape.structured:
                structure(self)

    def embed(self, tokens: Tensor, previous: Tensor, index: Tensor, rest: Tensor, kind: Tensor) -> Tensor:
        """Input embeddings (N, T, E) of plain tokens and rows.

        Args:
            tokens: ids (N, T).
            previous: id of the token before, for rows.
            index: i, for rows.
            rest: n - i, for rows.
            kind: 0 a plain token, 1 a row with a token, 2 a blank row, 3 a row without speech.
        """
        x = self.embed_tokens(tokens)
        row = (kind == 1).unsqueeze(-1)
        extra = torch.zeros_like(x)
        if self.shape.with_previous:
            extra = extra + functional.linear(self.embed_tokens(previous), self.previous.T)
        index_table, rest_table = self._places()
        extra = extra + index_table[index] + rest_table[rest]
        x = torch.where(row, x + extra, x)
        x = torch.where((kind == 2).unsqueeze(-1), self.blank, x)
        return torch.where((kind == 3).unsqueeze(-1), self.none, x)

    def _places(self) -> tuple[Tensor, Tensor]:
        """P and Q (WINDOW_ROWS, E): without the index the same for all places."""
        if self.shape.with_index:
            return self.index, self.rest
        return self.index[1].expand_as(self.index), self.rest[1].expand_as(self.rest)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """Embeddings (N, T, E) at `positions` (N, T) -> normalised hidden values (N, T, E)."""
        turn = rotation(positions, self.shape)
        for layer in self.layers:
            x = layer(x, turn)
        out: Tensor = self.norm(x)
        return out

    def logits(self, hidden: Tensor) -> Tensor:
        """Logits (..., V) of hidden values (..., E)."""
        return functional.linear(hidden, self.embed_tokens.weight)

    def row_code(self) -> RowCode:
        """The row code as arrays."""
        shape = self.shape
        with torch.no_grad():
            tokens = self.embed_tokens.weight
            previous = tokens @ self.previous if shape.with_previous else torch.zeros_like(tokens)
            index, rest = self._places()
        return RowCode(
            tokens=_array(tokens),
            previous=_array(previous),
            index=_array(index),
            rest=_array(rest),
            blank=_array(self.blank),
            none=_array(self.none),
            window_id=shape.window_id,
        )


def _array(values: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = values.detach().float().numpy().copy()
    return array


def rotation(positions: Tensor, shape: DecoderShape) -> tuple[Tensor, Tensor]:
    """Cosines and sines (N, T, 1, head_dim / 2) of the rotary positions (Su et al., RoFormer, equation 34)."""
    half = shape.head_dim // 2
    speed = shape.rope_theta ** (-torch.arange(half, dtype=torch.float32) / half)
    angles = positions.float()[..., None, None] * speed
    return angles.cos(), angles.sin()


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Turn `x` (N, T, H, D): value i of a head together with value i + D / 2, as GPT-NeoX does."""
    cos, sin = turn
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)


def _initialise(decoder: Decoder) -> None:
    """Small normal weights; what writes into the residual stream smaller still, with depth."""
    for name, weight in decoder.named_parameters():
        if weight.dim() == 2 and "proj" in name:
            scale = 1.0 / math.sqrt(weight.shape[1])
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                scale *= 0.5 / math.sqrt(2 * decoder.shape.layers)
            nn.init.normal_(weight, std=scale)
    nn.init.normal_(decoder.embed_tokens.weight, std=1.0)
    nn.init.normal_(decoder.previous, std=1.0 / math.sqrt(decoder.shape.hidden))
    nn.init.constant_(decoder.norm.weight, 4.0 / math.sqrt(decoder.shape.hidden))


@dataclass(frozen=True)
class Places:
    """Which dimensions of the residual stream hold what at the start.

    `token` holds the token itself, `before` the ones 1, 2 and 3 positions earlier.
    """

    token: slice
    before: tuple[slice, ...]
    constant: int
    is_row: int
    is_first: int
    is_last: int
    asks_end: int
    is_end: int
    more: int
    is_second_last: int
    index: slice
    rest: slice

    @classmethod
    def of(cls, shape: DecoderShape) -> Places:
        """Places for a shape of at least 96 hidden dimensions."""
        unit = (shape.hidden - _OTHER_PLACES) // 10
        width, narrow = min(shape.head_dim, 3 * unit), min(shape.head_dim, 2 * unit)
        edges = [0, width, 2 * width, 2 * width + narrow, 2 * width + 2 * narrow]
        token, *before = (slice(start, end) for start, end in pairwise(edges))
        end = edges[-1]
        return cls(
            token=token,
            before=tuple(before),
            constant=end,
            is_row=end + 1,
            is_first=end + 2,
            is_last=end + 3,
            asks_end=end + 4,
            is_end=end + 5,
            more=end + 6,
            is_second_last=end + 7,
            index=slice(end + 8, end + 18),
            rest=slice(end + 18, end + _OTHER_PLACES),
        )


_OTHER_PLACES: Final = 26
_CONSTANT: Final = 3.0
_SHARPNESS: Final = 3.0  # weight of the head norms: a full match scores 8 x its square with heads of 64
_TURNING_PAIRS: Final = 4  # fast pairs that tell neighbouring positions apart
_STILL_FROM: Final = 0.32  # of the pairs of a head, which then turn by less than 0.3 within 400 positions
_ROW_WEIGHT: Final = 0.7  # of being a row, against a full match of the tokens
_NEARNESS_PAIR: Final = 6  # turns by half within about 240 positions: nearer windows score higher
_NEARNESS_WEIGHT: Final = 0.5
_END_WEIGHT: Final = 0.8  # of the end of the text, against a full match
_QUIET: Final = 0.3  # what the other weights are scaled by, so that the written ones are heard


def structure(decoder: Decoder) -> None:
    """Write the attention that copies into the weights, as a start for the training.

    Layer 0: three heads look 1, 2 and 3 positions back and note the tokens there; two let the first row of a
    window find the last two tokens of the window before; one compares the windows heard with those written.
    Layer 1: one head looks for the row before which stand the own token and those before it, and takes the row's
    token; where all windows are written, it takes the end. Olsson et al. (2022), "In-context learning and induction
    heads", describe such pairs.
    """
    places = Places.of(decoder.shape)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for name, weight in decoder.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                weight.mul_(_QUIET)
        embedding = decoder.embed_tokens.weight
        embedding[:, places.token.stop :] *= 0.02
        embedding[:, places.constant] = _CONSTANT
        # The end of a turn stands in every prompt: it answers a window's end where no first row matches well.
        embedding[decoder.shape.end_id, places.is_end] = 4 * _CONSTANT
        embedding[decoder.shape.window_id, places.asks_end] = _CONSTANT
        decoder.previous.zero_()
        decoder.previous[places.token, places.before[0]] = 0.4 * torch.eye(places.token.stop)
        for table, part in ((decoder.index, places.index), (decoder.rest, places.rest)):
            table[:, part] = 0.5 * _waves(WINDOW_ROWS, part.stop - part.start)
        decoder.index[:, places.is_row] = _CONSTANT
        decoder.index[0, places.before[0]] = 0.7 * embedding[decoder.shape.window_id, places.token]
        decoder.index[0, places.is_first] = decoder.rest[0, places.is_last] = _CONSTANT
        decoder.rest[1, places.is_second_last] = _CONSTANT
        for vector in (decoder.blank, decoder.none):
            vector[places.constant] = _CONSTANT
            vector[places.is_row] = -_CONSTANT  # rows, but none to copy from
        _look_back(decoder, places)
        _look_at_last_window(decoder, places)
        _count_windows(decoder, places)
        _match(decoder, places)


def _waves(count: int, width: int) -> Tensor:
    """Sines and cosines (count, width) of periods from 4 to 4 x WINDOW_ROWS."""
    periods = 4.0 * WINDOW_ROWS ** torch.linspace(0, 1, width // 2)
    angles = torch.arange(count)[:, None] * 2 * math.pi / periods
    return torch.cat((angles.sin(), angles.cos()), dim=1)


def _clear(attention: Any, rows: slice) -> None:
    for projection in (attention.q_proj, attention.k_proj, attention.v_proj):
        projection.weight[rows] *= 0.02
    attention.o_proj.weight[:, rows] *= 0.02
    attention.q_norm.weight.fill_(_SHARPNESS)
    attention.k_norm.weight.fill_(_SHARPNESS)


def _look_back(decoder: Decoder, places: Places) -> None:
    shape = decoder.shape
    half, width = shape.head_dim // 2, places.token.stop
    attention: Any = decoder.layers[0].self_attn
    speed = shape.rope_theta ** (-torch.arange(_TURNING_PAIRS) / half)
    narrow = _narrow(places)
    for head, target in enumerate(places.before):
        start, size = head * shape.head_dim, target.stop - target.start
        _clear(attention, slice(start, start + shape.head_dim))
        first = slice(start, start + _TURNING_PAIRS)
        second = slice(start + half, start + half + _TURNING_PAIRS)
        attention.k_proj.weight[first, places.constant] = 1.0
        attention.q_proj.weight[first, places.constant] = ((head + 1) * speed).cos()
        attention.q_proj.weight[second, places.constant] = -((head + 1) * speed).sin()
        attention.v_proj.weight[start : start + size, places.token] = narrow if size < width else torch.eye(width)
        attention.o_proj.weight[target, start : start + size] = 0.55 * torch.eye(size)


def _look_at_last_window(decoder: Decoder, places: Places) -> None:
    """The two heads after those of `_look_back`: from first rows to the nearest last row, and to the one before it.

    The token before the last row is the window's last one, the token before the other its last but one.
    """
    shape = decoder.shape
    half, size = shape.head_dim // 2, places.before[1].stop - places.before[1].start
    attention: Any = decoder.layers[0].self_attn
    heads = zip((places.is_last, places.is_second_last), places.before[1:], strict=True)
    for rank, (asked, target) in enumerate(heads):
        start = (len(places.before) + rank) * shape.head_dim
        _clear(attention, slice(start, start + shape.head_dim))
        flag, near = start + half - 1, start + round(_NEARNESS_PAIR * half / 32)
        for projection, place in ((attention.q_proj, places.is_first), (attention.k_proj, asked)):
            projection.weight[flag, place] = 2.0
            projection.weight[flag, places.constant] = -1.0
            projection.weight[near, places.constant] = _NEARNESS_WEIGHT
        attention.v_proj.weight[start : start + size, places.before[0]] = _narrow(places)
        attention.o_proj.weight[target, start : start + size] = 1.4 * torch.eye(size)


def _count_windows(decoder: Decoder, places: Places) -> None:
    """The next head: the mean of +1 for every last row and -1 for every window written, 0 when all are written."""
    shape = decoder.shape
    attention: Any = decoder.layers[0].self_attn
    start = (len(places.before) + 2) * shape.head_dim
    _clear(attention, slice(start, start + shape.head_dim))
    flag = start + shape.head_dim // 2 - 1
    attention.q_proj.weight[flag, places.constant] = 1.0
    attention.k_proj.weight[flag, places.asks_end] = 1.0
    attention.k_proj.weight[flag, places.constant] = -0.5
    # The window token is in both; the factors make up for the different norms of rows and tokens.
    attention.v_proj.weight[start, places.is_last] = 2.15
    attention.v_proj.weight[start, places.asks_end] = -0.975
    attention.o_proj.weight[places.more] = 0
    decoder.layers[0].down_proj.weight[places.more] = 0
    attention.o_proj.weight[places.more, start] = _CONSTANT


def _match(decoder: Decoder, places: Places) -> None:
    shape = decoder.shape
    half, width = shape.head_dim // 2, places.token.stop
    attention: Any = decoder.layers[1].self_attn
    pairs = range(math.ceil(_STILL_FROM * half), half)
    flag, end_flag, *still = [*pairs, *(pair + half for pair in pairs)]
    _clear(attention, slice(0, shape.head_dim))
    for (asked, found), weight in zip(pairwise((places.token, *places.before)), (1.5, 1.0, 0.7), strict=True):
        size = found.stop - found.start
        mixed = weight * torch.randn(len(still), size) / math.sqrt(size)
        attention.k_proj.weight[still, found] = mixed
        attention.q_proj.weight[still, asked] = mixed if asked.stop - asked.start == size else mixed @ _narrow(places)
    # Rows answer, and what is no row answers less than a row that does not match.
    scale = _ROW_WEIGHT * math.sqrt(len(still)) / _CONSTANT
    attention.q_proj.weight[flag, places.constant] = scale
    attention.k_proj.weight[flag, places.is_row] = 2 * scale
    attention.k_proj.weight[flag, places.constant] = -scale
    attention.q_proj.weight[end_flag, places.asks_end] = _END_WEIGHT * math.sqrt(len(still))
    attention.q_proj.weight[end_flag, places.more] = -_END_WEIGHT * math.sqrt(len(still))
    attention.k_proj.weight[end_flag, places.is_end] = 2 * scale
    attention.v_proj.weight[:width, places.token] = torch.eye(width)
    attention.o_proj.weight[places.token, :width] = 2.5 * torch.eye(width)


def _narrow(places: Places) -> Tensor:
    """A fixed random map (narrow, width) of a token into fewer dimensions."""
    width, narrow = places.token.stop, places.before[-1].stop - places.before[-1].start
    generator = torch.Generator().manual_seed(0)
    return torch.randn(narrow, width, generator=generator) / math.sqrt(width)
