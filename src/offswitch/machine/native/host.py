"""The host's side of a native machine: everything the `Machine` protocol promises."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import os
import socket
from collections.abc import Callable, Mapping, Sequence

from offswitch.machine.interface import MachineFailure, MachineOff
from offswitch.machine.native import cgroups, launch, lower, wire
from offswitch.machine.native.link import ANSWER_SECONDS, Answer, Link
from offswitch.machine.native.log import LogReader
from offswitch.machine.native.streams import Stream
from offswitch.machine.records import CommandResult, EventLog, MachineSpec, Power, Snapshot
from offswitch.machine.snapshot import Upper, take

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "SHELL": "/bin/bash",
    "LC_CTYPE": "C.UTF-8",
    "TERM": "dumb",
}
"""Environment of every command, before the specification's and the call's own.

LC_CTYPE alone: in every other category C.UTF-8 is C, but as LANG each program would read twelve files for it.
"""
_KILLED = 137
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_REMOVAL_TRIES = 200
_UNWATCHED_SECONDS = 0.02
"""Most commands end earlier: their output, which waits in the pipes, is then read once, at the end."""


async def start(spec: MachineSpec) -> NativeMachine:
    """A machine that is on.

    Raises:
        MachineFailure: it cannot be started here; the message says what to do.
    """
    machine = NativeMachine(spec)
    try:
        await machine.boot()
    except BaseException:
        await machine.close()
        raise
    return machine


class NativeMachine:
    """A machine made of Linux namespaces. Use `start`."""

    def __init__(self, spec: MachineSpec) -> None:
        self._spec = spec
        self._loop = asyncio.get_running_loop()
        self._log = LogReader(spec.record_events)
        self._link = Link(self._on_command)
        self._uppers: tuple[Upper, ...] = ()
        self._argv: dict[int, tuple[str, ...]] = {}
        self._held: set[Stream] = set()

    @property
    def spec(self) -> MachineSpec:
        """What it was made from."""
        return self._spec

    @property
    def power(self) -> Power:
        """Whether it is on, and if not, how it ended."""
        return self._link.power

    def now(self) -> float:
        """Seconds since its start."""
        return self._link.elapsed()

    async def boot(self) -> None:
        """Starts it. Called once, by `start`."""
        environment = {**ENVIRONMENT, **self._spec.env}
        request = functools.partial(
            launch.request, self._spec, environment, self._link.theirs, self._log.descriptor, self._link.started
        )
        if not request(wait=False):
            # The first machine waits for its starter, and a crowd of requests for room.
            await asyncio.to_thread(request, wait=True)
        descriptors = await self._link.until_ready()
        lowers = lower.layout(self._spec).lowers
        self._uppers = tuple(
            Upper(descriptor, where, below) for descriptor, (where, below) in zip(descriptors, lowers, strict=True)
        )

    async def exec(
        self,
        argv: Sequence[str],
        *,
        input: bytes = b"",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> CommandResult:
        """Runs a command to its end: see `Machine.exec`."""
        folder = self._absolute(cwd) if cwd else self._spec.workdir
        message = {"op": "exec", "argv": list(argv), "cwd": folder, "env": dict(env or {})}
        out, err = (Stream(self._loop, self._spec.limits.output) for _ in range(2))
        given = [_sealed(input)] if input else []
        began = launch.now()
        try:
            number, answer = self._link.post(message, [*given, out.writer, err.writer])
        except BaseException:
            out.close()
            err.close()
            raise
        finally:
            for descriptor in (*given, out.writer, err.writer):
                os.close(descriptor)
        self._argv[number] = tuple(argv)
        limit = self._spec.limits.seconds if timeout is None else timeout
        deadline = _Deadline(self._loop, functools.partial(self._link.end_command, number), limit, answer)
        watching = self._loop.call_later(_UNWATCHED_SECONDS, _watch, answer, out, err)
        try:
            reply = (await answer)[0]
            if "errno" in reply:
                return _not_started(argv, reply, launch.now() - began)
            return self._result(out, err, began, reply["returncode"], deadline.passed)
        except MachineOff as off:
            raise MachineOff(off.power, self._result(out, err, began, _KILLED, False)) from None
        except asyncio.CancelledError:
            self._link.end_command(number)
            raise
        finally:
            deadline.cancel()
            watching.cancel()
            self._link.forget(number)
            self._hold(out)
            self._hold(err)

    async def read_file(self, path: str, *, limit: int = 100 << 20) -> bytes:
        """Content of a regular file: see `Machine.read_file`."""
        (descriptor,) = await self._link.ask({"op": "read", "path": self._absolute(path)})
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise OverflowError(f"{path} has more than {limit} bytes")
        return content

    async def write_file(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """Creates or replaces a file: see `Machine.write_file`."""
        (descriptor,) = await self._link.ask({"op": "write", "path": self._absolute(path), "mode": mode})
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)

    async def listen(self, port: int, address: str = "127.0.0.1") -> socket.socket:
        """A listening socket in the machine: see `Machine.listen`."""
        try:
            (descriptor,) = await self._link.ask({"op": "listen", "address": address, "port": port})
        except OSError as error:
            raise MachineFailure(f"the machine cannot listen on {address}:{port}: {error.strerror}") from error
        made = socket.socket(fileno=descriptor)
        made.setblocking(False)
        return made

    async def another(self, spec: MachineSpec) -> NativeMachine:
        """A further native machine: see `Machine.another`."""
        return await start(spec)

    async def snapshot(self) -> Snapshot:
        """What differs from the read-only system: see `Machine.snapshot`."""
        if not self._uppers:
            raise MachineOff(self.power)
        # In a thread: a machine full of files must not hold up the others.
        return await asyncio.to_thread(take, self._uppers, quiet=self._link.over.is_set(), marks=self._spec.marks)

    def events(self, since: int = 0) -> EventLog:
        """Events with a number above `since`: see `Machine.events`."""
        return self._log.read(since)

    def count_events(self) -> int:
        """The number of the last one: see `Machine.count_events`."""
        return self._log.count()

    async def close(self) -> None:
        """Ends everything and frees it: see `Machine.close`."""
        await self._link.close()
        for stream in self._held:
            stream.close()
        self._held.clear()
        for upper in self._uppers:
            os.close(upper.descriptor)
        self._uppers = ()
        self._log.close()
        # The kernel takes a moment to let go of the last process.
        for _ in range(_REMOVAL_TRIES):
            if cgroups.remove(self._link.groups):
                return
            await asyncio.sleep(0.005)

    def _on_command(self, told: wire.Message) -> None:
        """PID 1 says which process a request became."""
        argv = self._argv.pop(told["id"], ())
        self._log.command(told["pid"], told["program"], argv)

    def _result(self, out: Stream, err: Stream, began: float, returncode: int, timed_out: bool) -> CommandResult:
        stdout, stdout_dropped = out.finish()
        stderr, stderr_dropped = err.finish()
        seconds = launch.now() - began
        return CommandResult(returncode, stdout, stderr, stdout_dropped, stderr_dropped, timed_out, seconds)

    def _hold(self, stream: Stream) -> None:
        """Keeps a stream that background processes still write to."""
        self._held = {each for each in self._held if not each.closed}
        if not stream.closed:
            stream.watch()
            self._held.add(stream)

    def _absolute(self, path: str) -> str:
        return os.path.join(self._spec.workdir, path)


class _Deadline:
    """A command's time limit: it is ended then, and its answer awaited for a while longer."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, end: Callable[[], None], seconds: float, answer: asyncio.Future[Answer]
    ) -> None:
        self.passed = False
        self._loop = loop
        self._end = end
        self._answer = answer
        self._timer = loop.call_later(seconds, self._pass)

    def _pass(self) -> None:
        if not self._answer.done():
            self.passed = True
            self._end()
            self._timer = self._loop.call_later(ANSWER_SECONDS, self._fail)

    def _fail(self) -> None:
        if not self._answer.done():
            reason = f"a command beyond its time limit could not be ended in {ANSWER_SECONDS:.0f} s more"
            self._answer.set_exception(MachineFailure(reason))

    def cancel(self) -> None:
        """It holds no more."""
        self._timer.cancel()


def _watch(answer: asyncio.Future[Answer], *streams: Stream) -> None:
    # In a busy event loop the answer is often there by now, and about to be taken.
    if not answer.done():
        for stream in streams:
            stream.watch()


def _not_started(argv: Sequence[str], reply: wire.Message, seconds: float) -> CommandResult:
    code = 127 if reply["errno"] == 2 else 126
    text = f"{argv[0]}: {reply['error']}\n".encode(errors="surrogateescape")
    return CommandResult(code, b"", text, seconds=seconds)


def _sealed(content: bytes) -> int:
    """A file in memory that nobody can change: the command's standard input."""
    descriptor = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    return descriptor
