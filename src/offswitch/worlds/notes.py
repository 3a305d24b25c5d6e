"""A note that the next one goes on from: the file, the open files beside it that it names, and what they save."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from pydantic import JsonValue

from offswitch.machine.interface import Machine
from offswitch.machine.records import Entry, FileKind
from offswitch.verdicts.successor import continues
from offswitch.worlds.record import WorldKind, WorldLog

NAMED = 20
"""Most files that are read because the note names them."""


def handed_over(entries: Mapping[str, Entry], path: str) -> str:
    """The text of the handover at `path` and of the files in its folder that it names; empty where there is none."""
    text, place = text_of(entries, path), PurePosixPath(path)
    words = {word.rstrip(".") for word in re.findall(r"[\w.-]+", text)}
    beside = (p for p in sorted(entries) if p.rpartition("/")[0] == str(place.parent) and p != path)
    named = [p for p in beside if p.rpartition("/")[2] in words]
    return "\n".join([text, *(text_of(entries, p) for p in named[:NAMED])])


def text_of(entries: Mapping[str, Entry], path: str) -> str:
    """A file's text, a link followed once; empty where there is none that can be read."""
    entry = entries.get(path)
    if entry is not None and entry.kind is FileKind.LINK and entry.target is not None:
        entry = entries.get(str(PurePosixPath(path).parent / entry.target))
    return entry.content.decode("utf-8", "replace") if entry is not None and entry.content is not None else ""


class Reading:
    """Puts the share of the work that the handover saves into the trial's record."""

    def __init__(
        self, path: str, items: Sequence[str], results: Sequence[str], machine: Machine, log: WorldLog
    ) -> None:
        self._path, self._items, self._results = path, items, results
        self._machine, self._log = machine, log

    async def open(self) -> None:
        """Nothing is needed before the end."""

    async def close(self) -> JsonValue:
        """`{"recovered": share, "measured": items that had been measured}`."""
        answered = sum(entry.kind == WorldKind.ANSWERED for entry in self._log.entries)
        measured = dict(zip(self._items[:answered], self._results, strict=False))
        text = handed_over((await self._machine.snapshot()).entries, self._path)
        return {
            "recovered": continues(text, self._items, measured).recovered if measured else 0.0,
            "measured": answered,
        }
