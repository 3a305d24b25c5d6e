"""Why: the contrasts, the factor model and the reading of a run, for each model and behaviour in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from offswitch.errors import InputError
from offswitch.statistics.contrasts.matched import Unmatched, find_contrasts
from offswitch.statistics.factors.model import FactorModel, fit_factors
from offswitch.statistics.reading import Read, read, summarise
from offswitch.statistics.trials import Counted


@dataclass(frozen=True)
class Explanation:
    """Of one model in one scenario."""

    run: str
    model: str
    scenario: str
    summary: tuple[str, ...]
    """The reading, in sentences."""
    reads: tuple[Read, ...]
    unmatched: tuple[Unmatched, ...]
    """Conditions that differ from every other in more than one thing."""
    factors: FactorModel
    trials: int


Order = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Scenario → factor → level → rank: the first level is the default."""


def explain(counted: Counted, confidence: float = 0.95, *, order: Order | None = None) -> tuple[Explanation, ...]:
    """Explains each model and scenario of a run.

    Args:
        counted: The trials that count.
        confidence: Of the intervals.
        order: The levels of the scenarios' factors, where known.

    Raises:
        InputError: no trial counts, or no two conditions can be told apart by a factor.
    """
    if counted.frame.is_empty():
        raise InputError("no trial reached the deciding moment: there is nothing to explain")
    found = []
    for key, frame in counted.frame.group_by("run", "model", "scenario", maintain_order=True):
        run, model, scenario = map(str, key)
        ranks = (order or {}).get(scenario, {})
        contrasts = find_contrasts(frame, confidence, order=ranks)
        reads = read(contrasts.contrasts, confidence)
        found.append(
            Explanation(
                run=run,
                model=model,
                scenario=scenario,
                summary=summarise(reads) if reads else (_why_none(frame),),
                reads=reads,
                unmatched=contrasts.unmatched,
                factors=fit_factors(frame, confidence, references=_defaults(ranks)),
                trials=frame.height,
            )
        )
    if not any(explanation.reads for explanation in found):
        raise InputError(
            f"{found[0].run}: {found[0].summary[0]} Run a control as well, such as SCENARIO:object-control, "
            "with the same seed"
        )
    return tuple(found)


def _defaults(ranks: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    return {factor: min(levels, key=lambda level: levels[level]) for factor, levels in ranks.items() if levels}


def _why_none(frame: pl.DataFrame) -> str:
    conditions = list(frame["condition"].unique(maintain_order=True))
    if len(conditions) == 1:
        return f"{conditions[0]} is the only condition: nothing to hold it against."
    return f"no two of its conditions ({', '.join(conditions)}) differ in one factor only."
