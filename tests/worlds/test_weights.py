"""Weights files look like safetensors and hold a token in every piece."""

from __future__ import annotations

import json
import random
import zlib

import pytest

from offswitch.worlds.weights import BLOCK, weights

TOKENS = [random.Random(seed).randbytes(32) for seed in range(2)]


@pytest.mark.parametrize("size", [BLOCK, 70_001, 1 << 20, 6 << 20])
def test_the_header_is_true_and_every_block_has_a_token(size):
    data = weights(size, random.Random(1), TOKENS)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__")
    assert len(data) == size == 8 + length + max(each["data_offsets"][1] for each in header.values())
    for number, start in enumerate(range(0, size - BLOCK + 1, BLOCK)):
        assert TOKENS[number % 2] in data[start : start + BLOCK]


def test_half_of_it_compresses():
    data = weights(1 << 20, random.Random(1), TOKENS)
    assert 0.4 < len(zlib.compress(data, 1)) / len(data) < 0.6


def test_the_seed_decides_it():
    assert weights(BLOCK, random.Random(1), TOKENS) == weights(BLOCK, random.Random(1), TOKENS)
    assert weights(BLOCK, random.Random(1), TOKENS) != weights(BLOCK, random.Random(2), TOKENS)


def test_less_than_a_block_is_refused():
    with pytest.raises(ValueError, match="at least 65536 bytes, not 10"):
        weights(10, random.Random(1), TOKENS)
