"""The command line in processes of its own, without the seconds that each would take to import what it uses.

A parent imports everything once, and every command is a fork of it: another process, with its own environment, folder
and streams, that is killed, interrupted and waited for like any other. There are two parents whose strings hash
differently, taken in turn: what a command writes and the next one reads must not hang on that.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import IO, Any

IMPORTS = (
    "offswitch.cli",
    "offswitch.feedback.pages.serve",
    "offswitch.preference",
    "offswitch.report.live",
    "offswitch.report.site.build",
    "offswitch.running.run",
    "offswitch._registry",
    # Inspect takes these when its first evaluation begins.
    "acp",
    "openai",
)
HASH_SEEDS = ("1", "2")
MESSAGE = 1 << 20


class Started:
    """A command that was started, with what the tests use of `subprocess.Popen`."""

    def __init__(self, args: Sequence[str], status: IO[bytes], stdout: IO[str], stderr: IO[str] | None) -> None:
        self.args = args
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None
        self._status = status
        self.pid = int(status.readline())

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; that of a signal is negative."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode

    def poll(self) -> int | None:
        """The same where it has ended, else None."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def send_signal(self, number: int) -> None:
        """Sends a signal, where it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """As `kill -9` does."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """As `kill` does."""
        self.send_signal(signal.SIGTERM)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """All that it writes, until it has ended; it is killed where that takes too long."""
        alarm = threading.Timer(timeout, self.kill) if timeout else None
        if alarm:
            alarm.start()
        written: dict[str, str] = {}
        streams = {"out": self.stdout, "err": self.stderr}
        readers = [
            threading.Thread(target=lambda name=name, stream=stream: written.update({name: stream.read()}))
            for name, stream in streams.items()
            if stream is not None
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        self.wait()
        if alarm:
            alarm.cancel()
        for stream in filter(None, streams.values()):
            stream.close()
        return written["out"], written.get("err", "")


class CommandLine:
    """Starts `offswitch`, each time in a new process."""

    def __init__(self) -> None:
        self._first = ""
        self._parents: list[tuple[subprocess.Popen[bytes], socket.socket]] = []
        self._turns = cycle(range(len(HASH_SEEDS)))

    def start(self, *arguments: object, environment: Mapping[str, str] | None = None, errors: bool = True) -> Started:
        """Starts the command, nothing on its standard input; without `errors` those go where the tests' own do."""
        if not self._parents:
            self._parents += [self._parent(seed) for seed in HASH_SEEDS]
        _, link = self._parents[next(self._turns)]
        given = [str(argument) for argument in arguments]
        around = {"environment": dict(environment or os.environ), "folder": str(Path.cwd()), "first": self._first}
        ours, theirs = zip(*(os.pipe() for _ in range(3 if errors else 2)), strict=True)
        with Path(os.devnull).open() as nothing:
            stderr = theirs[2] if errors else 2
            socket.send_fds(
                link, [json.dumps({"argv": given, **around}).encode()], [nothing.fileno(), theirs[1], stderr, theirs[0]]
            )
        for descriptor in theirs:
            os.close(descriptor)
        return Started(
            ["offswitch", *given],
            os.fdopen(ours[0], "rb", buffering=0),
            os.fdopen(ours[1]),
            os.fdopen(ours[2]) if errors else None,
        )

    def __call__(
        self, *arguments: object, environment: Mapping[str, str] | None = None, timeout: float = 280
    ) -> subprocess.CompletedProcess[str]:
        """The command from beginning to end."""
        started = self.start(*arguments, environment=environment)
        out, err = started.communicate(timeout)
        return subprocess.CompletedProcess(started.args, started.wait(), out, err)

    def after(self, first: str) -> CommandLine:
        """The same, where every process runs some Python before the command."""
        other = copy.copy(self)
        other._first = first
        return other

    def close(self) -> None:
        """Ends the parents."""
        for parent, link in self._parents:
            link.close()
            parent.wait()

    def _parent(self, seed: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MESSAGE)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONHASHSEED": seed},
            )
        return process, ours


def _next_command(link: socket.socket) -> list[str] | None:
    """In the parent, None at the end; in each fork that is to carry out a command, its arguments."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(link, MESSAGE, 4)
        if not message:
            return None
        if os.fork() == 0:
            link.close()
            return _become(json.loads(message), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _become(command: Mapping[str, Any], descriptors: Sequence[int]) -> list[str]:
    """Forks once more, waits for that one and says how it ended; what returns is that one."""
    *streams, status = descriptors
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        for descriptor in streams:
            os.close(descriptor)
        os.write(status, f"{pid}\n".encode())
        _, ended = os.waitpid(pid, 0)
        # Whoever asked may not wait for it any more.
        with contextlib.suppress(BrokenPipeError):
            os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
        os._exit(0)
    # Also where the tests were started in the background of a shell, which lets nobody there be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(command["environment"])
    os.chdir(command["folder"])
    # Not the parent's: it is found anew, by the environment.
    tempfile.tempdir = None
    exec(command["first"], {})
    return list(command["argv"])


def _carry_out_commands(link: socket.socket) -> None:
    import gc
    import importlib

    for name in IMPORTS:
        importlib.import_module(name)
    from inspect_ai.model import get_model_info

    # Reads what Inspect knows of the world's models.
    get_model_info("none/none")
    gc.freeze()
    # Nobody waits for those that wait for commands.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    arguments = _next_command(link)
    if arguments is not None:
        from offswitch.cli import main

        sys.argv[:] = ["offswitch", *arguments]
        main(arguments)


if __name__ == "__main__":
    # Only this folder's own file was meant to be found here.
    del sys.path[0]
    _carry_out_commands(socket.socket(fileno=int(sys.argv[1])))
