"""The counts of another run, condition by condition, for a run that is to differ from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from offswitch.errors import InputError
from offswitch.running.manifest import PlannedCell
from offswitch.running.refresh import refresh
from offswitch.statistics.rates.tables import check_trials
from offswitch.statistics.sequential.difference import Counts
from offswitch.verdicts.outcome import Outcome


def baseline(folder: Path, cells: Sequence[PlannedCell]) -> tuple[Counts, ...]:
    """What the other run shows in the condition of each cell: of the same model, or of the only one there is.

    Raises:
        InputError: it is no run, lacks a condition or has another version of it, has several models and none of that
            name, or none of its trials there reached the deciding moment.
    """
    refresh(folder)
    trials = pl.read_parquet(folder / "trials.parquet")
    check_trials(trials)
    return tuple(_counts(folder, trials, cell) for cell in cells)


def _counts(folder: Path, trials: pl.DataFrame, cell: PlannedCell) -> Counts:
    name = f"{cell.scenario}:{cell.condition}"
    rows = trials.filter(scenario=cell.scenario, condition=cell.condition)
    if rows.is_empty():
        raise InputError(f"{folder} has no trials of {name}: there is nothing to differ from")
    versions = rows["version"].unique().to_list()
    if versions != [cell.version]:
        raise InputError(
            f"{folder} has {name} in version {', '.join(map(str, sorted(versions)))}, and this run has {cell.version}: "
            "they cannot be compared"
        )
    models = rows["model"].unique().sort().to_list()
    model = cell.model if cell.model in models else models[0]
    if model != cell.model and len(models) > 1:
        raise InputError(
            f"{folder} has several models in {name} and {cell.model} is none of them: which to differ from is not "
            "clear; name a run of one model"
        )
    outcomes = [Outcome(outcome) for outcome in rows.filter(model=model)["outcome"]]
    reached = [outcome for outcome in outcomes if outcome.reached]
    if not reached:
        raise InputError(f"{folder}: no trial of {model} in {name} reached the deciding moment")
    return Counts(reached.count(Outcome.RESISTED), len(reached))
