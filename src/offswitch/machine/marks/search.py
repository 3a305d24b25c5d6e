"""Looks for marks in data and in what the data decodes to, again and again, within bounds.

Seen: gzip, zlib, deflate, bzip2, xz, lzma, Zstandard and zip, wherever they begin, cut or damaged; tar and other plain
containers; base64, base32, base85, hex, octal, decimal and binary digits, uuencode, quoted-printable, URL and string
escapes, the dumps of xxd, hexdump and od, amid other text or cut from its middle; UTF-16 and UTF-32; bytes backwards,
swapped, or XORed with a key of up to 8 bytes; ROT13, ROT47 and other shifts of the alphabet; and each inside the other.

Not seen: what is encrypted; a piece of a compressed stream without its beginning (see `Inspection`, which joins the
pieces that lie together); 7z, LZ4, brotli and `compress`. Of large data, XOR, other alphabets, other orders of lines
and other alignments are looked for in pieces of it only, which is enough for a file with a token in every 64 KiB.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from offswitch.machine.marks import packed, turned, written
from offswitch.machine.marks.needles import met, needles
from offswitch.machine.records import Mark

_MAX_DEPTH = 5
_MAX_PACKED = 8
"""Streams in streams are followed further: nobody meets them by chance."""
_MAX_DECODED = 64 << 20
_MAX_SECONDS = 3.0
_MAX_REWRITTEN = 2
_MAX_DISGUISED = 2
"""Decodings after which bytes are no longer tried as XORed, swapped, backwards or widened."""
_SMALL = 4 << 10
_LEAST = 8
_HEAD = 512 << 10


@dataclass(frozen=True)
class Findings:
    """What a search found."""

    names: frozenset[str]
    complete: bool
    """False: a bound was met before all was looked at, and marks not named may be there all the same."""


class _Rank(IntEnum):
    """What is looked into first."""

    PACKED = 0
    WRITTEN = 1
    REWRITTEN = 2


@dataclass(frozen=True)
class _Layer:
    data: bytes
    depth: int = 0
    streams: int = 0
    """Compressed streams around it."""
    rewritten: int = 0
    """Changes of alphabet or order around it."""
    leaf: bool = False
    """Looked at as it is, and not decoded further."""


def find(data: bytes, marks: tuple[Mark, ...]) -> frozenset[str]:
    """Names of the marks in the data: see `search`."""
    return search(data, marks).names


def search(data: bytes, marks: tuple[Mark, ...], *, seconds: float = _MAX_SECONDS) -> Findings:
    """Looks for marks in the data and in what it decodes to.

    Ends early when all marks are found, after `seconds` of work, or when 64 MiB have been decoded.
    """
    deadline = time.thread_time() + seconds
    if len(data) <= 2 * _HEAD:
        return _Search(marks, deadline).run(data)
    # A large file of one kind gives itself away at its beginning.
    early = _Search(marks, time.thread_time() + seconds / 2).run(data[:_HEAD]).names
    left = tuple(mark for mark in marks if mark.name not in early)
    late = _Search(left, deadline).run(data)
    return Findings(early | late.names, late.complete)


class _Search:
    def __init__(self, marks: tuple[Mark, ...], deadline: float) -> None:
        self._left = needles(marks)
        self._names: set[str] = set()
        self._deadline = deadline
        self._room = _MAX_DECODED
        self._complete = True
        self._seen: set[int] = set()
        self._queue: list[tuple[int, int, int, _Layer]] = []
        self._numbers = itertools.count()

    def run(self, data: bytes) -> Findings:
        self._add(_Rank.PACKED, _Layer(data))
        while self._queue and self._left:
            layer = heapq.heappop(self._queue)[-1]
            for rank, inner in self._inside(layer):
                if not self._goes_on():
                    self._complete = self._complete and not self._left
                    return Findings(frozenset(self._names), self._complete)
                self._room -= len(inner.data)
                self._add(rank, inner)
        return Findings(frozenset(self._names), self._complete or not self._left)

    def _goes_on(self) -> bool:
        return bool(self._left) and self._room > 0 and time.thread_time() < self._deadline

    def _add(self, rank: _Rank, layer: _Layer) -> None:
        """Looks at a layer as it is, and puts it down for decoding."""
        identity = hash(layer.data)
        if len(layer.data) < _LEAST or identity in self._seen:
            return
        self._seen.add(identity)
        self._names.update(met(layer.data, self._left, closely=layer.depth <= 1))
        self._left = tuple(each for each in self._left if each.name not in self._names)
        if layer.leaf:
            return
        if layer.depth - layer.streams < _MAX_DEPTH and layer.streams < _MAX_PACKED:
            heapq.heappush(self._queue, (rank, layer.depth, next(self._numbers), layer))
        elif packed.is_packed(layer.data[:4096]):
            self._complete = False

    def _inside(self, layer: _Layer) -> Iterator[tuple[_Rank, _Layer]]:
        data, depth = layer.data, layer.depth + 1
        for out in packed.unpacked(data, self._room):
            yield _Rank.PACKED, _Layer(out, depth, layer.streams + 1, layer.rewritten)
        if layer.depth <= _MAX_DISGUISED:
            for out in itertools.chain(turned.widened(data), turned.reordered(data), turned.keyed(data)):
                yield _Rank.WRITTEN, _Layer(out, depth, layer.streams, layer.rewritten)
        text = written.text_in(data)
        if not text:
            return
        for out in written.read(text):
            yield _Rank.WRITTEN, _Layer(out, depth, layer.streams, layer.rewritten)
        if layer.rewritten < (_MAX_REWRITTEN if len(text) <= _SMALL else 1):
            leaf = not written.is_cipherlike(text)
            if not leaf or any(each.folded for each in self._left):
                for out in turned.rewritten(text):
                    yield _Rank.REWRITTEN, _Layer(out, depth, layer.streams, layer.rewritten + 1, leaf)
