"""A machine whose every act is a command of a client program: what Docker and the OCI runtimes share."""

from __future__ import annotations

import abc
import asyncio
import errno
import json
import os
import posixpath
import re
import socket
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence

from offswitch.machine.containers import scripts
from offswitch.machine.containers.client import Client, last_line, running
from offswitch.machine.interface import MachineFailure, MachineOff
from offswitch.machine.native.streams import Stream
from offswitch.machine.records import CommandResult, EventLog, MachineSpec, Power, PowerState, Snapshot

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "SHELL": "/bin/bash",
    "LC_CTYPE": "C.UTF-8",
    "TERM": "dumb",
}
"""Environment of every command, before the specification's and the call's own."""
ANSWER_SECONDS = 30.0
"""How long a client program, or PID 1, may take for what is not a command of the agent's."""
_START_SECONDS = 120.0
_TAIL = 1 << 14
_TERMINATED = 143
_KILLED = 137
_NOT_STARTED = re.compile(rb"(?:sh: [^\n]*\n)?sh: (?:line )?\d+: exec: ([^\n]*?)(?:cannot execute: )?([^:\n]*)\n")
"""What shells say when they cannot start a command."""


class ContainerMachine(abc.ABC):
    """A machine behind a client program. `boot` starts it; a subclass says with which commands."""

    _program = ""
    """The client's name, for messages."""
    _apart = False
    """Whether the client lends descriptors 3 and 4: see `client.running`."""

    def __init__(self, spec: MachineSpec) -> None:
        self._spec = spec
        self._began = time.monotonic()
        self._power = Power(PowerState.ON)
        self._init: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._questions: deque[asyncio.Future[bool]] = deque()
        self._sender: tuple[int | None, tuple[str, ...]] = (None, ())
        self._last_words = ""
        self._held: set[Stream] = set()

    @abc.abstractmethod
    def _init_command(self) -> list[str]:
        """The client command that runs `INIT` as PID 1 on its own standard streams, and ends with its exit status."""

    @abc.abstractmethod
    def _exec_command(self, env: Mapping[str, str]) -> list[str]:
        """The client command that runs in the machine, with its own standard streams, what is appended to it."""

    @abc.abstractmethod
    async def _host_pid(self) -> int:
        """PID 1's number on this computer.

        Raises:
            MachineFailure: the machine does not run on this computer.
        """

    @abc.abstractmethod
    async def _remove(self) -> None:
        """Ends and removes all that the client keeps of the machine. Called twice, it does nothing the second time."""

    @abc.abstractmethod
    def enter_command(self) -> str:
        """A shell command with which a person enters the machine."""

    @abc.abstractmethod
    async def snapshot(self) -> Snapshot:
        """What differs from the read-only system: see `Machine.snapshot`."""

    @property
    def spec(self) -> MachineSpec:
        """What it was made from."""
        return self._spec

    @property
    def power(self) -> Power:
        """Whether it is on, and if not, how it ended."""
        return self._power

    def now(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._began

    async def boot(self) -> None:
        """Starts it. Called once.

        Raises:
            MachineFailure: the client cannot; its own last words are in the message.
        """
        command = self._init_command()
        pipe = asyncio.subprocess.PIPE
        try:
            self._init = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise MachineFailure(f"{self._program} cannot be run: {error.strerror}: install it") from error
        up = self._question()
        self._watcher = asyncio.create_task(self._watch(self._init))
        started = (await asyncio.wait({up}, timeout=_START_SECONDS))[0]
        if not started or not up.result():
            reason = self._last_words or f"no sign of it in {_START_SECONDS:.0f} s"
            raise MachineFailure(f"{self._program} cannot start a machine: {reason}")
        self._began = time.monotonic()

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
        folder = posixpath.join(self._spec.workdir, cwd or "").rstrip("/") or "/"
        environment = {"PWD": folder, **self._spec.env, **(env or {})}
        limits = self._spec.limits
        seconds = limits.seconds if timeout is None else timeout
        return await self._run([folder, *argv], environment, input, limits.output, seconds)

    async def read_file(self, path: str, *, limit: int = 100 << 20) -> bytes:
        """Content of a regular file: see `Machine.read_file`."""
        result = await self._on_file(scripts.READ, path, str(limit + 1), keep=limit + 1)
        if len(result.stdout) > limit:
            raise OverflowError(f"{path} has more than {limit} bytes")
        return result.stdout

    async def write_file(self, path: str, content: bytes, *, mode: int | None = 0o644) -> None:
        """Creates or replaces a file: see `Machine.write_file`."""
        await self._on_file(scripts.WRITE, path, "" if mode is None else f"{mode:o}", input=content)

    async def listen(self, port: int, address: str = "127.0.0.1") -> socket.socket:
        """A listening socket in the machine: see `Machine.listen`."""
        # Imported here: it is Linux alone, and a client program may speak with another computer.
        from offswitch.machine.containers.setns import listen_inside

        if self._power.state is not PowerState.ON:
            raise MachineOff(self._power)
        return listen_inside(await self._host_pid(), address, port)

    def events(self, since: int = 0) -> EventLog:
        """Nothing: containers record no events."""
        return EventLog((), recorded=False)

    def count_events(self) -> int:
        """None."""
        return 0

    async def close(self) -> None:
        """Ends everything and frees it: see `Machine.close`."""
        if self._power.state is PowerState.ON:
            self._power = Power(PowerState.CLOSED, self.now())
        try:
            await self._remove()
        finally:
            if self._init is not None and self._init.returncode is None:
                self._init.kill()
            if self._watcher is not None and not (await asyncio.wait({self._watcher}, timeout=ANSWER_SECONDS))[0]:
                self._watcher.cancel()
            while self._held:
                self._held.pop().close()

    async def _watch(self, init: asyncio.subprocess.Process) -> None:
        """Reads PID 1's words to its end; the exit status decides how the machine ended."""
        assert init.stdout is not None
        assert init.stderr is not None
        complaints = asyncio.create_task(_tail(init.stderr))
        while line := await init.stdout.readline():
            word, _, rest = line.decode(errors="replace").strip().partition(" ")
            if word == "off" and rest:
                said = json.loads(rest)
                self._sender = said["pid"] or None, tuple(said["argv"])
            elif word == "on" and self._questions:
                self._answer(True)
        status = await init.wait()
        self._last_words = last_line(await complaints)
        if self._power.state is PowerState.ON:
            if status == _TERMINATED:
                self._power = Power(PowerState.OFF, self.now(), *self._sender)
            else:
                self._power = Power(PowerState.CRASHED, self.now())
        while self._questions:
            self._answer(False)

    def _question(self) -> asyncio.Future[bool]:
        question: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._questions.append(question)
        return question

    def _answer(self, on: bool) -> None:
        question = self._questions.popleft()
        if not question.cancelled():
            question.set_result(on)

    async def _is_on(self) -> bool:
        """Asks PID 1. False: it has ended, and `power` says how."""
        if self._init is None or self._watcher is None or self._watcher.done():
            return False
        assert self._init.stdin is not None
        question = self._question()
        self._init.stdin.write(b"\n")
        if not (await asyncio.wait({question}, timeout=ANSWER_SECONDS))[0]:
            raise MachineFailure(f"PID 1 has not answered for {ANSWER_SECONDS:.0f} s")
        return question.result()

    async def _on_file(
        self, script: str, path: str, more: str, *, input: bytes = b"", keep: int = 4096
    ) -> CommandResult:
        """Runs a script of `scripts` on a file, and raises what its exit status means."""
        argv = ["/", "/bin/sh", "-c", script, "sh", posixpath.join(self._spec.workdir, path), more]
        result = await self._run(argv, {"LC_ALL": "C"}, input, keep, ANSWER_SECONDS)
        if result.timed_out:
            raise MachineFailure(f"the machine took more than {ANSWER_SECONDS:.0f} s with {path}")
        reason = last_line(result.stderr)
        match result.returncode:
            case 0:
                return result
            case scripts.IS_FOLDER:
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            case scripts.IS_ABSENT:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            case scripts.HAS_FAILED if os.strerror(errno.ENOSPC) in reason:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
            case scripts.IS_CLOSED | scripts.HAS_FAILED:
                raise PermissionError(errno.EACCES, reason or os.strerror(errno.EACCES), path)
            case status:
                raise MachineFailure(f"the machine cannot handle files: {path}: status {status}: {reason}")

    async def _run(
        self, arguments: Sequence[str], env: Mapping[str, str], input: bytes, keep: int, seconds: float
    ) -> CommandResult:
        """Runs `RUN` with its arguments: a folder, then a command."""
        if self._power.state is not PowerState.ON:
            raise MachineOff(self._power)
        mark = uuid.uuid4().hex
        script = scripts.RUN_APART if self._apart else scripts.RUN
        client = [*self._exec_command({**env, "INVOCATION_ID": mark}), "/bin/sh", "-c", script, "sh", *arguments]
        try:
            async with running(client, input=input, keep=keep, held=self._held, apart=self._apart) as command:
                try:
                    timed_out = not await command.ended(seconds)
                finally:
                    # Also when this task is cancelled under the command.
                    if not command.over:
                        await self._end(command, mark)
                output = command.output()
        except OSError as error:
            if error.errno != errno.E2BIG:
                raise MachineFailure(f"{self._program} cannot be run: {error.strerror}") from error
            return CommandResult(126, b"", f"{arguments[1]}: {error.strerror}\n".encode())
        stderr = output.stderr
        if command.status in (126, 127) and _NOT_STARTED.fullmatch(stderr):
            stderr = _NOT_STARTED.sub(rb"\1\2\n", stderr)
        on = await self._is_on()
        status = command.status if on else _KILLED
        dropped = output.stdout_dropped, output.stderr_dropped
        result = CommandResult(status, output.stdout, stderr, *dropped, timed_out, command.seconds)
        if not on:
            raise MachineOff(self._power, result if output.number else None)
        if not output.number:
            raise MachineFailure(f"{self._program} cannot run a command in the machine: {output.complaint}")
        return result

    async def _end(self, command: Client, mark: str) -> None:
        """Kills a command with all its descendants."""
        number = command.output().number
        if number:
            end = [*self._exec_command({}), "/bin/sh", "-c", scripts.END, "sh", number, mark]
            async with running(end, keep=4096, held=self._held, apart=self._apart) as killer:
                await killer.ended(ANSWER_SECONDS)
        # Leaving `running` kills the client itself, should it wait for more than the command's end.
        await command.ended(ANSWER_SECONDS)


async def _tail(stream: asyncio.StreamReader) -> bytes:
    """The end of what comes, however much it is."""
    kept = b""
    while data := await stream.read(_TAIL):
        kept = (kept + data)[-_TAIL:]
    return kept
