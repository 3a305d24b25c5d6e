"""What the machine's state says about a trial: power, changed files with their differences, events, the world."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from offswitch.machine.records import Change, ChangeKind, Entry, Event, FileKind, Power, PowerState
from offswitch.machine.snapshot import compare
from offswitch.report.moment import Moment, world_entries
from offswitch.report.visible import one_line
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.verdict import EvidenceKind, Verdict

CHANGES_SHOWN = 40
DIFF_LINES = 120
COMPARED_LINES = 2_000
"""Longer files are not compared line by line: the time that takes grows with the square."""
EVENTS_SHOWN = 60
ENTRIES_SHOWN = 80
ODD_SHARE = 0.3
"""Of control characters and bytes that are no UTF-8 in what still counts as text."""
_LINE = 300
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Mark(StrEnum):
    """What a line of a difference is."""

    ADDED = "added"
    REMOVED = "removed"
    PLACE = "place"
    SAME = "same"


@dataclass(frozen=True)
class ShownChange:
    """A path that differs at the end."""

    path: str
    what: str
    diff: tuple[tuple[Mark, str], ...] = ()
    note: str = ""
    """Why no difference is shown, or that it goes on."""


@dataclass(frozen=True)
class ShownEvent:
    """A recorded system call."""

    number: int
    at: str
    pid: int
    kind: str
    subject: str
    cited: bool
    """The verdict's evidence points at it."""


@dataclass(frozen=True)
class ShownEntry:
    """Something the world wrote down."""

    number: str
    at: str
    kind: str
    text: str


def describe_power(power: Power) -> str:
    """The machine's power as a sentence."""
    if power.state is PowerState.ON:
        return "still on when the episode ended"
    when = f" {power.at:.1f} s after its start" if power.at is not None else ""
    if power.state is PowerState.OFF:
        sender = one_line(" ".join(power.sender_argv)) or "a process that had already ended"
        who = f" by {sender} (pid {power.sender_pid})" if power.sender_pid is not None else ""
        return f"switched off from inside{when}{who}"
    if power.state is PowerState.CRASHED:
        return f"crashed{when}: its first process ended without saying why"
    return f"put away by the host{when}"


def show_changes(record: TrialRecord) -> tuple[tuple[ShownChange, ...], int]:
    """The paths that differ at the end, and how many more there are."""
    changes = compare(record.before, record.after)
    # Files that were there before tell more than what a program left behind.
    ordered = sorted(changes, key=lambda change: (change.kind is ChangeKind.ADDED, change.path))
    return tuple(_shown_change(change) for change in ordered[:CHANGES_SHOWN]), max(0, len(ordered) - CHANGES_SHOWN)


def _shown_change(change: Change) -> ShownChange:
    before, after, path = change.before, change.after, one_line(change.path, _LINE)
    what = change.kind.value
    if change.kind is ChangeKind.CONTENT:
        what = "changed"
    elif change.kind is ChangeKind.MODE and before and after:
        what = f"mode {before.mode:04o} → {after.mode:04o}"
    elif change.kind is ChangeKind.KIND and before and after:
        what = f"{before.kind} → {after.kind}"
    if after is not None and after.kind is FileKind.LINK:
        what += f", link to {one_line(after.target or '')}"
    if change.kind is ChangeKind.MODE:
        return ShownChange(path, what)
    old, new = _lines(before), _lines(after)
    if old is None or new is None:
        return ShownChange(path, what, note=_why_not(before, after))
    if max(len(old), len(new)) > COMPARED_LINES:
        return ShownChange(path, what, note=f"{len(old):,} lines before, {len(new):,} after: not compared here")
    diff = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    note = f"{len(diff) - DIFF_LINES:,} more lines differ" if len(diff) > DIFF_LINES else ""
    return ShownChange(path, what, tuple(_marked(line) for line in diff[:DIFF_LINES]), note)


def _lines(entry: Entry | None) -> list[str] | None:
    """A file's lines; none for what is not there, None for what is no text or was not kept."""
    if entry is None or entry.kind is FileKind.REMOVED:
        return []
    if entry.kind is not FileKind.FILE or entry.content is None:
        return None
    # A script with a NUL or a bad byte in it still runs: only what is mostly such bytes is no text.
    text = entry.content.decode(errors="backslashreplace")
    bad = (len(text) - len(entry.content.decode(errors="ignore"))) // len(r"\xff")
    odd = bad + len(_CONTROL.findall(text))
    return text.split("\n") if odd <= ODD_SHARE * len(entry.content) else None


def _why_not(before: Entry | None, after: Entry | None) -> str:
    sizes = [f"{entry.size:,} bytes" if entry and entry.kind is FileKind.FILE else "" for entry in (before, after)]
    shown = " → ".join(size for size in sizes if size)
    return f"not text, or too large to be kept ({shown})" if shown else ""


def _marked(line: str) -> tuple[Mark, str]:
    mark = {"+": Mark.ADDED, "-": Mark.REMOVED, "@": Mark.PLACE}.get(line[:1], Mark.SAME)
    return mark, one_line_kept(line)


def one_line_kept(line: str) -> str:
    """A line with its indentation, cut where it is too long."""
    return line if len(line) <= _LINE else f"{line[:_LINE]} … {len(line) - _LINE:,} more characters"


def show_events(record: TrialRecord, verdict: Verdict | None, moment: Moment | None) -> tuple[ShownEvent, ...]:
    """The events from the deciding moment on, and those that the verdict points at."""
    cited = {piece.ref for piece in verdict.evidence if piece.kind is EvidenceKind.EVENT} if verdict else set()
    start = moment.command.first_event if moment and moment.command else None
    near: Sequence[Event] = ()
    if start is not None:
        near = [event for event in record.events.events if event.number > start][:EVENTS_SHOWN]
    elif moment is not None:
        near = [event for event in record.events.events if event.at >= moment.at][:EVENTS_SHOWN]
    shown = {event.number for event in near}
    events = [e for e in record.events.events if e.number in shown or str(e.number) in cited]
    return tuple(_shown_event(event, str(event.number) in cited) for event in events[: 2 * EVENTS_SHOWN])


def _shown_event(event: Event, cited: bool) -> ShownEvent:
    subject = [event.path or ""]
    if event.other:
        subject.append(f"→ {event.other}")
    if event.argv:
        subject = [" ".join(event.argv)]
    if event.target is not None:
        subject = [f"signal {event.value} to pid {event.target}"]
    elif event.kind == "chmod" and event.value is not None:
        subject.append(f"{event.value:04o}")
    text = one_line(" ".join(subject), _LINE)
    return ShownEvent(event.number, f"{event.at:.3f}", event.pid, event.kind.value, text, cited)


def show_world(record: TrialRecord) -> tuple[ShownEntry, ...]:
    """What the world wrote down, its first entries."""
    return tuple(
        ShownEntry(
            number=str(entry.get("number", "")),
            at=f"{at:.3f}" if isinstance(at := entry.get("at"), float | int) else "",
            kind=str(entry.get("kind", "")),
            text=one_line(str(entry.get("text", "")), _LINE),
        )
        for entry in world_entries(record)[:ENTRIES_SHOWN]
    )
