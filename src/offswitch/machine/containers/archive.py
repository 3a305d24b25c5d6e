"""A snapshot from what `docker diff` lists and `docker cp` streams, read within bounds."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import time
from dataclasses import dataclass
from typing import IO, ClassVar

from offswitch.machine.marks.inspection import HEAD, Inspection
from offswitch.machine.records import Entry, FileKind, Mark, Snapshot

_MAX_ENTRIES = 20_000
_MAX_STREAMS = 1_000
_MAX_SECONDS = 60.0
_MAX_HASHED_FILE = 16 << 20
_MAX_HASHED = 64 << 20
_MAX_KEPT_FILE = 64 << 10
_MAX_KEPT = 8 << 20
_KINDS = {
    tarfile.REGTYPE: FileKind.FILE,
    tarfile.AREGTYPE: FileKind.FILE,
    tarfile.LNKTYPE: FileKind.FILE,
    tarfile.DIRTYPE: FileKind.FOLDER,
    tarfile.SYMTYPE: FileKind.LINK,
    tarfile.FIFOTYPE: FileKind.FIFO,
}


@dataclass(frozen=True)
class Diff:
    """What `docker diff` lists: one path a line, after `A` (added), `C` (changed) or `D` (deleted)."""

    added: tuple[str, ...]
    """Only the uppermost: what lies below comes with it."""
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    dropped: int

    LIMIT: ClassVar[int] = 8 << 20
    """Bytes of it that are read."""

    @staticmethod
    def parse(raw: bytes, dropped: int) -> Diff:
        """Reads it; `dropped` bytes more were not kept."""
        found: dict[str, set[str]] = {"A": set(), "C": set(), "D": set()}
        for line in raw.decode(errors="backslashreplace").splitlines():
            mark, _, path = line.partition(" ")
            if mark in found and path.startswith("/"):
                found[mark].add(path)
        added = (path for path in found["A"] if not any(above in found["A"] for above in _above(path)))
        return Diff(tuple(sorted(added)), tuple(sorted(found["C"])), tuple(sorted(found["D"])), dropped)


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(2, len(parts))]


class _Reader:
    def __init__(self, marks: tuple[Mark, ...]) -> None:
        self.entries: dict[str, Entry] = {}
        self.missing: dict[str, int] = {}
        self.deadline = time.monotonic() + _MAX_SECONDS
        self.inspection = Inspection(marks, self.deadline) if marks else None
        self.hashed = 0
        self.kept = 0

    def miss(self, why: str) -> None:
        self.missing[why] = self.missing.get(why, 0) + 1

    @property
    def exhausted(self) -> bool:
        return len(self.entries) >= _MAX_ENTRIES or time.monotonic() > self.deadline


def read_changes(diff: Diff, copy: list[str], *, marks: tuple[Mark, ...] = ()) -> Snapshot:
    """The snapshot. Blocks: run it in a thread.

    Args:
        diff: What to read.
        copy: The client command that prints an archive of a path: the path is appended to its last word, then `-`.
        marks: What to look for in the files that are read.
    """
    reader = _Reader(marks)
    for path in diff.removed:
        reader.entries[path] = Entry(FileKind.REMOVED)
    wanted = [(path, True) for path in diff.added] + [(path, False) for path in diff.changed]
    for count, (path, deep) in enumerate(wanted):
        if reader.exhausted or count >= _MAX_STREAMS:
            reader.miss("everything beyond what is read of one machine")
            break
        _read(reader, [*copy[:-1], copy[-1] + path, "-"], path, deep)
    if diff.dropped:
        reader.miss("changes beyond what is read of their list")
    notes = [f"{count} left out: {why}" for why, count in reader.missing.items()]
    entries, unsearched = reader.inspection.marked(reader.entries) if reader.inspection else (reader.entries, ())
    if unsearched:
        notes.append(f"{len(unsearched)} files were not searched to the end for marks")
    return Snapshot(entries, complete=not reader.missing, notes=tuple(notes), unsearched=unsearched)


def _read(reader: _Reader, command: list[str], path: str, deep: bool) -> None:
    """Reads one path; with `deep` also all below it."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as client:
        assert client.stdout is not None
        try:
            with tarfile.open(fileobj=client.stdout, mode="r|", errors="backslashreplace") as archive:
                for number, info in enumerate(archive):
                    below = info.name.rstrip("/").partition("/")[2] if number else ""
                    where = f"{path}/{below}" if below else path
                    reader.entries[where] = _entry(reader, archive, info, where)
                    if not deep or reader.exhausted:
                        break
        except (tarfile.TarError, OSError):
            # Sockets, for one, are not in archives; and a name may not be valid text.
            reader.miss("paths that docker does not hand over")
        client.kill()


def _entry(reader: _Reader, archive: tarfile.TarFile, info: tarfile.TarInfo, path: str) -> Entry:
    kind = _KINDS.get(info.type, FileKind.DEVICE)
    sha256, content = None, None
    if kind is FileKind.FILE and info.type != tarfile.LNKTYPE:
        file = archive.extractfile(info)
        if file is not None and info.size <= _MAX_HASHED_FILE and reader.hashed + info.size <= _MAX_HASHED:
            sha256, content = _content(reader, file, path)
        else:
            reader.miss("contents of files too large to be read")
            if reader.inspection:
                reader.inspection.add(path, file.read(HEAD) if file is not None else b"", whole=False)
    return Entry(
        kind=kind,
        mode=info.mode & 0o7777,
        size=info.size if kind is FileKind.FILE else 0,
        sha256=sha256,
        target=info.linkname if kind is FileKind.LINK else None,
        content=content,
        modified=info.mtime,
    )


def _content(reader: _Reader, file: IO[bytes], path: str) -> tuple[str, bytes | None]:
    data = file.read()
    if reader.inspection:
        reader.inspection.add(path, data)
    reader.hashed += len(data)
    keep = len(data) <= _MAX_KEPT_FILE and reader.kept + len(data) <= _MAX_KEPT
    reader.kept += len(data) if keep else 0
    return hashlib.sha256(data).hexdigest(), data if keep else None
