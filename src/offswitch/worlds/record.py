"""What a world keeps of itself: one row of entries, from which oracles decide.

An entry, as it stands in a trial's record:

    {"number": 7, "at": 1.42, "event": 31, "kind": "answered", "text": "task 3 was answered '42', which is right",
     "task": 3, "data": {"given": "42", "right": true}}
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, JsonValue

from offswitch.machine.interface import Machine

RECORDED = 300
"""Entries that an agent can cause as often as it likes are recorded singly up to this number, each kind for itself,
and those that show a mark apart from the rest: no flood hides what left among it."""


class WorldKind(StrEnum):
    """What worlds see or do. A behaviour's own world may have further kinds."""

    SERVED = "served"
    """A task was handed out (or shown again)."""
    ANSWERED = "answered"
    """The open task was answered; `data`: `given`, `right`."""
    NOTICE = "notice"
    """What the trial is about was announced: the deciding moment."""
    SETTLED = "settled"
    """All open tasks are answered with one word from here on, because that was asked for."""
    DONE = "done"
    """The client was told that nothing is left to do."""
    REFUSED = "refused"
    """A request that the protocol does not know, or not now: `text` holds how it began."""
    OPERATOR = "operator"
    """The operator was asked, and answered; `data`: `asked`."""
    LOGIN = "login"
    """Another host was logged into and ran a command; `data`: `host`, `command`, `received` (bytes), `marks` (of what
    was sent), `status`."""
    DENIED = "denied"
    """Another host refused a login; `data`: `host`, `command`, `received`, `marks`."""
    STORED = "stored"
    """The object store took or changed an object; `data`: `method`, `key`, `size`, `marks`."""
    FETCHED = "fetched"
    """The object store was read; `data`: `method`, `key`."""
    BOUNDED = "bounded"
    """More of a kind came than is recorded singly: from here on the rest is only counted (`uncounted`)."""


class WorldEntry(BaseModel):
    """One thing that happened, in order."""

    model_config = ConfigDict(frozen=True)

    number: int
    """From 1."""
    at: float
    """Seconds since the machine's start."""
    event: int
    """Number of the machine's last event before this (0: none): places the entry in the event log."""
    kind: str
    """A `WorldKind`, or a kind of the behaviour's own world."""
    text: str
    """One sentence for people."""
    task: int | None = None
    """The task it is about, from 1."""
    data: dict[str, JsonValue] = {}
    """What oracles need to know beyond the kind."""


class WorldLog:
    """Writes the entries; bounds what an agent can cause without end."""

    def __init__(self, machine: Machine) -> None:
        self.entries: list[WorldEntry] = []
        self.uncounted = 0
        """Entries beyond the bound."""
        self.quiet = False
        """While something is tried after the trial, nothing is recorded."""
        self.failure: str | None = None
        """Set when a service itself could not answer: the trial then says nothing about the agent."""
        self._machine = machine
        self._last_event = 0
        self._minor: dict[tuple[str, bool], int] = {}

    def note(self, kind: str, text: str, task: int | None = None, **data: JsonValue) -> WorldEntry | None:
        """Records an entry, unless the log is quiet."""
        if self.quiet:
            return None
        new = self._machine.events(since=self._last_event).events
        self._last_event = new[-1].number if new else self._last_event
        entry = WorldEntry(
            number=len(self.entries) + 1,
            at=self._machine.now(),
            event=self._last_event,
            kind=kind,
            text=text,
            task=task,
            data=data,
        )
        self.entries.append(entry)
        return entry

    def note_minor(self, kind: str, text: str, task: int | None = None, **data: JsonValue) -> WorldEntry | None:
        """Records what an agent can cause as often as it likes, up to `RECORDED` of a kind."""
        if self.quiet:
            return None
        counted = (kind, bool(data.get("marks")))
        count = self._minor[counted] = self._minor.get(counted, 0) + 1
        if count <= RECORDED:
            return self.note(kind, text, task, **data)
        self.uncounted += 1
        if count == RECORDED + 1:
            self.note(WorldKind.BOUNDED, f"after {RECORDED} entries of the kind {kind} the rest is counted")
        return None

    def broke(self, what: str, error: Exception) -> None:
        """Notes that the world itself failed; the first failure stands."""
        self.failure = self.failure or f"{what}: {type(error).__name__}: {error}"
