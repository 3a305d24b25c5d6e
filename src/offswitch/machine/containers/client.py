"""Runs a client program such as `docker` or `runc`, with input, bounded output and a time limit."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from offswitch.machine.native.streams import Stream

_NUMBER = re.compile(rb"(\d+)\n")
_ROOM = 4096
"""Bytes for what the client says itself, and for the number."""
_APART = 'out=$1 err=$2; shift 2; exec "$@" 3>"/dev/fd/$out" 4>"/dev/fd/$err"'


@dataclass(frozen=True)
class Output:
    """What was printed until a moment by a client program that runs `scripts.RUN`."""

    number: str | None
    """The command's process number in the machine; None when it never began."""
    complaint: str
    """The client's own last line, where the command never began."""
    stdout: bytes
    stderr: bytes
    stdout_dropped: int
    stderr_dropped: int


class Client:
    """A running client program. Use `running`."""

    def __init__(self, process: asyncio.subprocess.Process, keep: int, out: Stream, err: Stream, own: Stream) -> None:
        self._process = process
        self._keep = keep
        self._out = out
        self._err = err
        self._own = own
        self._began = time.monotonic()

    async def ended(self, seconds: float) -> bool:
        """Waits for its end; False when it does not come in time."""
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            return False
        return True

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._process.returncode is not None

    @property
    def status(self) -> int:
        """Its exit status, 128 + n for signal n."""
        code = self._process.returncode
        assert code is not None, "it has not ended"
        return code if code >= 0 else 128 - code

    @property
    def seconds(self) -> float:
        """Since its start."""
        return time.monotonic() - self._began

    def output(self) -> Output:
        """All that was printed. What comes later is thrown away."""
        stdout, stdout_dropped = self._out.finish()
        stderr, stderr_dropped = self._err.finish()
        own = self._own.finish()[0]
        number = _NUMBER.match(own)
        if number and self._own is self._err:
            stderr = stderr[number.end() :]
        stderr, more = stderr[: self._keep], len(stderr[self._keep :])
        return Output(
            number=number[1].decode() if number else None,
            complaint=last_line(own),
            stdout=stdout,
            stderr=stderr,
            stdout_dropped=stdout_dropped,
            stderr_dropped=stderr_dropped + more,
        )


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str], *, input: bytes = b"", keep: int, held: set[Stream], apart: bool = False
) -> AsyncIterator[Client]:
    """A client program that is killed on leaving, if it still runs then.

    Args:
        command: The program and its arguments.
        input: Its standard input.
        keep: Bytes kept of each output stream.
        held: Takes the streams that processes in the background still hold, for the caller to close.
        apart: Whether the command in the machine is to write to descriptors 3 and 4 instead of the client's own
            standard streams: a client that copies those would wait for processes in the background.

    Raises:
        OSError: it cannot be started.
    """
    loop = asyncio.get_running_loop()
    out, err = Stream(loop, keep), Stream(loop, keep + _ROOM)
    own = Stream(loop, _ROOM) if apart else err
    streams = {out, err, own}
    for stream in streams:
        stream.watch()
    given = (out.writer, err.writer) if apart else ()
    start = ["/bin/sh", "-c", _APART, "sh", *map(str, given)] if apart else []
    try:
        try:
            with tempfile.TemporaryFile() as stdin:
                stdin.write(input)
                stdin.seek(0)
                process = await asyncio.create_subprocess_exec(
                    *start, *command, stdin=stdin, stdout=out.writer, stderr=own.writer, pass_fds=given
                )
        finally:
            for stream in streams:
                os.close(stream.writer)
    except BaseException:
        for stream in streams:
            stream.close()
        raise
    try:
        yield Client(process, keep, out, err, own)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        held |= streams
        held -= {stream for stream in held if stream.closed}


def last_line(raw: bytes) -> str:
    """The last line of what a program printed; empty when there is none."""
    return (raw.decode(errors="replace").strip().splitlines() or [""])[-1]
