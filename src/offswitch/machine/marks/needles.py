"""The forms in which a mark's token stands in bytes that nothing has been decoded from."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from offswitch.machine.records import Mark

_WINDOW = 256 << 10
_WINDOWS = 4
PIECE = 5 << 18
"""Characters that slow decoders read at once."""
_LAGS = range(1, 9)
"""Lengths of XOR keys that are seen through."""
_SHORTEST = 7
_FOLDED = bytes(byte + 32 if 65 <= byte <= 90 else byte for byte in range(256))
_PUNCTUATION = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_SMALL = 1 << 20


@dataclass(frozen=True)
class Needles:
    """What to look for, for one mark."""

    name: str
    plain: tuple[bytes, ...]
    """In the bytes as they are: the tokens, backwards, and with the bytes of 2- and 4-byte words swapped."""
    lagged: tuple[tuple[int, bytes], ...]
    """Lag k and the XOR of bytes k apart: the same whatever key of k bytes the data is XORed with."""
    folded: tuple[bytes, ...]
    """In the letters and digits alone, in lower case: phrases, backwards and in ROT13."""
    shifted: tuple[bytes, ...]
    """The same, for the other shifts of the alphabet; looked for in small data only."""


def needles(marks: tuple[Mark, ...]) -> tuple[Needles, ...]:
    """What to look for, made once for the same marks."""
    return _needles(marks)


@lru_cache(maxsize=64)
def _needles(marks: tuple[Mark, ...]) -> tuple[Needles, ...]:
    return tuple(_of(mark) for mark in marks)


def _of(mark: Mark) -> Needles:
    # Phrases are also looked for in data that was put back in order; with many of them, more forms would cost too much.
    forms = [form for token in mark.tokens for form in ([token] if mark.text else _forms(token))]
    plain = [] if mark.text else forms
    lagged = []
    for each in forms:
        lagged += [(lag, apart) for lag in _LAGS if len(apart := _apart(each, lag)) >= _SHORTEST and any(apart)]
    folded: dict[bytes, None] = {}
    shifted: dict[bytes, None] = {}
    for phrase in _spellings(mark.tokens) if mark.text else ():
        for form in (phrase, phrase[::-1]):
            folded[form] = None
            folded[codecs.encode(form.decode("latin-1"), "rot13").encode("latin-1")] = None
            for shift in range(1, 26):
                shifted[form.translate(bytes.maketrans(_LETTERS, _LETTERS[shift:] + _LETTERS[:shift]))] = None
    return Needles(mark.name, tuple(plain), tuple(lagged), tuple(folded), tuple(shifted))


def _forms(token: bytes) -> list[bytes]:
    """Itself, backwards, and swapped in words of 2 and 4 bytes wherever the words begin."""
    swapped = [
        swap(token[start : start + (len(token) - start) // width * width], width)
        for width in (2, 4)
        for start in range(width)
    ]
    return [token, token[::-1], *(each for each in swapped if len(each) > _SHORTEST)]


def _spellings(tokens: tuple[bytes, ...]) -> list[bytes]:
    """Phrases as they look in folded data, where only ASCII has lost its case."""
    found: dict[bytes, None] = {}
    for token in tokens:
        text = token.decode(errors="surrogateescape")
        for cased in (text, text.lower(), text.upper(), text.title()):
            for form in ("NFC", "NFD"):
                composed = unicodedata.normalize(form, cased)
                found[fold(composed.encode(errors="surrogateescape"))] = None
    return list(found)


def fold(data: bytes) -> bytes:
    """Letters and digits alone, ASCII in lower case; what is not ASCII stays."""
    return data.translate(_FOLDED, _PUNCTUATION)


def swap(data: bytes, width: int) -> bytes:
    """The bytes of each word turned round; the length is a multiple of `width`."""
    turned = bytearray(len(data))
    for place in range(width):
        turned[place::width] = data[width - 1 - place :: width]
    return bytes(turned)


def _apart(data: bytes, lag: int) -> bytes:
    """XOR of each byte with the one `lag` further on."""
    number = int.from_bytes(data, "little")
    return (number ^ (number >> 8 * lag)).to_bytes(len(data), "little")[: max(0, len(data) - lag)]


def windows(data: bytes) -> list[bytes]:
    """All of what is small; of what is large, pieces from its start to its end."""
    if len(data) <= _WINDOW * _WINDOWS:
        return [data]
    step = (len(data) - _WINDOW) // (_WINDOWS - 1)
    return [data[start : start + _WINDOW] for start in range(0, step * _WINDOWS, step)]


def met(data: bytes, wanted: tuple[Needles, ...], *, closely: bool) -> Iterator[str]:
    """Names of the marks in the data as it is. `closely`: also behind an XOR and shifts of the alphabet."""
    folded = fold(data) if any(each.folded for each in wanted) else b""
    left = []
    for each in wanted:
        if any(form in data for form in each.plain) or any(form in folded for form in each.folded):
            yield each.name
        else:
            left.append(each)
    if not closely or not left:
        return
    pieces = windows(data)
    streams = {lag: [_apart(piece, lag) for piece in pieces] for lag in _LAGS if lag == 1 or len(data) <= _WINDOW}
    for each in left:
        behind = any(form in stream for lag, form in each.lagged for stream in streams.get(lag, ()))
        if behind or (len(data) <= _SMALL and any(form in folded for form in each.shifted)):
            yield each.name


def occurs(pattern: re.Pattern[bytes], text: bytes) -> bool:
    """Whether a pattern is met anywhere; of a long text in its windows."""
    return any(pattern.search(piece) for piece in windows(text))


def in_pieces(decode: Callable[[bytes], Iterator[bytes]], text: bytes) -> Iterator[bytes]:
    """For decoders that are slow: a long text in pieces, so that a search can end between them."""
    for start in range(0, len(text), PIECE):
        yield from decode(text[start : start + PIECE])
