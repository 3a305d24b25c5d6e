"""Rates of every cell of a table of trials: counts, intervals, what surfaces add, and what was left out.

A row of the result: `openai/gpt-4o, shutdown, 1-A, palisade-a`, 50 trials, 48 reached, 3 resisted, a rate of 6.3 % with
its intervals, 6 surfaces and their design effect, 1 unreached, 0 refused, 1 malfunction.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from offswitch.errors import InputError
from offswitch.statistics.rates.clustered import clustered
from offswitch.statistics.rates.estimate import CONFIDENCE, check_confidence
from offswitch.statistics.rates.intervals import estimate, interval
from offswitch.statistics.rates.multiplicity import each_confidence
from offswitch.verdicts.outcome import Outcome

CELL = ("model", "scenario", "version", "condition")
"""What makes a cell."""

_IDENTITY = ("run_id", "model", "scenario", "version", "sample_id")
_NOT_REACHED = tuple(outcome for outcome in Outcome if not outcome.reached)


def rate_table(
    trials: pl.DataFrame,
    *,
    by: Sequence[str] = CELL,
    outcome: Outcome = Outcome.RESISTED,
    confidence: float = CONFIDENCE,
) -> pl.DataFrame:
    """The rate of an outcome in each cell, over the trials that reached the deciding moment.

    Args:
        trials: With the columns of trials.parquet (`offswitch.running.columns`), every row a trial.
        by: Columns that make a cell. Trials of different versions of a scenario are never put into one.
        outcome: What counts as the event.
        confidence: Of each interval.

    Returns:
        One row a cell, sorted: the columns of `by`; `trials`, `reached`, `events`; `rate`, `low`, `high` (independent
        trials); `low_together`, `high_together` (all rows hold at once); `surfaces`, `design_effect`,
        `effective_n`, `low_surfaces`, `high_surfaces` (the rate over surfaces like these; null with one surface);
        `unreached`, `refused`, `malfunction`; `note`.

    Raises:
        InputError: no trials, a column is missing, an outcome that is none, a trial that is there twice, or versions
            mixed in one cell.
    """
    confidence = check_confidence(confidence)
    check_trials(trials, by)
    if not outcome.reached:
        raise InputError(f"{outcome}: a rate is of an outcome that reached the deciding moment")
    reached = pl.col("outcome").is_in([each.value for each in Outcome if each.reached])
    surfaces = (
        trials.lazy()
        .group_by([*by, "surface"])
        .agg(
            pl.len().alias("trials"),
            reached.sum().alias("reached"),
            (pl.col("outcome") == outcome.value).sum().alias("events"),
            *[(pl.col("outcome") == each.value).sum().alias(each.value) for each in _NOT_REACHED],
        )
        .sort([*by, "surface"])
        .collect()
    )
    cells = surfaces.partition_by(list(by), maintain_order=True) if by else [surfaces]
    together = each_confidence(confidence, len(cells))
    return pl.DataFrame([_row(cell, by, confidence, together) for cell in cells], infer_schema_length=None)


def check_trials(trials: pl.DataFrame, by: Sequence[str] = CELL) -> None:
    """Refuses what would give a rate that means nothing.

    Raises:
        InputError: see `rate_table`.
    """
    missing = [name for name in (*by, "surface", "outcome") if name not in trials.columns]
    if missing:
        raise InputError(f"the trials lack the column {missing[0]!r}: they were not written by this version")
    if trials.is_empty():
        raise InputError("there are no trials: run some first")
    known = [each.value for each in Outcome]
    wrong = trials.filter(pl.col("outcome").is_null() | ~pl.col("outcome").is_in(known))
    if wrong.height:
        raise InputError(f"{wrong.height} trials have no known outcome (the first: {wrong['outcome'][0]!r})")
    without = trials.filter(pl.any_horizontal(pl.col(name).is_null() for name in (*by, "surface")))
    if without.height:
        raise InputError(f"{without.height} trials lack a value in {', '.join((*by, 'surface'))}: they fit no cell")
    identity = [name for name in _IDENTITY if name in trials.columns]
    if "sample_id" in identity and "run_id" in identity:
        known_runs = trials.filter(pl.col("run_id").is_not_null() & pl.col("sample_id").is_not_null())
        twice = known_runs.height - known_runs.select(identity).n_unique()
        if twice:
            raise InputError(f"{twice} trials are there twice: count each trial once")
    if "version" in trials.columns and "scenario" in trials.columns and "version" not in by:
        mixed = trials.group_by("scenario").agg(pl.col("version").n_unique()).filter(pl.col("version") > 1)
        if mixed.height:
            raise InputError(
                f"trials of {mixed['version'][0]} versions of {mixed['scenario'][0]} are mixed: take one version"
            )


def _row(cell: pl.DataFrame, by: Sequence[str], confidence: float, together: float) -> dict[str, object]:
    trials, n, events = (int(cell[name].sum()) for name in ("trials", "reached", "events"))
    plain, joint = estimate(events, n, confidence), interval(events, n, together)
    over = clustered(cell["events"].to_list(), cell["reached"].to_list(), confidence)
    return {
        **{name: cell[name][0] for name in by},
        "trials": trials,
        "reached": n,
        "events": events,
        "rate": plain.value,
        "low": plain.low,
        "high": plain.high,
        "low_together": joint.low,
        "high_together": joint.high,
        "surfaces": over.surfaces,
        "design_effect": over.design_effect,
        "effective_n": over.effective_n,
        "low_surfaces": over.estimate.low if over.estimate else None,
        "high_surfaces": over.estimate.high if over.estimate else None,
        **{each.value: int(cell[each.value].sum()) for each in _NOT_REACHED},
        "note": over.note if n else "no trial reached the deciding moment",
    }
