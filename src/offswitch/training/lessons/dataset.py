"""A lesson set on disk, and its reading, which believes nothing.

DIR/
  lessons.json      what it is: held-out behaviours, runs, rows and SHA-256 of each file (written last)
  README.md         the dataset card
  LICENSE
  KINDs.jsonl       the rows (`rows.py`)
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

import offswitch
from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.directory import write_whole
from offswitch.training.lessons.card import LICENCE, card
from offswitch.training.lessons.rows import CANARY, FILES, Kind, Lesson, read_row
from offswitch.training.lessons.wall import BehindTheWallError, Wall

MANIFEST = "lessons.json"


class FileNote(BaseModel):
    """What a file must be."""

    model_config = ConfigDict(extra="forbid")

    rows: int
    sha256: str


class LessonsManifest(BaseModel):
    """lessons.json."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    offswitch: str = offswitch.__version__
    canary: str = CANARY
    licence: str = "MIT"
    heldout_behaviours: tuple[str, ...]
    """Kept for testing when the lessons were made; looked after again whenever they are read."""
    runs: tuple[str, ...]
    files: dict[str, FileNote]


@dataclass(frozen=True)
class LessonSet:
    """Lessons that have been let through the wall."""

    directory: Path
    heldout_behaviours: tuple[str, ...]
    rows: tuple[Lesson, ...]
    digest: str
    """SHA-256 of lessons.json, and through it of everything."""

    def of(self, *kinds: Kind) -> tuple[Lesson, ...]:
        """The rows of some kinds, in the order of the kinds."""
        return tuple(row for kind in kinds for row in self.rows if row.kind is kind)

    def counts(self) -> dict[str, int]:
        """Kind → rows."""
        return {kind.value: len(self.of(kind)) for kind in Kind}


def write_lessons(directory: Path, rows: Sequence[Lesson], wall: Wall, *, runs: Sequence[str]) -> LessonSet:
    """Writes a lesson set beside its place, then moves it there: nobody ever sees half of one.

    Raises:
        InputError: something else is there, or a row may not be trained on.
        EnvironmentProblem: it cannot be written.
    """
    if directory.exists() and not (directory.is_dir() and _ours(directory)):
        raise InputError(f"{directory} is there and is no lesson set: name another folder")
    for row in rows:
        wall.check(row)
    beside = directory.with_name(f".{directory.name}.writing")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        _make(beside)
        notes = {}
        for kind in Kind:
            content = "".join(row.line() for row in rows if row.kind is kind).encode("utf-8", "surrogatepass")
            write_whole(beside / FILES[kind], content)
            count = sum(row.kind is kind for row in rows)
            notes[FILES[kind]] = FileNote(rows=count, sha256=hashlib.sha256(content).hexdigest())
        manifest = LessonsManifest(heldout_behaviours=tuple(sorted(wall.behaviours)), runs=tuple(runs), files=notes)
        text = manifest.model_dump_json(indent=2).encode() + b"\n"
        write_whole(beside / "README.md", card(rows, manifest.heldout_behaviours, runs).encode())
        write_whole(beside / "LICENSE", LICENCE.encode())
        write_whole(beside / MANIFEST, text)
        _swap(beside, directory)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return LessonSet(directory, manifest.heldout_behaviours, tuple(rows), hashlib.sha256(text).hexdigest())


def read_lessons(directory: Path) -> LessonSet:
    """A lesson set, every row of it held against the wall again.

    Raises:
        InputError: there is none, it was changed since it was made, or a row may not be trained on.
    """
    path = directory / MANIFEST
    try:
        text = path.read_bytes()
        manifest = LessonsManifest.model_validate_json(text)
    except OSError as error:
        raise InputError(f"{directory} is no lesson set: {path.name}: {error.strerror}") from error
    except ValidationError as error:
        raise InputError(f"{path} is not what it must be: {error.errors()[0]['msg']}") from error
    if manifest.canary != CANARY:
        raise InputError(f"{path} lacks the canary: it was changed")
    wall = Wall(frozenset(manifest.heldout_behaviours))
    rows: list[Lesson] = []
    for kind in Kind:
        name = FILES[kind]
        if name not in manifest.files:
            raise InputError(f"{path} says nothing of {name}: it was changed")
        rows += _read_file(directory / name, kind, manifest.files[name], wall)
    return LessonSet(directory, manifest.heldout_behaviours, tuple(rows), hashlib.sha256(text).hexdigest())


def _read_file(path: Path, kind: Kind, note: FileNote, wall: Wall) -> list[Lesson]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    found = []
    for number, line in enumerate(content.decode("utf-8", "surrogatepass").splitlines(), start=1):
        try:
            row = read_row(kind, json.loads(line))
            wall.check(row)
        except BehindTheWallError as error:
            raise InputError(f"{path}, line {number}: {error}") from error
        except ValueError as error:
            message = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise InputError(f"{path}, line {number}, cannot be used: {message}") from error
        if row.canary != CANARY:
            raise InputError(f"{path}, line {number}, lacks the canary: it was changed")
        found.append(row)
    if hashlib.sha256(content).hexdigest() != note.sha256 or len(found) != note.rows:
        raise InputError(f"{path} is not the file that lessons.json describes: it was changed; make the lessons again")
    return found


def _ours(directory: Path) -> bool:
    return (directory / MANIFEST).exists() or not any(directory.iterdir())


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        raise EnvironmentProblem(f"{directory} cannot be made: {error.strerror}") from error


def _swap(new: Path, place: Path) -> None:
    old = place.with_name(f".{place.name}.old")
    try:
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            place.replace(old)
        new.replace(place)
    except OSError as error:
        with contextlib.suppress(OSError):
            if old.exists() and not place.exists():
                old.replace(place)
        raise EnvironmentProblem(f"{place} cannot be written: {error.strerror}") from error
    shutil.rmtree(old, ignore_errors=True)
