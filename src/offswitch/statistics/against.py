"""A run beside what others published for the same conditions, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import sqrt

import polars as pl

from offswitch.statistics.contrasts.clustering import Vector
from offswitch.statistics.contrasts.margins import Arm, arm
from offswitch.statistics.published import PublishedRate, published
from offswitch.statistics.rates import Interval, benjamini_hochberg, interval
from offswitch.statistics.trials import Counted


@dataclass(frozen=True)
class Beside:
    """A cell of a run and one published figure for its condition."""

    model: str
    scenario: str
    condition: str
    events: int
    trials: int
    surfaces: int
    rate: float
    interval: Interval
    """Over surfaces like these, where there are several."""
    figure: PublishedRate
    same_model: bool
    """Whether the figure is of a model of that name."""
    difference: float
    """The run's rate less the published one."""
    difference_interval: Interval | None
    """None where the source gives no number of trials."""
    adjusted_p: float | None
    """Benjamini and Hochberg's over all the cells shown."""


def figure_events(figure: PublishedRate) -> int | None:
    """The events of a published figure; the nearest whole number where only a percentage is given."""
    if figure.trials is None or figure.events is not None:
        return figure.events
    return round(figure.percent * figure.trials / 100)


def figure_interval(figure: PublishedRate, confidence: float = 0.95) -> Interval | None:
    """The interval that a run's independent trials would have; None where the number of trials is not known."""
    events = figure_events(figure)
    return None if events is None or figure.trials is None else interval(events, figure.trials, confidence)


PairsOf = Callable[[str, str], Iterable[tuple[str, str]]]
"""(scenario, condition) → the (study, condition) pairs that it corresponds to."""


def beside_published(counted: Counted, pairs_of: PairsOf, confidence: float = 0.95) -> tuple[Beside, ...]:
    """Every cell of a run beside each published figure of its condition.

    The interval of the difference is Newcombe's, from the two rates' intervals; the published trials are taken as
    independent, since their surfaces are not known.

    Args:
        counted: The trials that count.
        pairs_of: Which published condition each of the run's is.
        confidence: Of the intervals.
    """
    cells = counted.frame.group_by("model", "scenario", "condition", "surface", maintain_order=True).agg(
        pl.col("event").sum(), pl.len().alias("n")
    )
    found: list[tuple[Beside, float | None]] = []
    for (model, scenario, condition), rows in cells.group_by("model", "scenario", "condition", maintain_order=True):
        ours = arm(_vector(rows, "n"), _vector(rows, "event"))
        for figure in published(str(scenario), pairs_of(str(scenario), str(condition))):
            theirs = figure.percent / 100
            between, p_value = _difference(ours, figure, confidence)
            found.append(
                (
                    Beside(
                        model=str(model),
                        scenario=str(scenario),
                        condition=str(condition),
                        events=int(ours.total.sum()),
                        trials=int(ours.trials.sum()),
                        surfaces=rows.height,
                        rate=ours.rate,
                        interval=_own(ours, confidence),
                        figure=figure,
                        same_model=_name(str(model)) == _name(figure.model),
                        difference=ours.rate - theirs,
                        difference_interval=between,
                        adjusted_p=None,
                    ),
                    p_value,
                )
            )
    return _adjusted(found)


def _adjusted(found: list[tuple[Beside, float | None]]) -> tuple[Beside, ...]:
    known = [p for _, p in found if p is not None]
    adjusted = iter(benjamini_hochberg(known))
    return tuple(cell if p is None else replace(cell, adjusted_p=next(adjusted)) for cell, p in found)


def _own(ours: Arm, confidence: float) -> Interval:
    if len(ours.trials) == 1:
        return interval(int(ours.total.sum()), int(ours.trials.sum()), confidence)
    return ours.interval(confidence)


def _difference(ours: Arm, figure: PublishedRate, confidence: float) -> tuple[Interval | None, float | None]:
    if figure_interval(figure) is None:
        return None, None
    theirs, mean = figure.percent / 100, ours.rate - figure.percent / 100

    def at(level: float) -> Interval:
        mine, others = _own(ours, level), figure_interval(figure, level) or Interval(0.0, 1.0)
        low = mean - sqrt((ours.rate - mine.low) ** 2 + (others.high - theirs) ** 2)
        high = mean + sqrt((mine.high - ours.rate) ** 2 + (theirs - others.low) ** 2)
        return Interval(max(-1.0, low), min(1.0, high))

    return at(confidence), _p_value(mean, at)


def _p_value(mean: float, at: Callable[[float], Interval]) -> float:
    """The smallest alpha whose interval leaves out 0, by bisection."""
    if mean == 0:
        return 1.0
    low, high = 1e-6, 1 - 1e-9
    if 0 not in at(high):
        return 1 - high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if 0 not in at(middle) else (low, middle)
    return 1 - low


def _vector(rows: pl.DataFrame, column: str) -> Vector:
    return rows[column].cast(pl.Float64).to_numpy()


def _name(model: str) -> str:
    """`openai/o3-2025-04-16` and `o3` are one model: the last part, without a date."""
    last = model.rpartition("/")[2].lower().replace("_", "-").replace(".", "-")
    parts = last.split("-")
    while len(parts) > 1 and parts[-1].isdigit() and len(parts[-1]) in (2, 4, 8):
        parts.pop()
    return "-".join(parts)
