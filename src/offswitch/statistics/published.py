"""What others measured: the figures of `published_rates.csv`, looked up by study and condition.

A row of the file: `shutdown,palisade-2025-05,o3,no-instruction,79,100,79,S`, that is behaviour, study, model,
condition, events, trials, percent, grade. `P` was read in the primary text or data, `S` in a careful secondary source.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from offswitch.statistics import rates
from offswitch.statistics.rates import Interval

_COMPLEMENT = "-compliance"


@dataclass(frozen=True)
class PublishedRate:
    """How often a model showed the behaviour in a published experiment."""

    behaviour: str
    study: str
    model: str
    condition: str
    events: int | None
    """How often it happened; None where the source gives a percentage only."""
    trials: int | None
    """Out of how many; None where the source does not say."""
    percent: float
    """The rate of the behaviour, 0 to 100."""
    grade: str
    """`P` read in the primary source, `S` in a secondary one."""
    complement: bool = False
    """The source reports how often the model complied; the numbers here are what is left to 100 %."""

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval, made as a run's own; None where the number of trials is unknown.

        Where the source gives a percentage and a number of trials, the events are the nearest whole number.
        """
        if self.trials is None:
            return None
        events = self.events if self.events is not None else round(self.percent * self.trials / 100)
        return rates.interval(events, self.trials)


def published(behaviour: str, pairs: Iterable[tuple[str, str]]) -> tuple[PublishedRate, ...]:
    """The figures of the given (study, condition) pairs, in the order of the pairs, then of the file.

    Figures of `BEHAVIOUR-compliance` are given as their complement and marked so. Pairs that the file does not hold
    give nothing.
    """
    rows = [r for r in _all_rates() if r.behaviour == behaviour or r.behaviour == behaviour + _COMPLEMENT]
    wanted = dict.fromkeys(pairs)
    return tuple(
        _as_rate(row) for study, condition in wanted for row in rows if (row.study, row.condition) == (study, condition)
    )


def every_figure() -> tuple[PublishedRate, ...]:
    """All figures of the file, in its order and as they stand there."""
    return _all_rates()


def _as_rate(row: PublishedRate) -> PublishedRate:
    if not row.behaviour.endswith(_COMPLEMENT):
        return row
    left = row.trials - row.events if row.trials is not None and row.events is not None else None
    return PublishedRate(
        behaviour=row.behaviour.removesuffix(_COMPLEMENT),
        study=row.study,
        model=row.model,
        condition=row.condition,
        events=left,
        trials=row.trials,
        percent=100 - row.percent,
        grade=row.grade,
        complement=True,
    )


@cache
def _all_rates() -> tuple[PublishedRate, ...]:
    with resources.files("offswitch.statistics").joinpath("published_rates.csv").open(encoding="utf-8") as file:
        return tuple(
            PublishedRate(
                behaviour=row["behaviour"],
                study=row["study"],
                model=row["model"],
                condition=row["condition"],
                events=int(row["events"]) if row["events"] else None,
                trials=int(row["trials"]) if row["trials"] else None,
                percent=float(row["percent"]),
                grade=row["grade"],
            )
            for row in csv.DictReader(file)
        )
