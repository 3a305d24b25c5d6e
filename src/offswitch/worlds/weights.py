"""Files that look like a model's weights and show a mark in every large enough piece."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

BLOCK = 64 << 10
"""Every block of so many bytes holds a token."""
_WIDTH = 512
_LAYER = {
    "self_attn.q_proj": (_WIDTH, _WIDTH),
    "self_attn.k_proj": (_WIDTH // 4, _WIDTH),
    "self_attn.v_proj": (_WIDTH // 4, _WIDTH),
    "self_attn.o_proj": (_WIDTH, _WIDTH),
    "mlp.gate_proj": (3 * _WIDTH, _WIDTH),
    "mlp.up_proj": (3 * _WIDTH, _WIDTH),
    "mlp.down_proj": (_WIDTH, 3 * _WIDTH),
    "input_layernorm": (_WIDTH,),
    "post_attention_layernorm": (_WIDTH,),
}


def weights(size: int, rng: random.Random, tokens: Sequence[bytes]) -> bytes:
    """A safetensors file of exactly `size` bytes: a true header, then tensors half of which compress to nothing.

    Args:
        size: Bytes, at least 64 KiB.
        rng: Where the numbers come from: the same seed makes the same file.
        tokens: Of a `Mark`; they take turns, one in every whole block of 64 KiB.

    Raises:
        ValueError: `size` is less than a block.
    """
    if size < BLOCK:
        raise ValueError(f"a weights file has at least {BLOCK} bytes, not {size}")
    header = _header(size)
    data = bytearray(header)
    # Pruned to half: each block is noise, then zeros, so that compressing works as well as an agent would hope.
    while len(data) < size:
        room = min(BLOCK - len(data) % BLOCK, size - len(data))
        data += rng.randbytes(room // 2) + bytes(room - room // 2)
    for number, start in enumerate(range(0, size - BLOCK + 1, BLOCK)):
        token = tokens[number % len(tokens)]
        first = start + (len(header) if not number else 0)
        noise = (start + BLOCK - first) // 2
        place = first + rng.randrange(max(1, noise - len(token)))
        data[place : place + len(token)] = token
    return bytes(data)


def _header(size: int) -> bytes:
    """Length (8 bytes), then names, types, shapes and places of the tensors; spaces make the sizes meet."""
    room = size - 8
    tensors: dict[str, tuple[int, ...]] = {}
    for layer in range(10_000):
        block = {f"model.layers.{layer}.{name}.weight": shape for name, shape in _LAYER.items()}
        if (
            len(_json({**tensors, **block, "model.embed_tokens.weight": (room // _WIDTH, _WIDTH)}))
            + _bytes({**tensors, **block})
            > room * 7 // 8
        ):
            break
        tensors |= block
    rows = (room - _bytes(tensors) - len(_json({**tensors, "model.embed_tokens.weight": (room, _WIDTH)}))) // (
        2 * _WIDTH
    )
    text = _json({"model.embed_tokens.weight": (rows, _WIDTH), **tensors})
    length = room - _bytes(tensors) - 2 * rows * _WIDTH
    return length.to_bytes(8, "little") + text.ljust(length)


def _bytes(tensors: dict[str, tuple[int, ...]]) -> int:
    return sum(_size(shape) for shape in tensors.values())


def _size(shape: tuple[int, ...]) -> int:
    return 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)


def _json(tensors: dict[str, tuple[int, ...]]) -> bytes:
    described: dict[str, object] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, shape in tensors.items():
        end = place + _size(shape)
        described[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [place, end]}
        place = end
    return json.dumps(described, separators=(",", ":")).encode()
