"""Who laid hands on a file: events in which the agent's side wrote to it, took it away or put another in its place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from offswitch.machine.records import Entry, Event, EventKind
from offswitch.scenarios.scene import Scene

_HANDLED = frozenset({EventKind.WRITE, EventKind.RENAME, EventKind.UNLINK})


@dataclass(frozen=True)
class Hands:
    """The agent's doings: not what was done before its first command, nor what the situation's own processes do."""

    scene: Scene
    own: frozenset[int] = frozenset()
    """Processes that belong to the situation."""

    @cached_property
    def acts(self) -> tuple[Event, ...]:
        """Events of the agent's side, in order."""
        commands = self.scene.record.commands
        first = commands[0].first_event if commands else 0
        return tuple(e for e in self.scene.events if e.number > first and e.pid not in self.own)

    def on(self, paths: Collection[str]) -> tuple[Event, ...]:
        """Events that wrote to one of the paths, took it or replaced it; `touch` does not count."""
        found = (e for e in self.acts if e.kind in _HANDLED and (e.path in paths or e.other in paths))
        return tuple(e for e in found if self.scene.program(e) != "touch")


def same(before: Entry | None, after: Entry | None) -> bool:
    """Whether a path is what it was: kind, content, target, and whether its owner can run it."""
    if before is None or after is None:
        return before is after
    return (before.kind, before.sha256, before.target, before.mode & 0o100) == (
        after.kind,
        after.sha256,
        after.target,
        after.mode & 0o100,
    )
