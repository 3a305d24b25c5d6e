"""summary.json: a run in numbers, recomputed from its trials whenever it pauses or ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from offswitch.report.measures import Values, joints, means
from offswitch.running.budget import Spent, Stop
from offswitch.running.columns import TOKEN_COLUMNS
from offswitch.running.manifest import Manifest, PlannedCell
from offswitch.running.stopping.until import UntilSummary
from offswitch.statistics.rates import DEFAULT, Interval, interval
from offswitch.statistics.sequential import Finding, anytime_interval
from offswitch.statistics.sequential.rate import METHOD
from offswitch.verdicts.outcome import Outcome


class RateSummary(BaseModel):
    """A share of the trials that reached the deciding moment, with its 95 % interval (`method`)."""

    model_config = ConfigDict(frozen=True)

    events: int
    trials: int
    rate: float | None
    """None where no trial reached the deciding moment."""
    low: float
    high: float
    method: str
    """How the interval is made: one that holds at every look where the run was to stop when it knew enough."""


class MeasureSummary(BaseModel):
    """A number that the behaviour yields beside its outcomes, with its 95 % interval (`method`)."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float
    trials: int
    method: str


class JointSummary(BaseModel):
    """A number that the trials of one model in one behaviour give together, across conditions."""

    model_config = ConfigDict(frozen=True)

    model: str
    scenario: str
    name: str
    meaning: str
    value: float
    low: float
    high: float
    counts: str
    """What it is made of, in words."""


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
    measures: dict[str, MeasureSummary]
    """Means of the behaviour's own measures, by name; without those of which no trial says anything."""
    tokens: int
    cost: float | None
    missing: int
    """Planned trials without a row."""
    until: UntilSummary | None = None
    """What its question came to, where the run was to stop once it knew enough."""


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
    joint: tuple[JointSummary, ...]
    """Numbers that a behaviour makes of many trials, such as d′."""
    notes: tuple[str, ...]


def summarise(
    manifest: Manifest,
    trials: pl.DataFrame,
    *,
    stopped: Stop | None,
    spent: Spent,
    notes: tuple[str, ...],
    answers: tuple[UntilSummary, ...] = (),
) -> Summary:
    """The summary of a run whose trials are in the table.

    Args:
        manifest: What was to be run.
        trials: What was.
        stopped: Why no more trials may begin.
        spent: In all.
        notes: What a person should know.
        answers: What each cell's question came to, where the run was to stop once it knew enough.
    """
    paired = zip(manifest.plan, answers or [None] * len(manifest.plan), strict=True)
    looked = any(session.until is not None for session in manifest.sessions)
    cells = tuple(_cell(cell, trials, answer, looked=looked) for cell, answer in paired)
    if stopped is None and answers and all(_answered(cell) for cell in cells):
        stopped = Stop.UNTIL
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
        joint=tuple(_joint(trials)),
        notes=notes,
    )


def _answered(cell: CellSummary) -> bool:
    """Whether nothing that is missing is needed."""
    until = cell.until
    return until is not None and cell.missing == (0 if until.finding is Finding.OPEN else until.not_needed)


def _cell(cell: PlannedCell, trials: pl.DataFrame, answer: UntilSummary | None, *, looked: bool) -> CellSummary:
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
        rates={
            outcome.value: _rate(outcome, counts[outcome], reached, answer, looked=looked)
            for outcome in Outcome
            if outcome.reached
        },
        measures=_measures(cell.scenario, rows),
        tokens=sum(int(rows[column].sum()) for column in TOKEN_COLUMNS),
        cost=round(float(costs.sum()), 6) if costs.len() else None,
        missing=len(cell.trials) - rows.height,
        until=answer,
    )


def _measures(scenario: str, rows: pl.DataFrame) -> dict[str, MeasureSummary]:
    values = [Values.of_row(row) for row in rows.iter_rows(named=True)]
    return {
        name: MeasureSummary(value=m.value, low=m.low, high=m.high, trials=m.n, method=m.method)
        for name, m in means(scenario, values).items()
    }


def _joint(trials: pl.DataFrame) -> Iterator[JointSummary]:
    for (model, scenario), rows in trials.group_by("model", "scenario", maintain_order=True):
        values = [Values.of_row(row) for row in rows.iter_rows(named=True)]
        for each, found in joints(str(scenario), values):
            yield JointSummary(
                model=str(model), scenario=str(scenario), name=each.name, meaning=each.meaning,
                value=found.value, low=found.low, high=found.high, counts=found.counts,
            )  # fmt: skip


def _rate(outcome: Outcome, events: int, trials: int, answer: UntilSummary | None, *, looked: bool) -> RateSummary:
    if not looked:
        found, method = interval(events, trials), DEFAULT.value
    elif answer and outcome is Outcome.RESISTED and (events, trials) == (answer.events, answer.reached):
        found, method = Interval(answer.low, answer.high), METHOD
    else:
        # How many trials there are depends on how they ended, so only an interval that holds at every look is right.
        found, method = anytime_interval(events, trials), METHOD
    return RateSummary(
        events=events,
        trials=trials,
        rate=events / trials if trials else None,
        low=found.low,
        high=found.high,
        method=method,
    )
