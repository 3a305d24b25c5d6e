"""Reads a machine's event log from the memory file that the auditor writes."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import replace

from offswitch.machine.native.audit import HEADER
from offswitch.machine.records import Event, EventKind, EventLog


class LogReader:
    """Events of one machine, parsed once each, when they are wanted."""

    def __init__(self, recorded: bool) -> None:
        self.descriptor = os.memfd_create("events", os.MFD_CLOEXEC)
        os.ftruncate(self.descriptor, HEADER)
        self._recorded = recorded
        self._position = HEADER
        self._dropped = 0
        self._events: list[Event] = []
        self._rows: list[bytes] = []
        """Read and not yet parsed."""
        self._started: dict[int, tuple[str, tuple[str, ...]]] = {}

    def command(self, pid: int, program: str, argv: tuple[str, ...]) -> None:
        """Tells what process `pid` was started as: at its first exec its memory may not be readable yet."""
        self._started[pid] = (program, argv)

    def read(self, since: int) -> EventLog:
        """Events with a number above `since`."""
        self._take()
        self._look_at_dropped()
        for row in self._rows:
            at, pid, kind, path, other, argv, value, target = json.loads(row)
            number = len(self._events) + 1
            event = Event(number, at, pid, EventKind(kind), path, other, tuple(argv), value, target)
            self._events.append(event)
        self._rows.clear()
        return EventLog(tuple(self._complete(event) for event in self._events[since:]), self._dropped, self._recorded)

    def count(self) -> int:
        """How many events there are, without looking at them."""
        self._take()
        return len(self._events) + len(self._rows)

    def _take(self) -> None:
        if self.descriptor < 0:
            return
        waiting = os.fstat(self.descriptor).st_size - self._position
        if waiting:
            raw = os.pread(self.descriptor, waiting, self._position)
            end = raw.rfind(b"\n") + 1
            self._position += end
            self._rows += raw[:end].splitlines()

    def _look_at_dropped(self) -> None:
        if self.descriptor >= 0:
            self._dropped = struct.unpack("Q", os.pread(self.descriptor, HEADER, 0))[0]

    def _complete(self, event: Event) -> Event:
        if event.kind is not EventKind.EXEC or event.argv or event.pid not in self._started:
            return event
        program, argv = self._started[event.pid]
        return replace(event, path=program, argv=argv)

    def close(self) -> None:
        """Keeps what was read, and frees the file."""
        if self.descriptor >= 0:
            self._take()
            self._look_at_dropped()
            os.close(self.descriptor)
            self.descriptor = -1
