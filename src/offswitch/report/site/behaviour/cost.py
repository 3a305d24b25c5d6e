"""What the trials took: tokens, dollars, seconds, turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from offswitch.report.site.behaviour.entries import Shown


@dataclass(frozen=True)
class Cost:
    """Of one model; None where nothing says so."""

    entry: Shown
    trials: int
    tokens_in: float | None
    """Mean of a trial, as all that follow."""
    tokens_out: float | None
    judge_tokens: float | None
    dollars: float | None
    total: float | None
    """Dollars, of the trials whose price is known."""
    priced: int
    turns: float | None
    seconds: float | None


def costs(entries: Sequence[Shown]) -> tuple[Cost, ...]:
    """A row for each model."""
    return tuple(_cost(entry) for entry in entries)


def _cost(entry: Shown) -> Cost:
    frame = entry.frame
    judges = frame.select(pl.sum_horizontal("judge_tokens_in", "judge_tokens_out", ignore_nulls=True)).to_series()
    known = frame["cost"].drop_nulls()
    return Cost(
        entry=entry,
        trials=frame.height,
        tokens_in=_mean(frame["tokens_in"]),
        tokens_out=_mean(frame["tokens_out"]),
        judge_tokens=_mean(judges) or None,
        dollars=_mean(frame["cost"]),
        total=float(known.sum()) if known.len() else None,
        priced=known.len(),
        turns=_mean(frame["turns"]),
        seconds=_mean(frame["seconds"]),
    )


def _mean(values: pl.Series) -> float | None:
    known = values.drop_nulls()
    return float(known.cast(pl.Float64).to_numpy().mean()) if known.len() else None
