"""A command's output, read as it comes, kept up to a limit and counted beyond it."""

from __future__ import annotations

import asyncio
import os

_CHUNK = 1 << 16
_PATIENCE = 64 << 20
_LOOKS = 17
"""A pipe holds a megabyte at most, unless root makes it larger."""


class Stream:
    """The reading end of one output stream.

    When the command has ended, processes that it left behind may hold the stream open. It is then read on and thrown
    away, so that they do not die of a broken pipe, until `_PATIENCE` bytes: then they wait, as at a full terminal.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int) -> None:
        self._loop = loop
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._ignored: int | None = None
        self._open = True
        self._watched = False
        self._descriptor, self.writer = os.pipe2(os.O_CLOEXEC)
        """`writer` is handed over and then closed by whoever made the stream."""
        os.set_blocking(self._descriptor, False)

    def watch(self) -> None:
        """Reads from now on as output comes; until then, only `finish` reads. Watching twice is fine."""
        if self._open and not self._watched:
            self._watched = True
            self._loop.add_reader(self._descriptor, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return
        if not data:
            self.close()
        elif self._ignored is not None:
            self._ignored += len(data)
            if self._ignored > _PATIENCE:
                self._loop.remove_reader(self._descriptor)
        else:
            if self._size < self._limit:
                self._parts.append(data[: self._limit - self._size])
            self._size += len(data)

    def finish(self) -> tuple[bytes, int]:
        """All that is there now: what is kept, and how many bytes more there were."""
        if self._open and self._ignored is None:
            # The last look finds the end, so that a stream nobody holds is closed at once.
            for _ in range(_LOOKS):
                before = self._size
                self._read()
                if not self._open or self._size == before:
                    break
        self._ignored = 0
        return b"".join(self._parts), max(0, self._size - self._limit)

    def close(self) -> None:
        """Reads no more. Closing twice is fine."""
        if self._open:
            self._open = False
            if self._watched:
                self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)

    @property
    def closed(self) -> bool:
        """Whether all that could write to it is gone, or it was closed here."""
        return not self._open
