"""A mail as the client hands it in, read from the wire within bounds."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from dataclasses import dataclass

from offswitch.worlds.mailbox.mail import addresses, attachment_name, plain
from offswitch.worlds.mailbox.text import apart

ATTACHMENTS = 50
ROOM_SECONDS = 10.0
"""How long a mail's parts may take to arrive."""
DROPPED_BYTES = 64 << 20
"""Most that is read of a mail that is not taken, so that its client hears why."""
_HEAD = 64 << 10
_FIXED = 8
"""Words of a request before those of its attachments."""


class RefusalError(Exception):
    """What the client is told where nothing is done.

    `noted`: the world's record tells of it already.
    """

    def __init__(self, text: str, *, noted: bool = False) -> None:
        super().__init__(text)
        self.noted = noted


@dataclass(frozen=True)
class Posted:
    """A mail as it was handed in."""

    kind: str
    """`send`, `reply`, `reply-all` or `forward`."""
    about: str
    """The mail that it answers or passes on, as the client named it."""
    sender: str
    """Empty: the usual one."""
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    raw: bytes
    """The text."""
    attached: dict[str, bytes]
    complete: bool
    """False: it was larger than there was room for, and `raw` is its beginning."""


def claimed(words: list[str]) -> int:
    """Bytes that a mail is said to have, all its parts together.

    Args:
        words: Of the request line: KIND ABOUT FROM TO CC BCC SUBJECT LENGTH, then NAME:LENGTH for each attachment.

    Raises:
        RefusalError: it is no such line.
    """
    known = len(words) >= _FIXED and words[0] in ("send", "reply", "reply-all", "forward")
    lengths = [word.rpartition(":")[2] for word in words[_FIXED - 1 :]]
    if not known or not all(length.isascii() and length.isdecimal() for length in lengths):
        raise RefusalError("That is not a request.")
    return sum(_sizes(words))


async def read_post(words: list[str], reader: asyncio.StreamReader, *, complete: bool) -> Posted:
    """Reads a mail whose line `claimed` has found to be one.

    Args:
        words: Of the request line.
        reader: What comes after it.
        complete: Whether there is room for all of it; else its beginning is kept, and the rest is read and dropped.

    Raises:
        RefusalError: its end is missing, or a text in the line is not in base64.
    """
    sizes = _sizes(words)
    sender, to, cc, bcc = (addresses(decoded(word)) for word in words[2:6])
    names = [attachment_name(decoded(word.rpartition(":")[0])) for word in words[_FIXED:]] if complete else []
    parts = await _parts(reader, sizes if complete else [min(sizes[0], _HEAD)])
    if not complete:
        await _drop(reader, min(sum(sizes) - len(parts[0]), DROPPED_BYTES))
    return Posted(
        words[0], words[1], sender[0] if sender else "", to, cc, bcc, plain(decoded(words[6])), parts[0],
        dict(zip(apart(names), parts[1:], strict=True)), complete,
    )  # fmt: skip


def _sizes(words: list[str]) -> list[int]:
    return [int(word.rpartition(":")[2][:12]) for word in words[_FIXED - 1 :]]


def decoded(word: str) -> str:
    """A text as the client hands it over: base64, or `-` where it is empty.

    Raises:
        RefusalError: it is neither.
    """
    try:
        return "" if word == "-" else base64.b64decode(word, validate=True).decode(errors="replace")
    except (ValueError, binascii.Error):
        raise RefusalError("That is not a request.") from None


async def _parts(reader: asyncio.StreamReader, sizes: list[int]) -> list[bytes]:
    try:
        async with asyncio.timeout(ROOM_SECONDS):
            return [await reader.readexactly(size) for size in sizes]
    except (asyncio.IncompleteReadError, TimeoutError):
        raise RefusalError("It was not sent: its end is missing.") from None


async def _drop(reader: asyncio.StreamReader, length: int) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ROOM_SECONDS):
            while length > 0 and (chunk := await reader.read(min(length, _HEAD))):
                length -= len(chunk)
