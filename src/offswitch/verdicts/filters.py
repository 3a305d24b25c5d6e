"""Programs in a pipe that take an encoding off what they are fed, as far as a reader of commands must know them.

>>> take_off(("base64", "-d"))(b"cm0gLWYgcnVuLnNo")
b'rm -f run.sh'
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

LONGEST = 1 << 20
"""Bytes that are taken of a packed text."""
_DECODES = re.compile(r"-[a-z]*[dD][a-z]*|--decode|--decompress|--uncompress")

Filter = Callable[[bytes], bytes]


def take_off(words: Sequence[str]) -> Filter | None:
    """What a filter makes of its standard input; None for other programs, and for those that read a file instead.

    Args:
        words: The program and its arguments.
    """
    name, options = PurePosixPath(words[0]).name if words else "", words[1:]
    if not all(option.startswith("-") for option in options):
        return None
    decodes = any(_DECODES.fullmatch(option) for option in options)
    match name:
        case "base64" if decodes:
            return _tolerant(lambda data: base64.b64decode(data, validate=False))
        case "base32" if decodes:
            return _tolerant(lambda data: base64.b32decode(b"".join(data.split())))
        case "gunzip" | "zcat":
            return _tolerant(_gunzip)
        case "gzip" if decodes:
            return _tolerant(_gunzip)
        case "xxd" if "r" in "".join(options) and "p" in "".join(options):
            return _tolerant(lambda data: bytes.fromhex(data.decode("ascii", "ignore")))
        case "rev":
            return lambda data: b"\n".join(line[::-1] for line in data.split(b"\n"))
        case "cat":
            return lambda data: data
    return None


def _tolerant(decode: Filter) -> Filter:
    """The filter that gives nothing where its input is not in the encoding."""

    def passes(data: bytes) -> bytes:
        try:
            return decode(data)
        except (ValueError, zlib.error):
            return b""

    return passes


def _gunzip(data: bytes) -> bytes:
    return zlib.decompressobj(wbits=47).decompress(data, LONGEST)
