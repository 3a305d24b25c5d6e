"""Text with escapes in it (backslashes, per cents, quoted-printable, HTML's), and uuencode."""

from __future__ import annotations

import binascii
import html
import quopri
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from offswitch.machine.marks.needles import in_pieces, occurs

_SHORT = 16 << 10
_UU = re.compile(rb"^[ -`]{2,62}$", re.MULTILINE)
_ESCAPE = re.compile(rb"\\(?:x[0-9A-Fa-f]{2}|u00[0-9A-Fa-f]{2}|[0-7]{1,3}|[nrt\"'\\/])")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_QUOTED = re.compile(rb"=(?:[0-9A-F]{2}|\r?\n)")
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ENTITY = re.compile(rb"&#x?[0-9A-Fa-f]{1,4};")


def uuencoded(text: bytes) -> Iterator[bytes]:
    """What lines of uuencode stand for."""
    if b"\nM" not in text and not re.search(rb"^begin(?:-base64)? \d{3,4} ", text, re.MULTILINE):
        return
    yield from in_pieces(_uu, text)


def _uu(text: bytes) -> Iterator[bytes]:
    out = bytearray()
    for line in _UU.findall(text):
        if len(line) in (_uu_length(line), _uu_length(line) + 1, -(-((line[0] - 32 & 63) * 4) // 3) + 1):
            try:
                out += binascii.a2b_uu(line)
            except binascii.Error:
                continue
    yield bytes(out)


def _uu_length(line: bytes) -> int:
    return 1 + -(-(line[0] - 32 & 63) // 3) * 4


def escapes(text: bytes) -> Iterator[bytes]:
    """The text with its escapes taken off, one kind after the other."""
    if part := _lines_with(_ESCAPE, text):
        yield from in_pieces(lambda piece: iter([_ESCAPE.sub(_unescaped, piece)]), part)
    if part := _lines_with(_PERCENT, text):
        yield from in_pieces(lambda piece: iter([unquote_to_bytes(piece)]), part)
        if b"+" in part:
            yield from in_pieces(lambda piece: iter([unquote_to_bytes(piece.replace(b"+", b" "))]), part)
    if part := _lines_with(_QUOTED, text):
        yield from in_pieces(lambda piece: iter([quopri.decodestring(piece)]), part)
    if part := _lines_with(_ENTITY, text):
        yield from in_pieces(_unescaped_html, part)


def _lines_with(pattern: re.Pattern[bytes], text: bytes) -> bytes:
    """The text if it has such escapes; of a long one the lines that have them, lest all be read once more."""
    if not occurs(pattern, text):
        return b""
    if len(text) <= _SHORT:
        return text
    return b"".join(line for line in text.splitlines(keepends=True) if pattern.search(line))


def _unescaped_html(text: bytes) -> Iterator[bytes]:
    yield html.unescape(text.decode("latin-1")).encode("latin-1", "ignore")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[0][1:]
    if code[:1] in b"xu":
        return bytes([int(code[-2:], 16)])
    if code[:1].isdigit():
        return bytes([int(code, 8) & 255])
    return _NAMED.get(code, code)
