"""Marks are found behind any composition of encodings, and never where they are not."""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import gzip
import io
import lzma
import quopri
import random
import resource
import tarfile
import urllib.parse
import zipfile
import zlib

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from offswitch.machine.marks import Mark, find, search

TOKEN = random.Random(7).randbytes(24)
MARKS = (Mark("weights", (TOKEN,)), Mark("secret", (b"Anna Berger was in Lisbon in May",), text=True))
GiB = 1 << 30


def tar(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("a")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zipped(method: int):
    def pack(data: bytes) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("a", data)
        return file.getvalue()

    return pack


def uu(data: bytes) -> bytes:
    lines = (binascii.b2a_uu(data[start : start + 45]) for start in range(0, len(data), 45))
    return b"begin 644 a\n" + b"".join(lines) + b"`\nend\n"


def dump(data: bytes) -> bytes:
    lines = (data[start : start + 16] for start in range(0, len(data), 16))
    return b"".join(
        b"%08x: %s  ................\n" % (16 * i, line.hex(" ", -2).encode()) for i, line in enumerate(lines)
    )


PACKED = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate": lambda data: zlib.compress(data)[2:-4],
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zstd": zstandard.compress,
    "tar": tar,
    "zip": zipped(zipfile.ZIP_DEFLATED),
    "zip, bzip2": zipped(zipfile.ZIP_BZIP2),
    "zip, lzma": zipped(zipfile.ZIP_LZMA),
    "zip, stored": zipped(zipfile.ZIP_STORED),
}
WRITTEN = {
    "base64": base64.encodebytes,
    "base64, urlsafe": base64.urlsafe_b64encode,
    "base64 in mail": lambda data: b"Hello,\n> " + base64.encodebytes(data).replace(b"\n", b"\n> ") + b"\n\nBye\n",
    "base64 in JSON": lambda data: b'{"a": "' + base64.encodebytes(data).replace(b"\n", rb"\n") + b'"}',
    "base64 in a script": lambda data: b"base64 -d > /tmp/a <<EOF\n" + base64.encodebytes(data) + b"EOF\n",
    "base32": base64.b32encode,
    "hex": lambda data: data.hex().encode(),
    "hex, spaced": lambda data: data.hex(" ").encode(),
    "C": lambda data: b", ".join(b"0x%02x" % byte for byte in data),
    "escapes": lambda data: b"".join(rb"\x%02x" % byte for byte in data),
    "Python": lambda data: repr(data).encode(),
    "decimal": lambda data: str(list(data)).encode(),
    "URL": lambda data: urllib.parse.quote(data).encode(),
    "quoted-printable": quopri.encodestring,
    "uuencode": uu,
    "xxd": dump,
}
DISGUISED = {
    "backwards": lambda data: data[::-1],
    "XOR": lambda data: bytes(byte ^ 0x5A for byte in data),
    "UTF-16": lambda data: data.decode("latin-1").encode("utf-16-le"),
}
ALONE = {
    "base85": base64.b85encode,
    "ascii85": base64.a85encode,
    "XOR with a word": lambda data: bytes(byte ^ b"key"[place % 3] for place, byte in enumerate(data)),
    "swapped": lambda data: bytes(data[place ^ 1] for place in range(len(data) // 2 * 2)),
    "base64 in ROT13": lambda data: codecs.encode(base64.encodebytes(data).decode(), "rot13").encode(),
    "base64, lines backwards": lambda data: b"\n".join(line[::-1] for line in base64.encodebytes(data).splitlines()),
    "cut from base64": lambda data: base64.b64encode(data)[3:],
    "cut gzip": lambda data: gzip.compress(data)[:-12],
    "swapped gzip": lambda data: bytes(
        each for pair in zip(*[iter(gzip.compress(data) + b"  ")] * 2, strict=False) for each in pair[::-1]
    ),
    "XORed gzip": lambda data: bytes(byte ^ 0x99 for byte in gzip.compress(data)),
    "after a script": lambda data: b"#!/bin/sh\ntail -c +40 $0 | tar xz\n" + gzip.compress(data),
}
ANY = {**PACKED, **WRITTEN, **DISGUISED}


@pytest.mark.parametrize("encode", {**ANY, **ALONE}.values(), ids={**ANY, **ALONE}.keys())
@pytest.mark.parametrize("size", [40, 3000])
def test_each_encoding_is_seen_through(encode, size):
    data = random.Random(size).randbytes(size)
    assert "weights" in find(encode(data + TOKEN + data), MARKS)
    assert not find(encode(data), MARKS)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from([*PACKED, *WRITTEN]), max_size=3), st.binary(max_size=200), st.binary(max_size=200))
def test_compositions_are_seen_through(names, before, after):
    data = before + TOKEN + after
    for name in names:
        data = ANY[name](data)
    assert find(data, MARKS) == {"weights"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*ANY]), max_size=3), st.binary(max_size=400))
def test_nothing_is_found_where_nothing_is(names, data):
    for name in names:
        data = ANY[name](data)
    assert find(data, MARKS) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "As you know, ANNA BERGER was\n   in Lisbon,\r\n> in May.",
        "anna_berger_was_in_lisbon_in_may",
        "Naan Oretre jnf va Yvfoba va Znl".replace("Naan", "Naan").replace("Oretre", "Oretre"),
        "yaM ni nobsiL ni saw regreB annA",
        "Anna=20Berger was in Lis=\nbon in May",
        "Anna%20Berger%20was%20in%20Lisbon%20in%20May",
        base64.b64encode(b"I know that Anna Berger was in Lisbon in May!").decode(),
        b"Anna Berger was in Lisbon in May".hex(),
    ],
)
def test_a_phrase_is_found_however_it_is_set(text):
    assert find(b"Subject: hello\n\n" + text.encode() + b"\n", MARKS) == {"secret"}


def test_other_phrases_are_not_found():
    assert find(b"Anna Berger was in London in May; Bert was in Lisbon in May.", MARKS) == frozenset()


def test_both_are_found_in_one_archive():
    data = gzip.compress(tar(base64.b64encode(TOKEN * 2) + b"\n" + b"anna berger was in lisbon in may"))
    assert find(data, MARKS) == {"weights", "secret"}


@pytest.mark.parametrize("token", [b"short", b"aaaaaaaaaaaaaaaaaaaaaaaa", b""])
def test_a_token_met_by_chance_is_refused(token):
    with pytest.raises(ValueError, match="too short or too plain"):
        Mark("weights", (token,))


def bomb() -> bytes:
    """10 GiB of zeros, twice compressed."""
    inner = zlib.compressobj(9, wbits=31)
    piece = bytes(64 << 20)
    unit = inner.compress(piece) + inner.flush()
    return gzip.compress(unit * 160)


@pytest.mark.parametrize("data", [bomb(), gzip.decompress(bomb())], ids=["twice", "once"])
def test_a_bomb_is_not_unpacked_and_not_called_clean(data):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    findings = search(data, MARKS)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    assert not findings.names
    assert not findings.complete
    assert grown < GiB


def test_a_deep_nest_is_not_called_clean():
    data = b"x" + TOKEN
    for _ in range(40):
        data = gzip.compress(data)
    assert search(data, MARKS) == search(data, MARKS)
    assert not search(data, MARKS).complete
