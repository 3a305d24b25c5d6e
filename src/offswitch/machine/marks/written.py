"""Bytes written down as text: numbers to a base and dumps of programs; also amid other text, or from its middle.

A decoder takes text and gives what could be meant. Text cut at a line's or word's middle is read at each alignment.
Decoders that go through Python byte by byte read a long text in pieces.
"""

from __future__ import annotations

import binascii
import re
import struct
from collections.abc import Callable, Iterator

from offswitch.machine.marks.escaped import escapes, uuencoded
from offswitch.machine.marks.needles import in_pieces, occurs, swap, windows

TEXT = frozenset(range(32, 127)) | {9, 10, 12, 13}
"""Bytes that text consists of."""
_IS_TEXT = bytes(byte in TEXT for byte in range(256))
_RUN = 20
"""Characters of text amid other bytes that are worth a look."""
_SHORT = 64 << 10
_MOST_RUNS = 20_000
_LONG_WORD = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
_NUMBERS = b"0123456789abcdefABCDEFx, \t\r\n:;"
_BASE32_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE64_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_FIRST = 256 << 10

_BASE64_OTHER = bytes(byte for byte in range(256) if not (chr(byte) in "+/-_" or (byte < 128 and chr(byte).isalnum())))
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_BASE64_WORD = re.compile(
    rb"[A-Za-z0-9+/_-]{16,}(?:(?:\\n|[\s\"'\\>+,]){1,8}[A-Za-z0-9+/_-]{1,15}={0,2}(?=[\s\"'\\]|$))?"
)
_HEX_WORDS = re.compile(rb"[0-9A-Fa-f]{16,}(?:[^0-9A-Za-z]{1,8}[0-9A-Fa-f]+(?![0-9A-Za-z]))*")
_HEX_BYTES = re.compile(
    rb"(?:(?:0x|\\x|%|x|=|\\u00)?[0-9A-Fa-f]{2}(?![0-9A-Za-z])[\s,:;\"'.|+-]{0,6}){11,}"
    rb"(?:0x|\\x|%|x|=|\\u00)?[0-9A-Fa-f]{2}"
)
_HEX_MARKS = re.compile(rb"0x|\\u00|[^0-9A-Fa-f]+")
_DUMP = re.compile(
    rb"[0-9A-Fa-f]{6,16}:?[ \t]+((?:[0-9A-Fa-f]{2} {1,2}){0,63}[0-9A-Fa-f]{2}(?![0-9A-Za-z])"
    rb"|(?:(?:[0-9A-Fa-f]{3,16}) {1,2}){0,31}[0-9A-Fa-f]{2,16}(?![0-9A-Za-z]))",
    re.MULTILINE,
)
_OFFSET = re.compile(rb"^[0-9]{7,16}[ \t]", re.MULTILINE)
_DECIMALS = re.compile(rb"(?:-?\d{1,3}[\s,;:]{1,6}){11,}-?\d{1,3}")
_BITS = re.compile(rb"(?:[01]{8}[\s,]{0,4}){12,}")
_BITS_START = re.compile(rb"[01]{8}[\s,]{0,4}[01]{8}")
_BITS_DUMP = re.compile(rb"^[0-9A-Fa-f]{6,16}: ((?:[01]{8} ){0,31}[01]{8})", re.MULTILINE)
_BASE32 = re.compile(rb"(?:[A-Z2-7]{24,}|[a-z2-7]{24,})(?:\s{1,2}[A-Za-z2-7]{1,23}(?==|\s|$))?")
_BASE32_HEX = re.compile(rb"(?:[0-9A-V]{24,}|[0-9a-v]{24,})(?:\s{1,2}[0-9A-Va-v]{1,23}(?==|\s|$))?")
_DIGITS32 = b"0123456789abcdefghijklmnopqrstuv"
_FROM_BASE32 = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz234567", _DIGITS32)
_SOLID = re.compile(rb"[!-~]{16,}(?:\s{1,2}[!-~]{1,15}(?=\s|$))?")
_B85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_A85 = bytes(range(33, 118))
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def text_in(data: bytes) -> bytes:
    """The text in the data: all of it, or what stands in runs amid other bytes, a line each."""
    if not data.translate(None, bytes(TEXT)):
        return data
    classes = data.translate(_IS_TEXT)
    found: list[bytes] = []
    start = classes.find(b"\x01" * _RUN)
    while start >= 0 and len(found) < _MOST_RUNS:
        end = classes.find(b"\x00", start)
        end = end if end >= 0 else len(data)
        found.append(data[start:end])
        start = classes.find(b"\x01" * _RUN, end)
    return b"\n".join(found)


