"""Compressed streams wherever they begin in the data, unpacked as far as they go and no further than a bound."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import zstandard

_CHUNK = 16 << 10
_LEAST = 12
"""Bytes that must come out of a stream without a signature of its own."""
_PROBE = 2 << 10
_MOST = 256
"""Streams that are tried in one piece of data."""
_LARGEST = 32 << 20
"""Bytes unpacked from one stream."""
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_ZIP_LOCAL = b"PK\x03\x04"


class _Engine(Protocol):
    """How the standard library's incremental decoders look."""

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflate:
    """zlib's decoder, which keeps what it has not taken beside itself, as one that keeps it inside."""

    def __init__(self, bits: int) -> None:
        self._engine = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._engine.eof

    @property
    def unused_data(self) -> bytes:
        return self._engine.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._engine.unconsumed_tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._engine.decompress(self._engine.unconsumed_tail + data, max_length)


Open = Callable[[], "_Inflate | bz2.BZ2Decompressor | lzma.LZMADecompressor"]
_SIGNED: dict[bytes, Open] = {
    b"\x1f\x8b\x08": lambda: _Inflate(31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ),
    b"\x5d\x00\x00": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE),
}
_ZSTD = b"\x28\xb5\x2f\xfd"
SIGNATURES = (*_SIGNED, _ZSTD, _ZIP_LOCAL)
"""First bytes of what can be unpacked."""


def is_packed(head: bytes) -> bool:
    """Whether data that begins so is certainly a compressed stream or a zip archive."""
    return head.startswith(SIGNATURES) or bool(_ZLIB.match(head) and any(_unsigned(head, 0, 15, _PROBE)))


def unpacked(data: bytes, room: int) -> Iterator[bytes]:
    """What the streams in the data hold, those at its start first; damaged and cut ones as far as they go."""
    room = min(room, _LARGEST)
    if not _ZLIB.match(data) and not data.startswith(SIGNATURES):
        yield from _unsigned(data, 0, -15, room)
    tried = 0
    for signature in SIGNATURES:
        start = data.find(signature)
        while start >= 0 and tried < _MOST:
            tried += 1
            out, end = _stream(data, start, signature, room)
            if out:
                yield out
            start = data.find(signature, max(start + 1, end if out else 0))
    yield from _tar_members(data, room)
    for found in _ZLIB.finditer(data):
        tried += 1
        if tried > 8 * _MOST:
            break
        yield from _unsigned(data, found.start(), 15, room)


def _tar_members(data: bytes, room: int) -> Iterator[bytes]:
    """Files in a tar archive, each by itself: what has no signature is known by its beginning alone."""
    mark = data.find(b"ustar", 257)
    for _ in range(_MOST):
        if mark < 0:
            return
        size = re.match(rb"[0-7]+", data[mark - 133 : mark - 121].strip(b" \0"))
        if size:
            yield data[mark + 255 : mark + 255 + min(int(size[0], 8), room)]
        mark = data.find(b"ustar", mark + 512)


def _stream(data: bytes, start: int, signature: bytes, room: int) -> tuple[bytes, int]:
    if signature == _ZSTD:
        return _zstd(data, start, room)
    if signature == _ZIP_LOCAL:
        return _member(data, start, room)
    return _flow(_SIGNED[signature], data, start, room, signature)


def _unsigned(data: bytes, start: int, bits: int, room: int) -> Iterator[bytes]:
    """A zlib or bare deflate stream, if a first piece of it makes sense: other data fails within that much."""
    probe = zlib.decompressobj(bits)
    piece = data[start : start + _PROBE]
    try:
        out = probe.decompress(piece, 4 * _PROBE)
    except zlib.error:
        return
    # A bare stream has no checksum: what ends early is chance.
    if len(out) >= _LEAST and (bits > 0 or len(probe.unused_data) <= 16):
        yield _flow(lambda: _Inflate(bits), data, start, room)[0]


def _flow(start: Open, data: bytes, place: int, room: int, signature: bytes = b"") -> tuple[bytes, int]:
    """What the stream at a place holds, with those of its kind that follow at once; and where they end."""
    out: list[bytes] = []
    engine = start()
    while room > 0:
        try:
            while room > 0 and not engine.eof and (place < len(data) or not engine.needs_input):
                chunk = data[place : place + _CHUNK] if engine.needs_input else b""
                place += len(chunk)
                piece = engine.decompress(chunk, room)
                out.append(piece)
                room -= len(piece)
                if not piece and not chunk:
                    break
        except (zlib.error, OSError, EOFError, ValueError, lzma.LZMAError, MemoryError):
            break
        if not engine.eof:
            break
        place -= len(engine.unused_data)
        if not signature or not data.startswith(signature, place):
            break
        engine = start()
    return b"".join(out), place


def _zstd(data: bytes, place: int, room: int) -> tuple[bytes, int]:
    out: list[bytes] = []
    try:
        # A window of the sender's choosing would be memory of the sender's choosing.
        engine = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        with engine.stream_reader(memoryview(data)[place:], read_across_frames=True) as reader:
            while room > 0 and (piece := reader.read(min(room, 1 << 20))):
                out.append(piece)
                room -= len(piece)
    except (zstandard.ZstdError, MemoryError):
        pass
    # The reader does not say where the frame ended: what follows is looked through for others.
    return b"".join(out), place + len(_ZSTD)


def _member(data: bytes, start: int, room: int) -> tuple[bytes, int]:
    """A zip archive's member from its own header: the archive's index may be missing or in another part."""
    method = int.from_bytes(data[start + 8 : start + 10], "little")
    lengths = [int.from_bytes(data[start + place : start + place + 2], "little") for place in (26, 28)]
    body = start + 30 + sum(lengths)
    match method:
        case 0:
            size = int.from_bytes(data[start + 18 : start + 22], "little")
            return data[body : body + min(size, room)], body
        case 8:
            return _flow(lambda: _Inflate(-15), data, body, room)
        case 12:
            return _flow(bz2.BZ2Decompressor, data, body, room)
        case 14:
            # Version, length of the properties, then LZMA's five bytes: an .lzma header adds the length, here unknown.
            alone = data[body + 4 : body + 9] + b"\xff" * 8 + data[body + 9 :]
            return _flow(lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE), alone, 0, room)[0], body
        case 93:
            return _zstd(data, body, room)
    # Encrypted, or a method nobody uses.
    return b"", body
