"""The auditor: sees every watched system call before it happens, writes it down, and lets it go on or forbids it.

It is an audit, not a guard: a program can change a path between the look and the call. State decides, events explain.
One row of the log: `[1.25, 17, "kill", null, null, [], 15, 1]` (seconds, pid, kind, path, other, argv, value, target).
The first eight bytes of the log count the rows that found no room.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import socket
import struct
import time

from . import calls, wire
from .calls import Call

HEADER = 8
"""Bytes before the first row."""
ROOM = 4 << 20
"""Bytes of rows that a log holds."""
_RECEIVE, _SEND, _ID_VALID, _SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40082104
_NOTIFICATION = struct.Struct("QIIiIQ6Q")
_RESPONSE = struct.Struct("QqiI")
_CONTINUE = 1
_SYNC_WAKE_UP = 1
_encode = json.JSONEncoder(separators=(",", ":")).encode
_UNINTERESTING = frozenset(("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/var/run/nscd/socket"))


class _Log:
    """The event log of one machine, shared with the host."""

    def __init__(self, descriptor: int, started: float) -> None:
        self.descriptor = descriptor
        self.started = started
        self._end = HEADER
        self._dropped = 0

    def write(self, pid: int, call: Call) -> None:
        row = [
            round(time.monotonic() - self.started, 6),
            pid,
            call.kind,
            call.path,
            call.other,
            call.argv,
            call.value,
            call.target,
        ]
        raw = _encode(row).encode() + b"\n"
        if self._end + len(raw) > HEADER + ROOM:
            self._dropped += 1
            os.pwrite(self.descriptor, struct.pack("Q", self._dropped), 0)
            return
        self._end += os.pwrite(self.descriptor, raw, self._end)


def serve(incoming: socket.socket) -> None:
    """Audits the machines announced on `incoming` until all are gone and no more can come."""
    poll = select.epoll()
    poll.register(incoming, select.EPOLLIN)
    logs: dict[int, _Log] = {}
    more = True
    while more or logs:
        for descriptor, events in poll.poll():
            if descriptor == incoming.fileno():
                announced, descriptors = wire.receive(incoming)
                if announced is None:
                    poll.unregister(incoming)
                    more = False
                    continue
                listener, log = descriptors
                _prefer_same_cpu(listener)
                logs[listener] = _Log(log, announced["started"])
                poll.register(listener, select.EPOLLIN)
            elif events & select.EPOLLIN:
                _decide(descriptor, logs[descriptor])
            else:
                poll.unregister(descriptor)
                os.close(descriptor)
                os.close(logs.pop(descriptor).descriptor)


def _prefer_same_cpu(listener: int) -> None:
    """The caller waits for the answer anyway, so the auditor may run where it ran (Linux 6.6)."""
    try:
        fcntl.ioctl(listener, _SET_FLAGS, _SYNC_WAKE_UP)
    except OSError:
        return


def _decide(listener: int, log: _Log) -> None:
    notification = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, notification, True)
    except OSError:
        return  # the caller was killed meanwhile
    identity, thread, _, number, _, _, *arguments = _NOTIFICATION.unpack(notification)
    error, flags = 0, _CONTINUE
    call = calls.describe(thread, number, arguments)
    # To learn the caller's number costs as much as all the rest, and every shell tries /dev/tty as it starts.
    pid = 1 if call.path in _UNINTERESTING else calls.inner_pid(thread)
    # PID 1 acts for the host, which knows what it asked for.
    if pid != 1:
        if call.kind == "denied":
            error, flags = -errno.EPERM, 0
        if _still_waiting(listener, identity):
            log.write(pid, call)
    try:
        fcntl.ioctl(listener, _SEND, _RESPONSE.pack(identity, 0, error, flags))
    except OSError:
        return  # as above


def _still_waiting(listener: int, identity: int) -> bool:
    """Whether what was read belonged to the caller, and not to a later process with its number."""
    try:
        fcntl.ioctl(listener, _ID_VALID, struct.pack("Q", identity))
    except OSError:
        return False
    return True
