"""Follows runs: writes their site again, beside the one that is being read, whenever their logs have grown."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from offswitch.errors import InputError, OffswitchError
from offswitch.report.run import Run, TrialRow
from offswitch.report.site.build import write_site, write_waiting
from offswitch.report.site.material import Material, read_material
from offswitch.report.site.output import data_file
from offswitch.report.site.trials.pack import packed
from offswitch.report.site.trials.transcripts import shown

POLL = 2.0
"""Seconds between two looks at the logs."""
RESTS = 3.0
"""Writing the site may take the quarter of a processor that this leaves: the run needs it more."""


@dataclass(frozen=True)
class Source:
    """A folder of trials that is followed."""

    directory: Path
    refresh: Callable[[], Sequence[str]]
    """Brings its trials.parquet up to date; raises InputError while there are no trials yet."""


@dataclass(frozen=True)
class _Now:
    """The site as it is at the moment."""

    version: int
    folder: Path
    trials: int
    planned: int | None
    places: dict[str, tuple[Run, TrialRow]]
    """Run and row of each trial, by its id."""


class Followed:
    """The site of some runs, kept up to date in a folder of its own."""

    def __init__(self, sources: Sequence[Source], folder: Path, inspect: str = "") -> None:
        """Writes the site for the first time.

        Raises:
            InputError: a folder cannot be read as a run.
        """
        self._sources = sources
        self._folder = folder
        self._inspect = inspect
        self._token = secrets.token_hex(4)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: object = None
        self._now = self._waiting()
        self.notes: tuple[str, ...] = ()
        """What a person should know of the last look: logs that gave nothing, and why."""
        self._look()

    @property
    def folder(self) -> Path:
        """Where the site of the moment is."""
        return self._now.folder

    @property
    def trials(self) -> int:
        """How many trials it shows."""
        return self._now.trials

    def state(self) -> str:
        """What pages ask for to know whether they are up to date, as a data file."""
        now = self._now
        version = f"{self._token}.{now.version}"
        return data_file("live.js", {"version": version, "trials": now.trials, "planned": now.planned})

    def text(self, trial: str) -> str | None:
        """The transcript of a trial, as a data file; None where there is no such trial."""
        place = self._now.places.get(trial)
        return None if place is None else data_file(f"trials/text/{trial}.js", packed([shown(*place)]))

    def begin(self) -> None:
        """Follows from now on, in a thread."""
        self._thread = threading.Thread(target=self._follow, daemon=True, name="follow")
        self._thread.start()

    def end(self) -> None:
        """Follows no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self) -> None:
        pause = POLL
        while not self._ended.wait(pause):
            started = time.monotonic()
            try:
                self._look()
            except (OffswitchError, OSError) as error:
                # The site as it was is still right; the next look may find the logs whole.
                self.notes = (str(error),)
            pause = max(POLL, RESTS * (time.monotonic() - started))

    def _look(self) -> None:
        seen = [_state(source.directory) for source in self._sources]
        if seen == self._seen:
            return
        notes: list[str] = []
        ready = []
        for source in self._sources:
            try:
                notes += source.refresh()
                ready.append(source.directory)
            except InputError as error:
                if not _begun(source.directory):
                    raise
                notes.append(str(error))
        self._seen, self.notes = seen, tuple(notes)
        if ready:
            self._write(read_material(ready))

    def _waiting(self) -> _Now:
        folder = self._folder / "0"
        folder.mkdir(parents=True)
        write_waiting(folder, [source.directory for source in self._sources])
        return _Now(0, folder, 0, None, {})

    def _write(self, material: Material) -> None:
        before = self._now
        version = before.version + 1
        folder = self._folder / str(version)
        folder.mkdir()
        write_site(material, folder, inspect=self._inspect, live=True)
        light = {run.label: Run(run.run.directory, {}, ()) for run in material.runs}
        places = {trial.id: (light[trial.run.label], trial.row) for trial in material.trials()}
        planned = [run.run.planned for run in material.runs]
        whole = sum(number for number in planned if number is not None) if None not in planned else None
        self._now = _Now(version, folder, material.frame.height, whole, places)
        # A page that is loading may still need the last one.
        shutil.rmtree(self._folder / str(version - 2), ignore_errors=True)


def _begun(directory: Path) -> bool:
    """Whether there is a run that may get trials yet."""
    return (directory / "manifest.json").exists()


def _state(directory: Path) -> object:
    """Changes when a log does, or the table."""
    found = []
    for path in sorted([*directory.rglob("*.eval"), directory / "manifest.json"]):
        with contextlib.suppress(OSError):
            status = path.stat()
            found.append((path, status.st_mtime_ns, status.st_size))
    return found
