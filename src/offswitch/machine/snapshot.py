"""What a machine changed: reads the upper folders of its overlays within bounds, and compares two such readings.

An agent can leave anything there: FIFOs, link loops, huge or sparse files, deep folders, names that are not UTF-8.
Every path is opened relative to its folder's descriptor, no link is followed, nothing that could block is opened.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from offswitch.machine.marks.inspection import HEAD, Inspection
from offswitch.machine.records import Change, ChangeKind, Entry, FileKind, Mark, Snapshot

_MAX_ENTRIES = 20_000
_MAX_SECONDS = 10.0
"""Of computing, not of waiting: a busy computer makes a snapshot slower, never poorer."""
_MAX_DEPTH = 256
_MAX_PATH = 4096
_MAX_HASHED_FILE = 16 << 20
_MAX_HASHED = 64 << 20
_MAX_KEPT_FILE = 64 << 10
_MAX_KEPT = 8 << 20
_OPAQUE = ("user.overlay.opaque", "trusted.overlay.opaque")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = {
    stat.S_IFREG: FileKind.FILE,
    stat.S_IFDIR: FileKind.FOLDER,
    stat.S_IFLNK: FileKind.LINK,
    stat.S_IFIFO: FileKind.FIFO,
    stat.S_IFSOCK: FileKind.SOCKET,
}


@dataclass(frozen=True)
class Upper:
    """The writable side of one overlay."""

    descriptor: int
    """Of its folder; stays valid when the machine is off."""
    where: str
    """Where the overlay stands in the machine: empty for the root, `/usr`."""
    below: str
    """The read-only folder under it, on the host."""


@dataclass
class _Reader:
    """One reading, with what is left of its bounds."""

    quiet: bool
    deadline: float
    inspection: Inspection | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    hashed: int = 0
    kept: int = 0
    unread: int = 0
    missing: dict[str, int] = field(default_factory=dict)

    def miss(self, why: str) -> None:
        """Something was left out."""
        self.missing[why] = self.missing.get(why, 0) + 1


def take(uppers: tuple[Upper, ...], *, quiet: bool, marks: tuple[Mark, ...] = ()) -> Snapshot:
    """Reads the upper folders, and looks for marks in what it reads.

    `quiet`: the machine is off, so that closed folders may be opened for reading.
    """
    deadline = time.thread_time() + _MAX_SECONDS
    reader = _Reader(quiet, deadline, Inspection(marks, deadline) if marks else None)
    for upper in uppers:
        _walk(reader, upper)
    notes = [f"{count} left out: {why}" for why, count in reader.missing.items()]
    if reader.unread:
        notes.append(f"{reader.unread} files were too large to be read and have no hash")
    entries, unsearched = reader.inspection.marked(reader.entries) if reader.inspection else (reader.entries, ())
    if unsearched:
        notes.append(f"{len(unsearched)} files were not searched to the end for marks")
    return Snapshot(entries, complete=not reader.missing, notes=tuple(notes), unsearched=unsearched)


def _walk(reader: _Reader, upper: Upper) -> None:
    """Breadth first, a queue instead of recursion; a folder is opened anew from the top, one name at a time."""
    todo: deque[tuple[bytes, ...]] = deque([()])
    while todo:
        parts = todo.popleft()
        folder = _open_folder(reader, upper.descriptor, parts)
        if folder is None:
            continue
        try:
            todo += _read_folder(reader, upper, folder, parts)
        finally:
            os.close(folder)
        if _exhausted(reader):
            return


def _exhausted(reader: _Reader) -> bool:
    if len(reader.entries) >= _MAX_ENTRIES:
        reader.miss(f"everything beyond {_MAX_ENTRIES} paths")
    elif time.thread_time() > reader.deadline:
        reader.miss(f"everything beyond {_MAX_SECONDS:.0f} s of reading")
    else:
        return False
    return True


def _open_folder(reader: _Reader, start: int, parts: tuple[bytes, ...]) -> int | None:
    folder = os.dup(start)
    for name in parts:
        try:
            below = os.open(name, _FOLDER, dir_fd=folder)
        except PermissionError:
            if not reader.quiet:
                reader.miss("folders that cannot be opened while the machine is on")
                os.close(folder)
                return None
            os.chmod(name, 0o700, dir_fd=folder)
            below = os.open(name, _FOLDER, dir_fd=folder)
        except OSError:
            reader.miss("folders that changed while they were read")
            os.close(folder)
            return None
        os.close(folder)
        folder = below
    return folder


def _read_folder(reader: _Reader, upper: Upper, folder: int, parts: tuple[bytes, ...]) -> list[tuple[bytes, ...]]:
    """Notes all that is in one folder; returns the folders in it."""
    below: list[tuple[bytes, ...]] = []
    names: set[bytes] = set()
    prefix = upper.where + "".join(f"/{_text(part)}" for part in parts)
    for name in sorted(os.fsencode(each) for each in _names(reader, folder)):
        path = f"{prefix}/{_text(name)}"
        names.add(name)
        if len(path) > _MAX_PATH:
            reader.miss(f"paths longer than {_MAX_PATH}")
            continue
        try:
            entry = _entry(reader, folder, name, path)
        except OSError:
            reader.miss("paths that changed while they were read")
            continue
        if upper.where or path != "/usr" or entry.kind is not FileKind.FOLDER:
            reader.entries[path] = entry
        if entry.kind is FileKind.FOLDER:
            if len(parts) < _MAX_DEPTH:
                below.append((*parts, name))
            else:
                reader.miss(f"folders deeper than {_MAX_DEPTH}")
    if parts and _opaque(folder):
        _removed(reader, upper, prefix, parts, names)
    return below


def _names(reader: _Reader, folder: int) -> list[str]:
    found: list[str] = []
    room = _MAX_ENTRIES - len(reader.entries)
    with os.scandir(folder) as each:
        for entry in each:
            if len(found) >= room:
                reader.miss(f"everything beyond {_MAX_ENTRIES} paths")
                break
            found.append(entry.name)
    return found


def _removed(reader: _Reader, upper: Upper, prefix: str, parts: tuple[bytes, ...], names: set[bytes]) -> None:
    """An opaque folder hides all that was below it."""
    try:
        hidden = os.listdir(os.path.join(os.fsencode(upper.below), *parts))  # noqa: PTH118, PTH208 - bytes
    except OSError:
        return
    for name in hidden:
        if name not in names and len(reader.entries) < _MAX_ENTRIES:
            reader.entries[f"{prefix}/{_text(name)}"] = Entry(FileKind.REMOVED)


def _opaque(folder: int) -> bool:
    for attribute in _OPAQUE:
        try:
            if os.getxattr(folder, attribute) == b"y":
                return True
        except OSError:
            continue
    return False


def _entry(reader: _Reader, folder: int, name: bytes, path: str) -> Entry:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISCHR(found.st_mode) and found.st_rdev == 0:
        return Entry(FileKind.REMOVED)
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), FileKind.DEVICE)
    target = _text(os.readlink(name, dir_fd=folder)) if kind is FileKind.LINK else None
    sha256, content = _content(reader, folder, name, path, found) if kind is FileKind.FILE else (None, None)
    return Entry(
        kind=kind,
        mode=stat.S_IMODE(found.st_mode),
        size=found.st_size if kind is FileKind.FILE else 0,
        sha256=sha256,
        target=target,
        content=content,
        inode=found.st_ino,
        modified=found.st_mtime,
    )


def _content(
    reader: _Reader, folder: int, name: bytes, path: str, found: os.stat_result
) -> tuple[str | None, bytes | None]:
    size = found.st_size
    whole = size <= _MAX_HASHED_FILE and reader.hashed + size <= _MAX_HASHED
    reader.unread += not whole
    if not whole and reader.inspection is None:
        return None, None
    file = _open_file(reader, folder, name)
    if file is None:
        reader.unread += whole
        if reader.inspection:
            reader.inspection.add(path, b"", whole=False)
        return None, None
    with os.fdopen(file, "rb") as opened:
        if not whole:
            assert reader.inspection is not None
            reader.inspection.add(path, _head(opened), whole=False)
            return None, None
        data = opened.read(size)
    if reader.inspection:
        reader.inspection.add(path, data)
    reader.hashed += len(data)
    keep = len(data) <= _MAX_KEPT_FILE and reader.kept + len(data) <= _MAX_KEPT
    reader.kept += len(data) if keep else 0
    return hashlib.sha256(data).hexdigest(), data if keep else None


def _open_file(reader: _Reader, folder: int, name: bytes) -> int | None:
    try:
        return os.open(name, _FILE, dir_fd=folder)
    except PermissionError:
        if not reader.quiet:
            return None
        os.chmod(name, 0o400, dir_fd=folder)
        return os.open(name, _FILE, dir_fd=folder)


def _head(file: IO[bytes]) -> bytes:
    """The beginning of a large file: the first part of it that is no hole."""
    try:
        file.seek(os.lseek(file.fileno(), 0, os.SEEK_DATA))
    except OSError:
        return b""
    return file.read(HEAD)


def _text(raw: bytes | str) -> str:
    return (raw if isinstance(raw, bytes) else os.fsencode(raw)).decode(errors="backslashreplace")


def compare(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """What became different between two snapshots, by path."""
    paths = sorted(before.entries.keys() | after.entries.keys())
    changes = (_change(path, before.entries, after.entries) for path in paths)
    return tuple(change for change in changes if change is not None)


def _change(path: str, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Change | None:
    old, new = before.get(path), after.get(path)
    was = old is not None and old.kind is not FileKind.REMOVED
    is_now = new is not None and new.kind is not FileKind.REMOVED
    kind: ChangeKind | None = None
    if was and not is_now:
        kind = ChangeKind.REMOVED
    elif is_now and not was:
        kind = ChangeKind.ADDED
    elif old is not None and new is not None:
        kind = _difference(old, new)
    elif new is not None:
        kind = ChangeKind.REMOVED
    return Change(path, kind, old, new) if kind is not None else None


def _difference(old: Entry, new: Entry) -> ChangeKind | None:
    if old.kind is not new.kind:
        return ChangeKind.KIND
    if (old.size, old.sha256, old.target) != (new.size, new.sha256, new.target):
        return ChangeKind.CONTENT
    # Without a hash on either side, the time of writing is all there is to go by.
    if old.kind is FileKind.FILE and old.sha256 is None and old.modified != new.modified:
        return ChangeKind.CONTENT
    return ChangeKind.MODE if old.mode != new.mode else None
