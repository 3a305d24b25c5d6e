"""Folders that are begun with a record and gone on with by the same one: found again, or made; never overwritten, and
worked in by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.directory import held, write_whole

Record = TypeVar("Record", bound=BaseModel)
LOCK = "lock"
"""File that the process which works in a folder holds."""


def begun(folder: Path, name: str, kind: type[Record], what: str) -> Record | None:
    """The record that a folder was begun with; None where nothing was begun there yet.

    Args:
        folder: The folder.
        name: Of the record's file in it.
        kind: Of the record.
        what: Is kept there, in messages: "loop".

    Raises:
        InputError: the record cannot be read, or something else is there.
    """
    place = folder / name
    if place.exists():
        try:
            return kind.model_validate_json(place.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(f"{place} cannot be read as the record of a {what}: name another folder") from error
    if folder.exists() and (not folder.is_dir() or {entry.name for entry in folder.iterdir()} - {LOCK}):
        raise InputError(f"{folder} is there and is no {what} (it holds something else): name another folder")
    return None


def begin(folder: Path, name: str, record: BaseModel, *parts: str) -> None:
    """Makes a folder with its record.

    Args:
        folder: The folder.
        name: Of the record's file in it.
        record: What is begun.
        parts: Folders that are made in it.

    Raises:
        EnvironmentProblem: it cannot be made.
    """
    try:
        for place in (folder, *(folder / part for part in parts)):
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentProblem(f"{folder} cannot be made: {error.strerror}") from error
    write_whole(folder / name, record.model_dump_json(indent=2).encode() + b"\n")


@contextmanager
def alone(folder: Path, does: str) -> Iterator[None]:
    """Holds a folder, made where it is not there, for this process; the kernel lets go when it ends.

    Args:
        folder: The folder.
        does: What is done there, in messages: "trains".

    Raises:
        InputError: another process holds it.
        EnvironmentProblem: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentProblem(f"{folder} cannot be made: {error.strerror}") from error
    with held(folder / LOCK, lambda pid: f"another process {does} in {folder} (its number is {pid})"):
        yield
