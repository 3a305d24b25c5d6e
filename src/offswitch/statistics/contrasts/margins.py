"""The interval of one arm's rate: what the intervals of sparse differences and ratios are put together from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt

import numpy as np

from offswitch.statistics.contrasts.clustering import Vector, clustered_mean, t_quantile
from offswitch.statistics.rates import Interval

FEW = 5
"""Fewer events, or fewer non-events, than this: a rate is sparse and its spread over surfaces says too little."""


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
        """Whether events or non-events are few; only for values of 0 or 1."""
        events = self.total.sum()
        return bool(events < FEW or self.trials.sum() - events < FEW)

    @cached_property
    def df(self) -> float:
        """Degrees of freedom of its spread over surfaces; infinite with one surface, where there is none."""
        return clustered_mean(self.total / self.trials, self.weights).df if len(self.trials) > 1 else inf

    @cached_property
    def effective(self) -> float:
        """Independent trials that would tell as much: the trials divided by the design effect, which is at least 1."""
        count, rate = float(self.trials.sum()), self.rate
        binomial = rate * (1 - rate) / count
        if len(self.trials) < 2 or binomial <= 0:
            return count
        return count / max(1.0, clustered_mean(self.total / self.trials, self.weights).variance / binomial)

    def interval(self, confidence: float) -> Interval:
        """Wilson's interval on the effective number of trials, with the t quantile of the surfaces.

        Source of the effective number in a score interval: E. L. Korn and B. I. Graubard, "Confidence intervals for
        proportions with small expected number of positive counts estimated from survey data", Survey Methodology 24
        (1998), 193-201.
        """
        count, rate, z = self.effective, self.rate, t_quantile(confidence, self.df)
        scale = 1 + z * z / count
        centre = (rate + z * z / (2 * count)) / scale
        half = z * sqrt(max(0.0, rate * (1 - rate) / count + z * z / (4 * count * count))) / scale
        low = 0.0 if rate <= 0 else max(0.0, centre - half)
        high = 1.0 if rate >= 1 else min(1.0, centre + half)
        return Interval(min(low, rate), max(high, rate))


def arm(trials: Vector, total: Vector, weights: Vector | None = None) -> Arm:
    """An arm; without weights, surfaces count by their trials."""
    chosen = trials if weights is None else weights
    return Arm(np.asarray(trials, float), np.asarray(total, float), np.asarray(chosen / chosen.sum(), float))
