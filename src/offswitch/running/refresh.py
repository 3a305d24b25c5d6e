"""Brings trials.parquet up to date with the logs beside it, so that a report can be made of what is there."""

from __future__ import annotations

import os
from pathlib import Path

from offswitch.errors import InputError
from offswitch.running.collect import Memory, collect, logs_under
from offswitch.running.directory import RunDirectory, write_whole


def refresh(folder: Path, memory: Memory | None = None) -> tuple[str, ...]:
    """Collects a run's trials where its logs are newer, or those of any folder of Inspect logs.

    Args:
        folder: Of the run.
        memory: Of what was collected of it before, by somebody who follows it.

    Returns:
        What a person should know: logs that gave no trials, and why.

    Raises:
        InputError: there is nothing to collect.
        EnvironmentProblem: the table cannot be written.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: name the folder of a run, or one of Inspect logs")
    directory = RunDirectory(folder)
    if directory.manifest_path.exists():
        run_id, logs, root = directory.manifest().run_id, directory.log_paths(), directory.logs
    else:
        run_id, logs, root = None, logs_under(folder), folder
    if _newer(directory.trials_path, logs):
        return ()
    latest = max((log.stat().st_mtime_ns for log in logs), default=0)
    found = collect(logs, run_id, root=root, memory=memory)
    if not found.rows:
        why = f" ({'; '.join(found.notes[:3])})" if found.notes else ""
        raise InputError(f"{folder} holds no trials yet{why}: run the command of the run again to go on")
    write_whole(directory.trials_path, found.parquet())
    # A log that changed while it was read is newer than the table says it is.
    os.utime(directory.trials_path, ns=(latest, latest))
    return tuple(found.notes)


def _newer(table: Path, logs: tuple[Path, ...]) -> bool:
    """Whether the table was written after all the logs."""
    if not table.exists():
        return False
    written = table.stat().st_mtime_ns
    return all(log.stat().st_mtime_ns <= written for log in logs)
