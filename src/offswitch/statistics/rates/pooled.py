"""One rate over several cells, with the weights that make it stated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from offswitch.errors import InputError
from offswitch.statistics.rates.estimate import CONFIDENCE, Estimate, check_counts
from offswitch.statistics.rates.intervals import DEFAULT, interval

METHOD = f"weighted, {DEFAULT} limits combined (MOVER)"


class Weights(StrEnum):
    """How much each cell counts in a pooled rate."""

    EQUAL = "equal"
    """Each cell the same, however many trials it has: the rate over the conditions as listed."""
    TRIALS = "trials"
    """Each by its trials: the rate over the trials as run."""


@dataclass(frozen=True)
class Pooled:
    """A pooled rate and what it is pooled from."""

    estimate: Estimate
    weights: tuple[float, ...]
    """Of each cell, in the order given; they add up to 1."""

    def __str__(self) -> str:
        shares = ", ".join(f"{weight:.3g}" for weight in self.weights)
        return f"{self.estimate} (weights {shares})"


def pooled(
    cells: Sequence[tuple[int, int]],
    weights: Weights | Sequence[float] = Weights.EQUAL,
    confidence: float = CONFIDENCE,
) -> Pooled:
    """The weighted mean of the cells' rates.

    The interval combines the distances between each rate and its own limits by the root of the sum of squares (G. Y.
    Zou and A. Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 27 (2008),
    1693-1702), which keeps the skewness that intervals near 0 and 1 have.

    Args:
        cells: (events, trials) of each; each needs a trial, because a cell without one has no rate to weigh.
        weights: How much each counts; numbers are scaled to add up to 1.
        confidence: Between 0 and 1.

    Raises:
        InputError: no cell, a cell without trials, counts that are no counts, or weights that cannot be meant.
    """
    counts = [check_counts(x, n) for x, n in cells]
    if not counts:
        raise InputError("there is no cell to pool: give at least one with trials")
    empty = [i for i, (_, n) in enumerate(counts) if n == 0]
    if empty:
        raise InputError(f"cell {empty[0] + 1} of {len(counts)} has no trial, so no rate that could be pooled")
    shares = _shares(counts, weights)
    value, below, above = 0.0, 0.0, 0.0
    for (x, n), share in zip(counts, shares, strict=True):
        limits = interval(x, n, confidence)
        value += share * x / n
        below += (share * (x / n - limits.low)) ** 2
        above += (share * (limits.high - x / n)) ** 2
    estimate = Estimate(
        value=value,
        low=max(0.0, value - math.sqrt(below)),
        high=min(1.0, value + math.sqrt(above)),
        n=sum(n for _, n in counts),
        events=sum(x for x, _ in counts),
        method=METHOD,
        confidence=confidence,
    )
    return Pooled(estimate, shares)


def _shares(counts: list[tuple[int, int]], weights: Weights | Sequence[float]) -> tuple[float, ...]:
    if isinstance(weights, str):
        raw = [1.0 if Weights(weights) is Weights.EQUAL else float(n) for _, n in counts]
    else:
        raw = [float(weight) for weight in weights]
        if len(raw) != len(counts):
            raise InputError(f"{len(raw)} weights for {len(counts)} cells: give one each")
        wrong = [weight for weight in raw if not (math.isfinite(weight) and weight >= 0)]
        if wrong:
            raise InputError(f"weight {wrong[0]}: use numbers from 0 up")
        if sum(raw) == 0:
            raise InputError("all weights are 0: give at least one above it")
    total = sum(raw)
    return tuple(weight / total for weight in raw)
