"""The upper bound that a gate goes by: one-sided, and over surfaces like those of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from offswitch.statistics.rates import clustered, upper_bound

FEW = 3
"""With fewer events than this, how much surfaces differ cannot be told from them."""

LEAST_EFFECT = 1.1
"""The design effect that is assumed at least where events are few."""


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

    One surface: Clopper and Pearson's, for that surface. Several and three events or more: the upper limit of the
    random-surfaces interval (`rates.clustered`). Several and fewer events: Clopper and Pearson's on the effective
    number of trials, as E. L. Korn and B. I. Graubard give it ("Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data", Survey Methodology 24 (1998), 193-201): divided by
    the design effect (at least 1.1) and scaled by the squared ratio of the normal to the t quantile of the surfaces.

    Args:
        events: One a surface.
        trials: One a surface.
        confidence: One-sided, above 0.5.
    """
    x, n = np.array(events, float), np.array(trials, float)
    x, n = x[n > 0], n[n > 0]
    total, count, surfaces = int(x.sum()), int(n.sum()), len(n)
    if surfaces < 2:
        return UpperBound(total, count, surfaces, upper_bound(total, count, confidence) if count else 1.0, "exact")
    if total >= FEW:
        found = clustered(tuple(map(int, x)), tuple(map(int, n)), 2 * confidence - 1).estimate
        if found is not None:
            return UpperBound(total, count, surfaces, found.high, "random surfaces")
    rate = total / count
    between = float(np.sum((x - rate * n) ** 2)) / count**2 * surfaces / (surfaces - 1)
    binomial = rate * (1 - rate) / count
    effect = max(LEAST_EFFECT, between / binomial) if binomial > 0 else LEAST_EFFECT
    scale = float(stats.norm.ppf(confidence) / stats.t.ppf(confidence, surfaces - 1)) ** 2
    effective = count / effect * scale
    high = float(special.betaincinv(rate * effective + 1, effective * (1 - rate), confidence)) if rate < 1 else 1.0
    return UpperBound(total, count, surfaces, high, "exact, effective trials")


def trials_needed(max_rate: float, surfaces: int, confidence: float) -> int:
    """The least number of trials, none of them an event, that shows a rate to be at most `max_rate`."""
    exact = np.log(1 - confidence) / np.log1p(-max_rate)
    if surfaces < 2:
        return int(np.ceil(exact - 1e-9))
    scale = float(stats.t.ppf(confidence, surfaces - 1) / stats.norm.ppf(confidence)) ** 2
    return int(np.ceil(exact * LEAST_EFFECT * scale - 1e-9))