def read(text: bytes) -> Iterator[bytes]:
    """All that the text could stand for, the usual first."""
    if _is_dump(text):
        yield from _dumped(text)
        return
    alone = _alone(text)
    for decode in (alone,) if alone else (_base64, _hex, uuencoded, escapes, _base32, _base85, _decimals, _bits):
        yield from decode(text)


def _alone(text: bytes) -> Callable[[bytes], Iterator[bytes]] | None:
    """The one decoder a long text is for, should it consist of nothing else."""
    if len(text) <= _SHORT:
        return None
    sample = b"".join(piece[:_SHORT] for piece in windows(text)).translate(None, b" \t\r\n")
    for decode, alphabet in ((_hex, _HEX_DIGITS), (_base32, _BASE32_ALPHABET), (_base64, _BASE64_ALPHABET)):
        words = len(_LONG_WORD.sub(b"", sample)) * 20 < len(sample)
        if words and len(sample.translate(None, alphabet)) * 50 < len(sample):
            return decode
    return None


def is_cipherlike(text: bytes) -> bool:
    """Whether it has words no language has, such as base64 leaves in another alphabet; or digits for the most part."""
    odd = 0
    for found in _LONG_WORD.finditer(text):
        word = found[0]
        if word != word.lower() or word.translate(None, b"0123456789") != word:
            odd += len(word)
            # In a long text a few such words are names.
            if len(text) <= _SHORT or odd * 4 >= len(text):
                return True
    sample = text[: _RUN * 100]
    return len(sample) >= _RUN and len(sample.translate(None, _NUMBERS)) * 5 < len(sample)


def _shifted(stream: bytes, alignments: int) -> Iterator[bytes]:
    """The stream from each of its first characters on; of a long one pieces, but for the first."""
    for shift in range(alignments):
        yield from windows(stream[shift:]) if shift else (stream,)


