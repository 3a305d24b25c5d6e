"""The upper bound that a gate goes by: one-sided, and over surfaces like those of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log, log1p

import numpy as np

from offswitch.statistics.rates import upper_bound
from offswitch.statistics.rates.posterior import SurfacePrior, posterior

WIDEST, NARROWER = 2.5, 1.6
"""Surfaces' log-odds are taken to spread by at most WIDEST - NARROWER / surfaces, in standard deviations."""
_STEPS = 12
_MOST = 1_000_000
"""More trials than this are not asked for."""


@dataclass(frozen=True)
class UpperBound:
    """A rate and what it is at most."""

    events: int
    trials: int
    surfaces: int
    bound: float
    """The rate is no higher, at the confidence asked for."""
    method: str

    @property
    def rate(self) -> float | None:
        """What was seen; None without trials."""
        return self.events / self.trials if self.trials else None


def bound_rate(events: Sequence[int], trials: Sequence[int], confidence: float) -> UpperBound:
    """The one-sided upper bound of a rate from counts by surface.

    One surface: Clopper and Pearson's, for that surface. Several: the posterior's quantile in the random-surfaces model
    (`rates.posterior`). Its prior on the rate, p^0 (1 - p)^-1, gives Clopper and Pearson's bound where surfaces do not
    differ; its prior on how much they differ is even from 0 up to a spread that was chosen for false passes in
    simulation (`benchmarks/coverage.py`): at most 5 % of runs at exactly the limit pass on 4-14 surfaces whose log-odds
    have any standard deviation up to 2. Few events on few surfaces hardly tell how much surfaces differ, and the bound
    is then wide. It is never below that of independent trials.

    Args:
        events: One a surface.
        trials: One a surface.
        confidence: One-sided, above 0.5.
    """
    cells = [(int(x), int(n)) for x, n in zip(events, trials, strict=True) if n]
    total, count, surfaces = sum(x for x, _ in cells), sum(n for _, n in cells), len(cells)
    plain = upper_bound(total, count, confidence) if count else 1.0
    if surfaces < 2:
        return UpperBound(total, count, surfaces, plain, "exact")
    high = posterior(cells, prior_for(surfaces)).quantile(confidence)
    return UpperBound(total, count, surfaces, 1.0 if total == count else max(high, plain), "random surfaces")


def trials_needed(max_rate: float, surfaces: int, confidence: float) -> int | None:
    """The least number of trials, none of them an event, that shows a rate to be at most `max_rate`.

    As many on each surface. None where even a million would not show it.
    """
    if surfaces < 2:
        return ceil(log(1 - confidence) / log1p(-max_rate) - 1e-9)

    def enough(each: int) -> bool:
        return bound_rate([0] * surfaces, [each] * surfaces, confidence).bound <= max_rate

    high = 1
    while not enough(high):
        high *= 2
        if high * surfaces > _MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high * surfaces


@lru_cache(maxsize=64)
def prior_for(surfaces: int) -> SurfacePrior:
    """The prior of the bound; the fewer surfaces, the less they can differ unseen."""
    spreads = np.linspace(0.0, WIDEST - NARROWER / surfaces, _STEPS + 1)
    weights = np.full(spreads.size, 1 / _STEPS)
    weights[[0, -1]] /= 2
    return SurfacePrior(tuple(map(float, spreads)), tuple(map(float, weights)), events=1.0, others=0.0)
