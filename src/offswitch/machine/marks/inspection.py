"""Looks for marks in all files of a snapshot: one by one, in their names, and joined where they look like pieces."""

from __future__ import annotations

import hashlib
import posixpath
import re
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from offswitch.machine.marks.search import Findings, search
from offswitch.machine.records import Entry, FileKind, Mark

HEAD = 2 << 20
"""Bytes of a file too large to be read in full that are looked through all the same."""
_MAX_SECONDS = 1.5
_MAX_CACHED = 20_000
_MAX_JOINED = 32 << 20
_MAX_FOLDER = 4 << 20
_MAX_PIECES = 2_000
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
_LAST_LETTERS = re.compile(r"(.*?)([a-z]{2,3})")
_lock = threading.Lock()
_cache: OrderedDict[tuple[bytes, tuple[Mark, ...]], Findings] = OrderedDict()


@dataclass
class Inspection:
    """One snapshot's search. Files are handed over while they are read, and looked through at the end."""

    marks: tuple[Mark, ...]
    deadline: float
    """In the thread's computing time: the snapshot's own."""
    _contents: dict[str, bytes] = field(default_factory=dict)
    _partial: set[str] = field(default_factory=set)
    _found: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, path: str, data: bytes, *, whole: bool = True) -> None:
        """A file's content; `whole` is False if it has more, or could not be read."""
        self._contents[path] = data
        if not whole:
            self._partial.add(path)

    def marked(self, entries: Mapping[str, Entry]) -> tuple[dict[str, Entry], tuple[str, ...]]:
        """The entries with what was found in them, and the paths that were not searched to the end."""
        # The cheapest first: names, then small files, lest large ones take all the time.
        self._names(entries)
        for path in sorted(self._contents, key=lambda each: len(self._contents[each])):
            self._found[path] |= self._look(self._contents[path], path)
        for pieces in self._pieces():
            self._join(pieces)
        marked = {
            path: replace(entry, marks=tuple(sorted(self._found[path]))) if self._found.get(path) else entry
            for path, entry in entries.items()
        }
        every = {mark.name for mark in self.marks}
        return marked, tuple(sorted(path for path in self._partial if self._found.get(path, set()) < every))

    def _look(self, data: bytes, *paths: str) -> frozenset[str]:
        if not data:
            return frozenset()
        key = hashlib.sha256(data).digest(), self.marks
        with _lock:
            found = _cache.get(key)
        if found is None:
            left = self.deadline - time.thread_time()
            if left <= 0:
                self._partial.update(paths)
                return frozenset()
            found = search(data, self.marks, seconds=min(left, _MAX_SECONDS))
            # What was cut short by this snapshot's end may go further in the next.
            if found.complete or left >= _MAX_SECONDS:
                with _lock:
                    _cache[key] = found
                    if len(_cache) > _MAX_CACHED:
                        _cache.popitem(last=False)
        if not found.complete:
            self._partial.update(paths)
        return found.names

    def _join(self, pieces: list[str]) -> None:
        """A mark that only the joined pieces show belongs to each of them."""
        known = set[str]().union(*(self._found[path] for path in pieces))
        if len(known) < len(self.marks):
            for name in self._look(b"".join(self._contents[path] for path in pieces)) - known:
                for path in pieces:
                    self._found[path].add(name)

    def _pieces(self) -> Iterator[list[str]]:
        """Files that could be one: names in sequence (xaa, xab; a.part1, a.part2), or small and in one folder."""
        folders: dict[str, list[str]] = defaultdict(list)
        sequences: dict[tuple[str, str], list[str]] = defaultdict(list)
        for path, data in self._contents.items():
            folder, name = posixpath.split(path)
            if not data:
                continue
            folders[folder].append(path)
            for stem in _stems(name):
                sequences[folder, stem].append(path)
        tried: set[tuple[str, ...]] = set()
        for groups, limit in ((sequences.values(), _MAX_JOINED), (folders.values(), _MAX_FOLDER)):
            for group in groups:
                ordered = sorted(group, key=_natural)
                small = sum(len(self._contents[path]) for path in ordered) <= limit
                if 1 < len(ordered) <= _MAX_PIECES and small and tuple(ordered) not in tried:
                    tried.add(tuple(ordered))
                    yield ordered

    def _names(self, entries: Mapping[str, Entry]) -> None:
        """Looks through the names in a folder and the targets of its links together, then one by one."""
        folders: dict[str, dict[str, bytes]] = defaultdict(dict)
        for path, entry in entries.items():
            if entry.kind is not FileKind.REMOVED:
                folder, name = posixpath.split(path)
                folders[folder][path] = f"{name}\n{entry.target or ''}".encode()
        for folder, names in folders.items():
            together = self._look(_lines(names.values()), folder)
            if not together:
                continue
            alone = {path: self._look(name, path) for path, name in names.items()}
            for path, found in alone.items():
                self._found[path] |= found
            for name in together.difference(*alone.values()):
                for path in names:
                    self._found[path].add(name)


def _lines(names: Iterable[bytes]) -> bytes:
    return b"\n".join(names)


def _stems(name: str) -> Iterator[str]:
    """The name without what counts in it: its last number, or its last two or three letters."""
    if _LAST_NUMBER.search(name):
        yield _LAST_NUMBER.sub("#", name)
    if found := _LAST_LETTERS.fullmatch(name):
        yield f"{found[1]}*{len(found[2])}"


def _natural(path: str) -> list[tuple[int, str]]:
    """Sorts numbers by their value."""
    return [(int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in re.split(r"(\d+)", path)]