def _base64(text: bytes) -> Iterator[bytes]:
    words = _BASE64_WORD.findall(text)
    if not words or not any(word.translate(None, _HEX_DIGITS) for word in words[:64]):
        return
    joined = b"".join(words).translate(_TO_STANDARD, _BASE64_OTHER)
    streams = {joined: None}
    all_of_it = text[text.index(words[0]) :].translate(_TO_STANDARD, _BASE64_OTHER)
    if len(joined) >= len(all_of_it) // 2:
        streams[all_of_it] = None
    longest = b"".join(word for word in words if len(word) >= 40).translate(_TO_STANDARD, _BASE64_OTHER)
    if longest and len(joined) - len(longest) > len(joined) >> 10:
        streams[longest] = None
    for stream in streams:
        for piece in _shifted(stream, 4):
            # One character left over is less than a byte; two and three are one and two bytes.
            whole = piece[: len(piece) - (len(piece) % 4 == 1)]
            yield binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _hex(text: bytes) -> Iterator[bytes]:
    for pattern in (_HEX_WORDS, _HEX_BYTES):
        if not occurs(pattern, text):
            continue
        digits = _HEX_MARKS.sub(b"", b" ".join(pattern.findall(text)))
        for piece in _shifted(digits, 2):
            if len(piece) > 1:
                yield bytes.fromhex(piece[: len(piece) // 2 * 2].decode())


def _is_dump(text: bytes) -> bool:
    sample = text[: _FIRST // 16]
    lines = sum(1 for _ in _DUMP.finditer(sample))
    return lines > 1 and lines * 3 >= sample.count(b"\n")


def _dumped(text: bytes) -> Iterator[bytes]:
    """What `xxd`, `hexdump` and `od` print: an offset, then bytes or words, then perhaps the characters."""
    lines = _DUMP.findall(text)
    if not lines:
        return
    width = len(lines[0].split(maxsplit=1)[0])
    if width <= 3 and not lines[0].translate(None, b"0123456789 \t"):
        yield from _decimals(text)
    if width in (3, 6):
        words = [
            int(word, 8) for line in lines for word in line.split() if word.translate(None, b"89abcdefABCDEF") == word
        ]
        size = width // 3
        yield b"".join((word & (1 << 8 * size) - 1).to_bytes(size, "little") for word in words)
        return
    digits = b"".join(lines).translate(None, b" \t")
    whole = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
    yield whole
    # Words are printed as numbers, so that a small-endian machine shows their bytes turned round.
    if width == 8 and not digits.translate(None, b"01"):
        yield from _bits(text)
    size = width // 2
    if size in (2, 4, 8):
        yield swap(whole[: len(whole) // size * size], size)


def _decimals(text: bytes) -> Iterator[bytes]:
    if occurs(_DECIMALS, text) or _DECIMALS.search(_OFFSET.sub(b"", text[:_FIRST])):
        yield from in_pieces(_listed, _OFFSET.sub(b"", text))


def _listed(text: bytes) -> Iterator[bytes]:
    out = bytearray()
    for piece in _DECIMALS.findall(text):
        numbers = [int(each) for each in re.findall(rb"-?\d+", piece)]
        if all(-129 < number < 256 for number in numbers):
            out += bytes(number & 255 for number in numbers)
    yield bytes(out)


def _bits(text: bytes) -> Iterator[bytes]:
    if not occurs(_BITS_START, text):
        return
    digits = b"".join(_BITS_DUMP.findall(text) or _BITS.findall(text)).translate(None, b" \t\r\n\f,")
    if digits:
        yield int(digits[: len(digits) // 8 * 8], 2).to_bytes(len(digits) // 8, "big")


def _base32(text: bytes) -> Iterator[bytes]:
    for pattern, table in ((_BASE32, _FROM_BASE32), (_BASE32_HEX, None)):
        if not occurs(pattern, text):
            continue
        digits = b"".join(b"".join(pattern.findall(text)).split()).lower()
        if table:
            digits = digits.translate(table)
        for piece in _shifted(digits, 8) if digits else ():
            size = len(piece) * 5 // 8
            if size:
                yield (int(piece, 32) >> len(piece) * 5 - size * 8).to_bytes(size, "big")


def _base85(text: bytes) -> Iterator[bytes]:
    if not occurs(_SOLID, text):
        return
    words = [word for word in _SOLID.findall(text) if _is_base85(word)]
    solid = b"".join(b"".join(words).split())
    for alphabet in (_B85, _A85, _Z85) if solid else ():
        body = solid
        if alphabet is _A85:
            body = body.replace(b"<~", b"").replace(b"~>", b"").replace(b"z", b"!!!!!").replace(b"y", b"+<VdL")
        table = bytes(max(0, alphabet.find(byte)) for byte in range(256))
        other = bytes(byte for byte in range(256) if byte not in alphabet)
        digits = body.translate(table, other)
        for shift in range(5):
            first, wrong = _from_85(digits[shift : shift + (128 << 10)])
            if first:
                yield first
            # At a wrong alignment one group in thirty is too large for four bytes.
            if wrong * 100 < len(first) // 4 and len(digits) > 128 << 10:
                yield from in_pieces(lambda piece: iter([_from_85(piece)[0]]), digits[shift:])


def _is_base85(word: bytes) -> bool:
    """A third of its characters are capitals and a quarter signs, about: programs and prose have far fewer."""
    sample = word[:4096]
    capitals = len(sample) - len(sample.translate(None, _CAPITALS))
    signs = len(sample.translate(None, _BASE64_ALPHABET))
    return capitals * 8 >= len(sample) and signs * 10 >= len(sample)


def _from_85(digits: bytes) -> tuple[bytes, int]:
    """Four bytes for every five digits, and how many fives are too large for that."""
    short = -len(digits) % 5
    digits += b"\x54" * short
    groups = zip(*(digits[place::5] for place in range(5)), strict=True)
    numbers = [(((a * 85 + b) * 85 + c) * 85 + d) * 85 + e for a, b, c, d, e in groups]
    wrong = sum(number >> 32 > 0 for number in numbers)
    whole = struct.pack(f">{len(numbers)}I", *(number & 0xFFFFFFFF for number in numbers))
    return whole[: len(whole) - short], wrong
