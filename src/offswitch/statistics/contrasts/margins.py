"""The interval of one arm's rate: what the intervals of sparse differences and ratios are put together from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from offswitch.statistics.contrasts.clustering import Vector, clustered_mean, t_quantile
from offswitch.statistics.rates import Interval, surface_limits

FEW = 5
"""Fewer events, or fewer non-events, than this: a rate is sparse and its spread over surfaces says too little."""

FEW_EFFECTIVE = 8
"""The same for what is left of them once divided by the design effect. Chosen in simulation: with fewer, t intervals of
differences missed up to 18 % where surfaces are rare and very uneven (`benchmarks/coverage.py`)."""


@dataclass(frozen=True)
class Arm:
    """Sums of one arm, one entry a surface."""

    trials: Vector
    total: Vector
    """Sum of the trials' values: the events, where a value is 0 or 1."""
    weights: Vector
    """What a surface counts, adding up to 1."""

    @cached_property
    def rate(self) -> float:
        """Mean value, surfaces weighted."""
        return float(self.weights @ (self.total / self.trials))

    @property
    def sparse(self) -> bool:
        """Whether events or non-events are few, or on few surfaces; only for values of 0 or 1."""
        events, others = self.total.sum(), self.trials.sum() - self.total.sum()
        return bool(min(events, others) < FEW or self.effective * min(self.rate, 1 - self.rate) < FEW_EFFECTIVE)

    @cached_property
    def effective(self) -> float:
        """Independent trials that would tell as much: the trials divided by the design effect, which is at least 1."""
        count, rate = float(self.trials.sum()), self.rate
        binomial = rate * (1 - rate) / count
        if len(self.trials) < 2 or binomial <= 0:
            return count
        return count / max(1.0, clustered_mean(self.total / self.trials, self.weights).variance / binomial)

    def interval(self, confidence: float) -> Interval:
        """Over surfaces like these, the clustered interval (`rates.clustered`); on one surface Wilson's."""
        found = self._limits(confidence)
        return Interval(min(found.low, self.rate), max(found.high, self.rate))

    @cached_property
    def _limits(self) -> Callable[[float], Interval]:
        if len(self.trials) < 2:
            return self._wilson
        cells = [(round(float(x)), round(float(n))) for x, n in zip(self.total, self.trials, strict=True)]
        return surface_limits(cells)

    def _wilson(self, confidence: float) -> Interval:
        count, rate, z = float(self.trials.sum()), self.rate, t_quantile(confidence, np.inf)
        scale = 1 + z * z / count
        centre = (rate + z * z / (2 * count)) / scale
        half = z * sqrt(max(0.0, rate * (1 - rate) / count + z * z / (4 * count * count))) / scale
        low = 0.0 if rate <= 0 else max(0.0, centre - half)
        return Interval(low, 1.0 if rate >= 1 else min(1.0, centre + half))


def arm(trials: Vector, total: Vector, weights: Vector | None = None) -> Arm:
    """An arm; without weights, surfaces count by their trials."""
    chosen = trials if weights is None else weights
    return Arm(np.asarray(trials, float), np.asarray(total, float), np.asarray(chosen / chosen.sum(), float))
