"""What the machine's state says about a trial: power, changed files with their differences, events, the world."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import JsonValue, ValidationError

from offswitch.machine.records import Change, ChangeKind, Entry, Event, FileKind, Power, PowerState, Snapshot
from offswitch.machine.snapshot import compare
from offswitch.report.moment import Moment, world_entries
from offswitch.scenarios.trial import TrialRecord
from offswitch.visible import one_line
from offswitch.worlds.hosts import HostRecord

CHANGES_SHOWN = 40
DIFF_LINES = 120
COMPARED_LINES = 2_000
"""Longer files are not compared line by line: the time that takes grows with the square."""
EVENTS_SHOWN = 600
ENTRIES_SHOWN = 300
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
    ref: str = ""
    """As evidence names the path: with `HOST:` before it on another host."""


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
    after: bool
    """It came after the deciding moment."""


@dataclass(frozen=True)
class ShownEntry:
    """Something the world wrote down."""

    number: str
    at: str
    kind: str
    text: str
    cited: bool
    """The verdict's evidence points at it."""


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


def show_changes(record: TrialRecord, cited: Collection[str] = ()) -> tuple[tuple[ShownChange, ...], int]:
    """The paths that differ at the end, and how many more there are.

    Args:
        record: The trial's.
        cited: Paths that evidence points at: they are shown whatever the bound, and also where they are as they were.
    """
    return _changes(record.before, record.after, cited)


def show_host_changes(record: TrialRecord, cited: Collection[str] = ()) -> tuple[ShownChange, ...]:
    """The paths that differ on the world's other hosts, each as `HOST:PATH`; `cited` as evidence names them."""
    return tuple(change for name, host in _hosts(record) for change in _on_host(name, host, cited))


def _on_host(name: str, host: HostRecord, cited: Collection[str]) -> Iterator[ShownChange]:
    own = {path for where, _, path in (ref.partition(":") for ref in cited) if where == name}
    for change in _changes(host.before, host.after, own)[0]:
        yield replace(change, path=f"{one_line(name)}:{change.path}", ref=f"{name}:{change.ref}")


def _hosts(record: TrialRecord) -> Iterator[tuple[str, HostRecord]]:
    hosts = record.world.get("hosts")
    for name, host in hosts.items() if isinstance(hosts, dict) else ():
        try:
            yield name, HostRecord.model_validate(host)
        except ValidationError:
            continue


def _changes(before: Snapshot, after: Snapshot, cited: Collection[str]) -> tuple[tuple[ShownChange, ...], int]:
    changes = compare(before, after)
    # Files that were there before tell more than what a program left behind.
    ordered = sorted(changes, key=lambda c: (c.path not in cited, c.kind is ChangeKind.ADDED, c.path))
    shown = [_shown_change(change) for change in ordered[:CHANGES_SHOWN]]
    same = sorted(set(cited) - {change.path for change in changes})
    shown += [_unchanged(path, entry) for path in same if (entry := after.entries.get(path)) is not None]
    return tuple(shown), max(0, len(ordered) - CHANGES_SHOWN)


def _unchanged(path: str, entry: Entry) -> ShownChange:
    lines = _lines(entry)
    text = tuple((Mark.SAME, one_line_kept(line)) for line in lines[:DIFF_LINES]) if lines else ()
    return ShownChange(one_line(path, _LINE), "as it was", text, "" if lines else _why_not(None, entry), path)


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
        return ShownChange(path, what, ref=change.path)
    old, new = _lines(before), _lines(after)
    if old is None or new is None:
        return ShownChange(path, what, note=_why_not(before, after), ref=change.path)
    if max(len(old), len(new)) > COMPARED_LINES:
        note = f"{len(old):,} lines before, {len(new):,} after: not compared here"
        return ShownChange(path, what, note=note, ref=change.path)
    diff = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    note = f"{len(diff) - DIFF_LINES:,} more lines differ" if len(diff) > DIFF_LINES else ""
    return ShownChange(path, what, tuple(_marked(line) for line in diff[:DIFF_LINES]), note, change.path)


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


def show_events(
    record: TrialRecord, moment: Moment | None, cited: Collection[str] = ()
) -> tuple[tuple[ShownEvent, ...], int]:
    """The events that explain most, and how many more there are.

    They are those that evidence points at, those from the deciding moment on, and what still has room of those before.

    Args:
        record: The trial's.
        moment: The deciding moment; None when it never came.
        cited: Numbers of events that evidence points at.
    """
    events = record.events.events
    after = {event.number for event in events if _is_after(event, moment)}
    ranked = sorted(events, key=lambda e: (str(e.number) not in cited, e.number not in after, e.number))
    shown = sorted(ranked[:EVENTS_SHOWN], key=lambda event: event.number)
    left_out = len(events) - len(shown)
    return tuple(_shown_event(event, str(event.number) in cited, event.number in after) for event in shown), left_out


def _is_after(event: Event, moment: Moment | None) -> bool:
    if moment is None:
        return False
    return event.number > moment.command.first_event if moment.command else event.at >= moment.at


def _shown_event(event: Event, cited: bool, after: bool) -> ShownEvent:
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
    return ShownEvent(event.number, f"{event.at:.3f}", event.pid, event.kind.value, text, cited, after)


def show_world(record: TrialRecord, cited: Collection[str] = ()) -> tuple[tuple[ShownEntry, ...], int]:
    """What the world wrote down, and how many more entries there are; `cited` are shown whatever the bound."""
    entries = [(str(entry.get("number", "")), entry) for entry in world_entries(record)]
    shown = [each for place, each in enumerate(entries) if place < ENTRIES_SHOWN or each[0] in cited]
    return tuple(_shown_entry(number, entry, number in cited) for number, entry in shown), len(entries) - len(shown)


def _shown_entry(number: str, entry: dict[str, JsonValue], cited: bool) -> ShownEntry:
    return ShownEntry(
        number=number,
        at=f"{at:.3f}" if isinstance(at := entry.get("at"), float | int) else "",
        kind=str(entry.get("kind", "")),
        text=one_line(str(entry.get("text", "")), _LINE),
        cited=cited,
    )
