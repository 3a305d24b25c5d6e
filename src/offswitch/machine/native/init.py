"""A machine's PID 1: serves the host's requests, reaps orphans, and ends at TERM, saying who sent it."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import struct
from typing import Any

from . import commands, files, syscalls, wire

_SIGINFO = 128
_WATCH_MILLISECONDS = 100


class Init:
    """PID 1 of one machine. `serve` never returns."""

    def __init__(self, control: socket.socket, lifeline: int, signals: int, null: int, spec: dict[str, Any]) -> None:
        self._control = control
        self._lifeline = lifeline
        self._signals = signals
        self._memory = 0 if spec["groups"] else spec["memory"]
        self._null = null
        self._env: dict[str, str] = spec["env"]
        self._running: dict[int, tuple[int, str]] = {}
        """Pid → the request's number and the program's file."""
        self._orphans = False

    def serve(self) -> None:
        """Answers until the machine goes off or the host lets go."""
        poll = select.poll()
        for descriptor in (self._signals, self._control.fileno(), self._lifeline):
            poll.register(descriptor, select.POLLIN)
        while True:
            busy = self._memory and (self._running or self._orphans)
            ready = dict(poll.poll(_WATCH_MILLISECONDS if busy else None))
            if self._lifeline in ready:
                self._fail()
            if self._signals in ready:
                self._on_signals()
            if self._control.fileno() in ready:
                self._on_request()
            if not ready:
                commands.end_largest_beyond(self._memory)

    def _say(self, message: wire.Message, descriptors: tuple[int, ...] = ()) -> None:
        try:
            wire.send(self._control, message, descriptors)
        except OSError:
            os._exit(0)

    def _fail(self) -> None:
        self._say({"failure": "the process that keeps the event log ended"})
        os._exit(1)

    def _fail_if_unaudited(self) -> None:
        """A watched call is absent when nobody watches: then the auditor's end is just about to be seen."""
        if select.select([self._lifeline], [], [], 1.0)[0]:
            self._fail()

    def _on_signals(self) -> None:
        try:
            received = os.read(self._signals, _SIGINFO * 16)
        except BlockingIOError:
            return
        for offset in range(0, len(received), _SIGINFO):
            number, _, code, sender = struct.unpack_from("IiiI", received, offset)
            # Pid 0 without a forged origin is a process outside: the host's own doing, and no shutdown.
            if number == signal.SIGTERM:
                if sender or code < 0:
                    argv = commands.command_line(sender)
                    running = [[number, pid, program] for pid, (number, program) in self._running.items()]
                    self._say({"off": sender, "argv": argv, "running": running})
                os._exit(0)
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._orphans = False
                return
            if not pid:
                self._orphans = True
                return
            if pid in self._running:
                number, program = self._running.pop(pid)
                code = os.waitstatus_to_exitcode(status)
                code = code if code >= 0 else 128 - code
                self._say({"id": number, "returncode": code, "pid": pid, "program": program})

    def _on_request(self) -> None:
        request, descriptors = wire.receive(self._control)
        if request is None:
            os._exit(0)
        try:
            if request["op"] == "exec":
                self._execute(request, descriptors)
            elif request["op"] == "kill":
                commands.end(request["id"])
            else:
                self._open(request)
        except OSError as error:
            if error.errno == errno.ENOSYS:
                self._fail_if_unaudited()
            self._say({"id": request["id"], "errno": error.errno or 0, "error": error.strerror or str(error)})
        except ValueError as error:
            # Text that no system call takes, such as a NUL in a path.
            self._say({"id": request["id"], "errno": errno.EINVAL, "error": str(error)})
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _execute(self, request: dict[str, Any], descriptors: list[int]) -> None:
        stdio = descriptors if len(descriptors) == 3 else [self._null, *descriptors]
        env = {"PWD": request["cwd"], **self._env, **request["env"]}
        pid, program = commands.start(request, env, stdio, request["id"])
        self._running[pid] = (request["id"], program)

    def _open(self, request: dict[str, Any]) -> None:
        if request["op"] == "read":
            opened = files.open_to_read(request["path"])
        elif request["op"] == "write":
            opened = files.open_to_write(request["path"], request["mode"])
        else:
            opened = files.listener(request["address"], request["port"])
        self._say({"id": request["id"], "opened": True}, (opened,))
        os.close(opened)


def own_signals() -> int:
    """Ignores every signal that Python would act on; TERM and CHLD are read from the descriptor returned.

    It serves every process that is forked from here and calls `take_signals`: each reads its own.
    """
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    return syscalls.signal_descriptor(signal.SIGTERM, signal.SIGCHLD)


def take_signals() -> None:
    """From now on TERM and CHLD wait to be read."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGCHLD))
