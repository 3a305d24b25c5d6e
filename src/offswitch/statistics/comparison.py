"""Runs or models side by side: the rates' differences paired by surface and seed, and whether the work suffered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import polars as pl

from offswitch.errors import InputError
from offswitch.statistics.contrasts.difference import Difference, difference
from offswitch.statistics.contrasts.pairing import Paired, pair
from offswitch.statistics.rates import holm
from offswitch.statistics.trials import Counted, Excluded, Trials


@dataclass(frozen=True)
class Entry:
    """One model of one run."""

    run: str
    model: str


@dataclass(frozen=True)
class Row:
    """One entry against the first, in one condition or in all that they share."""

    entry: Entry
    against: Entry
    scenario: str
    condition: str | None
    """None: all shared conditions together, each trial paired within its own."""
    measured: Difference
    """The entry's rate less the other's."""
    adjusted_p: float
    """Holm's, over all rows of the table that are about one condition, or over all that are not."""


class Standing(StrEnum):
    """What is shown about a difference and a margin."""

    SHOWN = "shown"
    """No worse than the margin allows, at the confidence."""
    NOT_SHOWN = "not shown"
    """The interval holds both: too few trials to say."""
    WORSE = "worse"
    """Worse by more than the margin, at the confidence."""


@dataclass(frozen=True)
class NonInferiority:
    """Whether one entry does the work as well as another, give or take a margin."""

    entry: Entry
    against: Entry
    scenario: str
    measured: Difference
    """Of the mean shares of tasks done rightly; its interval is the two-sided one."""
    margin: float
    lowest: float
    """One-sided bound at the confidence: the difference is above this."""
    standing: Standing
    excluded: tuple[Excluded, ...]
    """Trials in which no task was answered."""


@dataclass(frozen=True)
class Comparison:
    """All of it."""

    rows: tuple[Row, ...]
    capability: tuple[NonInferiority, ...]
    excluded: tuple[Excluded, ...]
    confidence: float


def entries_of(trials: Trials) -> tuple[Entry, ...]:
    """The models of the runs, in the order given."""
    table = trials.frame.select("run", "model").unique(maintain_order=True)
    return tuple(Entry(run, model) for run, model in table.iter_rows())


def matches(trials: Trials) -> tuple[tuple[tuple[Entry, Entry], ...], tuple[Excluded, ...]]:
    """Which entries are compared: (entry, the one it is held against).

    With one run, its models against the first. With several runs of one model each, each against the first run's.
    With several runs of several models, each model against itself in the first run.

    Raises:
        InputError: there is nothing to compare, or the runs have no model in common.
    """
    entries = entries_of(trials)
    runs = list(dict.fromkeys(entry.run for entry in entries))
    if len(entries) < 2:
        raise InputError(f"{entries[0].run} holds one model, {entries[0].model}: name a second run to compare it with")
    if len(runs) == 1 or len(entries) == len(runs):
        return tuple((entry, entries[0]) for entry in entries[1:]), ()
    first = {entry.model: entry for entry in entries if entry.run == runs[0]}
    pairs = tuple((e, first[e.model]) for e in entries if e.run != runs[0] and e.model in first)
    if not pairs:
        raise InputError(f"the runs have no model in common ({_models(entries)}): choose one with --model, run by run")
    used = {entry for both in pairs for entry in both}
    excluded = []
    for entry in entries:
        if entry not in used:
            count = trials.frame.filter(_of(entry)).height
            excluded.append(Excluded(entry.run, f"{entry.model} has no partner in another run", count))
    return pairs, tuple(excluded)


def compare(trials: Trials, counted: Counted, *, margin: float, confidence: float = 0.95) -> Comparison:
    """Compares the entries of some runs.

    Args:
        trials: All trials: what the work is measured on.
        counted: The trials that count.
        margin: Loss in the share of tasks done rightly that is still no loss.
        confidence: Of the intervals, and of the one-sided bound that non-inferiority is read off.

    Raises:
        InputError: there is nothing to compare; a pair shares no scenario, condition or surface.
    """
    pairs, excluded = matches(trials)
    rows, capability = [], []
    left_out = [*counted.excluded, *excluded]
    for entry, against in pairs:
        first, second = (counted.frame.filter(_of(each)) for each in (entry, against))
        left_out += _not_shared(trials, entry, against)
        for scenario in _shared(first, second, "scenario", entry, against):
            mine, theirs = (f.filter(pl.col("scenario") == scenario) for f in (first, second))
            rows += _rows(entry, against, scenario, mine, theirs, confidence)
            work = _capability(trials, entry, against, scenario, margin, confidence)
            capability += [work] if work is not None else []
    return Comparison(_adjusted(rows), tuple(capability), tuple(dict.fromkeys(left_out)), confidence)


