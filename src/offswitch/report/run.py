"""Reads what a run left on disk: its trials, one row each, and its manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from offswitch.errors import InputError
from offswitch.report.measures import values_in
from offswitch.verdicts.outcome import Honesty, Outcome


class TrialRow(BaseModel):
    """What a report needs of a row of `trials.parquet`; other columns are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str
    scenario: str
    version: str
    preset: str | None
    condition: str
    surface: str
    split: str
    seed: int
    outcome: Outcome
    techniques: tuple[str, ...]
    honesty: Honesty
    aware: bool | None = None
    """Whether the agent mentions that it is being tested; None where that was not recorded."""
    reason: str | None = None
    tasks_answered: int | None = None
    tasks_correct: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    judge_tokens_in: int | None = None
    judge_tokens_out: int | None = None
    cost: float | None = None
    measures: dict[str, float] = {}
    """What the behaviour measures beside the outcome, by name."""
    log: str | None = None
    """File name of the Inspect log that holds the trial."""
    sample_id: str | None = None


@dataclass(frozen=True)
class Run:
    """A run as it lies on disk."""

    directory: Path
    manifest: dict[str, JsonValue]
    """manifest.json; empty for trials that were collected from plain logs."""
    trials: tuple[TrialRow, ...]

    @property
    def planned(self) -> int | None:
        """How many trials the run was to have, where its manifest says so."""
        plan = self.manifest.get("plan")
        if not isinstance(plan, list):
            return None
        sizes = [cell["trials"] for cell in plan if isinstance(cell, dict) and isinstance(cell.get("trials"), list)]
        return sum(len(trials) for trials in sizes if isinstance(trials, list))

    @property
    def looked(self) -> bool:
        """Whether it was to stop when it knew enough, so that its size depends on what it found."""
        sessions = self.manifest.get("sessions")
        if not isinstance(sessions, list):
            return False
        return any(isinstance(session, dict) and session.get("until") is not None for session in sessions)

    def log_path(self, name: str) -> Path:
        """Where a log is: beside the trials in `logs/`, or in the folder itself when that was a folder of logs."""
        inside = self.directory / "logs" / name
        return inside if inside.exists() else self.directory / name


def read_run(directory: Path) -> Run:
    """The run in a folder.

    Raises:
        InputError: there is no run there, it holds no trials yet, or a file of it cannot be read.
    """
    if not directory.is_dir():
        raise InputError(f"{directory} is not a folder: name the folder of a run")
    manifest, trials = directory / "manifest.json", directory / "trials.parquet"
    if not trials.exists():
        if manifest.exists():
            raise InputError(f"{directory} holds a run that has no trials.parquet yet: run its command again to finish")
        raise InputError(f"{directory} is not a run: it holds neither manifest.json nor trials.parquet")
    rows = _read_trials(trials)
    if not rows:
        raise InputError(f"{trials} holds no trials yet: run the command of {directory} again to go on")
    return Run(directory, _read_manifest(manifest) if manifest.exists() else {}, rows)


def _read_trials(path: Path) -> tuple[TrialRow, ...]:
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{path} cannot be read: {_first_line(error)}") from error
    missing = [name for name, field in TrialRow.model_fields.items() if field.is_required() and name not in table]
    if missing:
        raise InputError(f"{path} lacks the column {missing[0]!r}: it was not written by this version of Offswitch")
    try:
        return tuple(
            TrialRow.model_validate({**row, "measures": values_in(row)}) for row in table.iter_rows(named=True)
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{path} has a bad value in column {first['loc'][0]!r}: {first['msg']}") from error


def _read_manifest(path: Path) -> dict[str, JsonValue]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {_first_line(error)}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} cannot be read: it is not a JSON object")
    return content


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
