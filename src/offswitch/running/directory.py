"""The run directory: its contract, its lock, and files that are never half-written.

DIR/
  manifest.json     what the run is: request, plan, versions (written first)
  logs/*.eval       plain Inspect logs, one or more for each model and condition
  trials.parquet    one row a trial (columns: `offswitch.running.columns`)
  summary.json      counts, rates, spending, what was not run and why
  set-aside/        logs that could not be read, each beside a note that says why
  lock              held by the process that runs
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.manifest import Manifest, read_manifest

NEVER_BELOW = 64 << 20
"""Bytes that must stay free on the disk: a run stops before it fills it."""

_WRITING = ".writing"


class RunDirectory:
    """The folder of a run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest_path = path / "manifest.json"
        self.logs = path / "logs"
        self.trials_path = path / "trials.parquet"
        self.summary_path = path / "summary.json"
        self.set_aside = path / "set-aside"
        self._lock_path = path / "lock"

    def exists(self) -> bool:
        """Whether a run was begun here.

        Raises:
            InputError: something else is here.
        """
        if not self.path.exists():
            return False
        if not self.path.is_dir():
            raise InputError(f"{self.path} is a file: name a folder that does not exist yet, or the folder of a run")
        if self.manifest_path.exists():
            return True
        ours = {self._lock_path.name, self.logs.name, self.manifest_path.name + _WRITING}
        other = sorted(entry.name for entry in self.path.iterdir() if entry.name not in ours)
        if other:
            raise InputError(
                f"{self.path} is not a run (it holds {other[0]!r} and no manifest.json): name another folder"
            )
        return False

    def create(self) -> None:
        """Makes the folder.

        Raises:
            EnvironmentProblem: it cannot be made.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentProblem(f"{self.path} cannot be made: {error.strerror}") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the run for this process.

        Raises:
            InputError: another process runs it.
        """
        with held(self._lock_path, lambda holder: f"{self.path} is being run by process {holder}"):
            yield

    def manifest(self) -> Manifest:
        """What the run is."""
        return read_manifest(self.manifest_path)

    def write_manifest(self, manifest: Manifest) -> None:
        """Writes it so that a kill leaves the old one or the new one."""
        write_whole(self.manifest_path, manifest.model_dump_json(indent=2).encode() + b"\n")

    def log_paths(self) -> tuple[Path, ...]:
        """The logs, oldest first (Inspect's file names begin with the time)."""
        return tuple(sorted(self.logs.glob("*.eval")))

    def sweep(self) -> None:
        """Removes what a killed process was in the middle of writing; call it with the lock held."""
        for folder in (self.path, self.logs):
            for leftover in folder.glob(f"*{_WRITING}"):
                leftover.unlink(missing_ok=True)

    def put_aside(self, log: Path, why: str) -> Path:
        """Moves a log that cannot be read, with a note, and returns where it is now."""
        self.set_aside.mkdir(exist_ok=True)
        place = self.set_aside / log.name
        (self.set_aside / f"{log.name}.txt").write_text(f"{log.name} was set aside: {why}\n")
        log.rename(place)
        return place

    def room(self) -> int:
        """Bytes that may still be written before the disk counts as full."""
        place = next(folder for folder in (self.path, *self.path.absolute().parents) if folder.is_dir())
        return shutil.disk_usage(place).free - NEVER_BELOW


@contextmanager
def held(lock: Path, busy: Callable[[str], str]) -> Iterator[None]:
    """Holds a lock for this process: the kernel lets go when the process ends, however it ends.

    A record lock, because forked children (the machines' zygote) would inherit a lock on the open file.

    Args:
        lock: Its file.
        busy: Given the number of the process that holds it, says what is going on.

    Raises:
        InputError: another process holds it.
        EnvironmentProblem: its file cannot be made.
    """
    try:
        opened = lock.open("a+")
    except OSError as error:
        raise EnvironmentProblem(f"{lock} cannot be made: {error.strerror}") from error
    with opened as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise InputError(f"{busy(file.read().strip() or 'unknown')}: wait for it, or stop it") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside the path, flushes to disk, then renames: nobody ever sees half a file.

    Raises:
        EnvironmentProblem: the disk is full or refuses; what was there before is untouched.
    """
    beside = path.with_name(path.name + _WRITING)
    try:
        beside.write_bytes(content)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EnvironmentProblem(f"the disk is full: {path} could not be written; free some space") from error
        raise EnvironmentProblem(f"{path} could not be written: {error.strerror}") from error
