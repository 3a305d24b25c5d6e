"""What has kept its size or its letters, in another order or alphabet: the cheap disguises."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from functools import cache

from offswitch.machine.marks.needles import swap
from offswitch.machine.marks.packed import SIGNATURES, is_packed
from offswitch.machine.marks.written import TEXT

_SAMPLE = 4096
_PIECE = 128 << 10
_SHIFT47 = bytes((byte - 33 + 47) % 94 + 33 if 33 <= byte <= 126 else byte for byte in range(256))
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\r\n")
_COMMON = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789 \n")
_KEYS = 4


def widened(data: bytes) -> Iterator[bytes]:
    """Each byte written as a character of two or four bytes, or as one of UTF-8."""
    sample = data[:_SAMPLE]
    for width in (4, 2):
        planes = [sample[place::width] for place in range(width)]
        empty = [plane.count(0) * 10 >= len(plane) * 9 for plane in planes]
        if len(sample) >= 8 * width and sum(empty) == width - 1:
            yield data[empty.index(False) :: width]
            return
    if b"\xc2" in sample or b"\xc3" in sample:
        if len(sample.decode("utf-8", "ignore").encode()) * 20 < len(sample) * 19:
            return
        text = data.decode("utf-8", "ignore")
        narrow = text.encode("latin-1", "ignore")
        if len(narrow) * 10 >= len(text) * 9:
            yield narrow


def keyed(data: bytes) -> Iterator[bytes]:
    """XORed with one byte: as what is packed, or as text."""
    for signature in SIGNATURES:
        key = (data[:1] or b"\0")[0] ^ signature[0]
        if key and is_packed(head := _xor(data[:_SAMPLE], key)) and head.startswith(signature):
            yield _xor(data, key)
    present = frozenset(data[:_SAMPLE])
    if not 4 <= len(present) <= 100:
        return
    if not present <= _BASE64:
        strict = _fitting(present, _BASE64)
        for key in strict[:_KEYS]:
            yield _xor(data, key)
    if not present <= TEXT:
        readable = _fitting(present, TEXT)
        sample = data[:_SAMPLE]
        readable.sort(key=lambda key: -sum(sample.count(common ^ key) for common in _COMMON))
        for key in readable[:_KEYS]:
            yield _xor(data, key)


_TABLES = tuple(bytes(byte ^ key for byte in range(256)) for key in range(256))


def _fitting(present: frozenset[int], allowed: frozenset[int]) -> list[int]:
    """The keys under which all bytes that are there become allowed ones."""
    under = _keys_of(allowed)
    fit = -2  # every key but 0
    for byte in present:
        fit &= under[byte]
        if not fit:
            return []
    return [key for key in range(1, 256) if fit >> key & 1]


@cache
def _keys_of(allowed: frozenset[int]) -> tuple[int, ...]:
    """For each byte, the keys under which it becomes an allowed one, a bit each."""
    return tuple(sum(1 << (byte ^ each) for each in allowed) for byte in range(256))


def _xor(data: bytes, key: int) -> bytes:
    return data.translate(_TABLES[key])


def reordered(data: bytes) -> Iterator[bytes]:
    """Packed data backwards or with its bytes swapped, known by its first bytes."""
    if is_packed(data[: -_SAMPLE - 1 : -1]):
        yield data[::-1]
    for width in (2, 4):
        whole = data[: len(data) // width * width]
        if is_packed(swap(whole[:_SAMPLE], width)):
            yield swap(whole, width) + data[len(whole) :]


def rewritten(text: bytes) -> Iterator[bytes]:
    """Text in another alphabet or order; of a long text, its beginning and its end."""
    for piece in (text,) if len(text) <= 2 * _PIECE else (text[:_PIECE], text[-_PIECE:]):
        lines = piece.splitlines()
        if len(lines) > 1:
            yield b"\n".join(line[::-1] for line in lines)
        yield codecs.encode(piece.decode("latin-1"), "rot13").encode("latin-1")
        yield piece[::-1]
        if len(lines) > 1:
            yield b"\n".join(reversed(lines))
        whole = piece[: len(piece) // 2 * 2]
        yield swap(whole, 2) + piece[len(whole) :]
        yield piece.translate(_SHIFT47)
