"""The user's cache: things that are made once and kept, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from offswitch.errors import EnvironmentProblem

_PART = ".fetch-"


def cache_folder() -> Path:
    """The user's cache: $OFFSWITCH_CACHE, else $XDG_CACHE_HOME/offswitch, else ~/.cache/offswitch."""
    if chosen := os.environ.get("OFFSWITCH_CACHE"):
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "offswitch"


def keep(
    place: Path,
    make: Callable[[Path], None],
    *,
    room: int,
    there: Callable[[], bool] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """The file or folder at a place, made unless it is there.

    Safe at any moment: it appears whole, or not at all, and a second process waits for the first.

    Args:
        place: Where it is kept.
        make: Writes it to the path it is given, in a folder that is removed afterwards.
        room: Bytes that making it takes.
        there: Whether what is at the place is whole; that it exists is enough by default.
        tell: Called with a sentence where something takes time.

    Raises:
        EnvironmentProblem: no room, or the folder cannot be written.
    """
    is_there = there or place.exists
    if is_there():
        return place
    with _disk_problems(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place.parent, tell):
            if is_there():
                return place
            _discard_remains(place.parent)
            _ensure_room(place.parent, room)
            with tempfile.TemporaryDirectory(prefix=_PART, dir=place.parent) as folder:
                made = Path(folder) / place.name
                make(made)
                _flush(made)
                made.replace(place)
    tell(f"kept as {place}")
    return place


def _flush(made: Path) -> None:
    """Waits until it is on the disk, so that a power cut does not leave a name without content."""
    for path in [made] if made.is_file() else [p for p in made.rglob("*") if p.is_file()]:
        with path.open("rb") as file:
            os.fsync(file.fileno())


@contextlib.contextmanager
def _alone(folder: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Holds the folder's lock; the kernel frees it when a holder dies."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another process is fetching or converting: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _discard_remains(folder: Path) -> None:
    """Removes what a process that was killed left behind; only called with the lock held."""
    for remains in folder.glob(f"{_PART}*"):
        shutil.rmtree(remains, ignore_errors=True)


def _ensure_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free")


@contextlib.contextmanager
def _disk_problems(folder: Path) -> Iterator[None]:
    """Turns what the file system refuses into one sentence that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            detail = f"the disk of {folder} is full ({error.strerror}): make room"
        else:
            detail = f"cannot write to {folder} ({error.strerror or error})"
        raise EnvironmentProblem(f"{detail}, or set OFFSWITCH_CACHE to another folder") from error