def _rows(
    entry: Entry, against: Entry, scenario: str, mine: pl.DataFrame, theirs: pl.DataFrame, confidence: float
) -> list[Row]:
    conditions = _shared(mine, theirs, "condition", entry, against)
    rows = []
    for condition in conditions:
        here = pl.col("condition") == condition
        measured = difference(pair(mine.filter(here), theirs.filter(here)), confidence)
        rows.append(Row(entry, against, scenario, condition, measured, 1.0))
    if len(conditions) > 1:
        shared = pl.col("condition").is_in(conditions)
        together = pair(mine.filter(shared), theirs.filter(shared), context=("condition",))
        rows.append(Row(entry, against, scenario, None, difference(together, confidence), 1.0))
    return rows


def _capability(
    trials: Trials, entry: Entry, against: Entry, scenario: str, margin: float, confidence: float
) -> NonInferiority | None:
    """From the trials in which any task was answered, whatever their outcome; None where neither side has such."""
    columns = ("tasks_answered", "tasks_correct")
    here = trials.frame.filter((pl.col("scenario") == scenario) & (pl.col("outcome") != "malfunction"))
    answered = here.filter(
        pl.all_horizontal(pl.col(c).is_not_null() for c in columns) & (pl.col("tasks_answered") > 0)
    ).with_columns((pl.col("tasks_correct") / pl.col("tasks_answered")).alias("work"))
    first, second = (answered.filter(_of(each)) for each in (entry, against))
    shared = set(first["condition"]) & set(second["condition"])
    if not shared:
        return None
    both = pl.col("condition").is_in(sorted(shared))
    try:
        paired = pair(first.filter(both), second.filter(both), value="work", context=("condition",))
    except InputError:
        return None
    measured, lowest, standing = standing_of(paired, margin, confidence, rates=False)
    without = [
        Excluded(each.run, f"{each.model} answered no task in them (capability only)", number)
        for each in (entry, against)
        if (number := here.filter(_of(each)).height - answered.filter(_of(each)).height)
    ]
    return NonInferiority(entry, against, scenario, measured, margin, lowest, standing, tuple(without))


def standing_of(paired: Paired, margin: float, confidence: float, *, rates: bool) -> tuple[Difference, float, Standing]:
    """Whether arm a is no worse than arm b by more than a margin.

    Args:
        paired: The arms; more is better.
        margin: Loss that is still none.
        confidence: Of the two-sided interval, and of the one-sided bound.
        rates: Whether values are 0 or 1.

    Returns:
        The difference, its one-sided lower bound, and what that shows.
    """
    measured = difference(paired, confidence, rates=rates)
    one_sided = difference(paired, 2 * confidence - 1, rates=rates).interval
    standing = Standing.NOT_SHOWN
    if one_sided.low > -margin:
        standing = Standing.SHOWN
    elif one_sided.high < -margin:
        standing = Standing.WORSE
    return measured, one_sided.low, standing


def _adjusted(rows: Sequence[Row]) -> tuple[Row, ...]:
    values: dict[int, float] = {}
    for whole in (True, False):
        places = [i for i, row in enumerate(rows) if (row.condition is None) is whole]
        values |= dict(zip(places, holm([rows[i].measured.p_value for i in places]), strict=True))
    return tuple(replace(row, adjusted_p=values[i]) for i, row in enumerate(rows))


def _shared(mine: pl.DataFrame, theirs: pl.DataFrame, column: str, entry: Entry, against: Entry) -> list[str]:
    ours, other = (list(frame[column].unique(maintain_order=True)) for frame in (mine, theirs))
    shared = [name for name in ours if name in other]
    if not shared:
        have = "; ".join(
            f"{e.run} has {', '.join(map(str, names)) if names else 'no trial that counts'}"
            for e, names in ((against, other), (entry, ours))
        )
        raise InputError(f"the runs share no {column} ({have}): compare runs of the same {column}s")
    return shared


def _not_shared(trials: Trials, entry: Entry, against: Entry) -> list[Excluded]:
    key = ["scenario", "condition"]
    sides = [trials.frame.filter(_of(each)) for each in (entry, against)]
    found = []
    for each, frame, other in ((entry, sides[0], against), (against, sides[1], entry)):
        theirs = sides[1] if each is entry else sides[0]
        alone = frame.join(theirs.select(key).unique(), on=key, how="anti")
        for (scenario, condition), rows in alone.group_by(key, maintain_order=True):
            where = other.run if other.run != each.run else other.model
            found.append(Excluded(each.run, f"{scenario} {condition} is not in {where}", rows.height))
    return found


def _of(entry: Entry) -> pl.Expr:
    return (pl.col("run") == entry.run) & (pl.col("model") == entry.model)


def _models(entries: Sequence[Entry]) -> str:
    return "; ".join(f"{entry.run}: {entry.model}" for entry in entries[:6])
