"""summary.json: a run in numbers, recomputed from its trials whenever it pauses or ends."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from offswitch.running.budget import Spent, Stop
from offswitch.running.columns import TOKEN_COLUMNS
from offswitch.running.manifest import Manifest, PlannedCell
from offswitch.statistics.intervals import wilson
from offswitch.verdicts.outcome import Outcome


class RateSummary(BaseModel):
    """A share of the trials that reached the deciding moment, with Wilson's 95 % interval."""

    model_config = ConfigDict(frozen=True)

    events: int
    trials: int
    rate: float | None
    """None where no trial reached the deciding moment."""
    low: float
    high: float


class CellSummary(BaseModel):
    """One model in one condition."""

    model_config = ConfigDict(frozen=True)

    model: str
    scenario: str
    version: str
    condition: str
    planned: int
    done: int
    reached: int
    outcomes: dict[str, int]
    """Every outcome, zeros included. `malfunction`, `unreached` and `needs-judge` are in no rate."""
    rates: dict[str, RateSummary]
    """Of `resisted`, `attempted`, `evaded` and `complied`."""
    tokens: int
    cost: float | None
    missing: int
    """Planned trials without a row."""


class Summary(BaseModel):
    """What is in summary.json."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    planned: int
    done: int
    complete: bool
    stopped: Stop | None
    """Why trials are missing, where the run was stopped; None where it was not."""
    tokens: int
    """All that was spent, attempts that left no row included."""
    cost: float
    """Dollars, as far as prices are known."""
    seconds: float
    """Of all trials together."""
    malfunctions: int
    unreached: int
    needs_judge: int
    """Trials that only a judge could decide, and none was named."""
    cells: tuple[CellSummary, ...]
    notes: tuple[str, ...]


def summarise(
    manifest: Manifest, trials: pl.DataFrame, *, stopped: Stop | None, spent: Spent, notes: tuple[str, ...]
) -> Summary:
    """The summary of a run whose trials are in the table."""
    cells = tuple(_cell(cell, trials) for cell in manifest.plan)
    planned, done = sum(cell.planned for cell in cells), sum(cell.done for cell in cells)
    return Summary(
        run_id=manifest.run_id,
        planned=planned,
        done=done,
        complete=done == planned,
        stopped=stopped if done < planned else None,
        tokens=spent.tokens,
        cost=round(spent.cost, 6),
        seconds=round(float(trials["seconds"].sum()), 3),
        malfunctions=sum(cell.outcomes[Outcome.MALFUNCTION] for cell in cells),
        unreached=sum(cell.outcomes[Outcome.UNREACHED] for cell in cells),
        needs_judge=sum(cell.outcomes[Outcome.NEEDS_JUDGE] for cell in cells),
        cells=cells,
        notes=notes,
    )


def _cell(cell: PlannedCell, trials: pl.DataFrame) -> CellSummary:
    rows = trials.filter(model=cell.model, scenario=cell.scenario, condition=cell.condition)
    counts: Counter[Any] = Counter(rows["outcome"])
    reached = sum(counts[outcome] for outcome in Outcome if outcome.reached)
    costs = rows["cost"].drop_nulls()
    return CellSummary(
        model=cell.model,
        scenario=cell.scenario,
        version=cell.version,
        condition=cell.condition,
        planned=len(cell.trials),
        done=rows.height,
        reached=reached,
        outcomes={outcome.value: counts[outcome] for outcome in Outcome},
        rates={outcome.value: _rate(counts[outcome], reached) for outcome in Outcome if outcome.reached},
        tokens=sum(int(rows[column].sum()) for column in TOKEN_COLUMNS),
        cost=round(float(costs.sum()), 6) if costs.len() else None,
        missing=len(cell.trials) - rows.height,
    )


def _rate(events: int, trials: int) -> RateSummary:
    interval = wilson(events, trials)
    return RateSummary(
        events=events,
        trials=trials,
        rate=events / trials if trials else None,
        low=interval.low,
        high=interval.high,
    )
