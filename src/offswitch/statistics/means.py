"""The mean of a bounded number over trials, with its interval.

>>> mean([1.0, 0.8, 0.9, 0.4], ["a", "a", "b", "b"])
Mean(value=0.775, low=0.0, high=1.0, n=4, method='t over 2 surfaces')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from offswitch.errors import InputError
from offswitch.statistics.contrasts.clustering import clustered_mean
from offswitch.statistics.rates import DEFAULT, interval
from offswitch.statistics.rates.estimate import CONFIDENCE, check_confidence


@dataclass(frozen=True)
class Mean:
    """A mean with its interval."""

    value: float
    low: float
    high: float
    n: int
    """Trials."""
    method: str
    """How the interval is made."""


def mean(
    values: Sequence[float],
    surfaces: Sequence[str],
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    confidence: float = CONFIDENCE,
) -> Mean:
    """The mean over trials, whose surfaces are drawn from many: the spread between surfaces is its error.

    Of values that are all 0 or 1 it is a rate, with a rate's interval.
    Where the surfaces show no spread (one surface, or all means alike) that would be no interval at all. There the mean
    is read as a share: a number between two bounds varies no more than a yes or no between them with the same mean, so
    Clopper-Pearson's limits for that share, continued to sums that are not whole, are on the safe side.

    Args:
        values: One a trial, within the bounds; at least one.
        surfaces: The surface of each.
        bounds: The least and the most that a value can be.
        confidence: Of the interval.

    Raises:
        InputError: no value, or one outside the bounds.
    """
    check_confidence(confidence)
    least, most = bounds
    if not values or not all(least <= value <= most for value in values):
        raise InputError(f"a mean needs values between {least} and {most}: got {list(values)[:5]}")
    if bounds == (0.0, 1.0) and set(values) <= {0.0, 1.0}:
        share = interval(int(sum(values)), len(values), confidence)
        return Mean(sum(values) / len(values), share.low, share.high, len(values), str(DEFAULT))
    groups = {name: [v for v, s in zip(values, surfaces, strict=True) if s == name] for name in dict.fromkeys(surfaces)}
    if len(groups) > 1:
        means = np.array([np.mean(group) for group in groups.values()])
        found = clustered_mean(means, np.array([float(len(group)) for group in groups.values()]))
        if found.variance > 1e-12 * (most - least) ** 2:
            half = found.half_width(confidence)
            low, high = max(least, found.mean - half), min(most, found.mean + half)
            return Mean(found.mean, low, high, len(values), f"t over {len(groups)} surfaces")
    value, size = float(np.mean(values)), len(values)
    events, tail = size * (value - least) / (most - least), (1 - confidence) / 2
    low = float(special.betaincinv(events, size - events + 1, tail)) if events > 0 else 0.0
    high = float(special.betaincinv(events + 1, size - events, 1 - tail)) if events < size else 1.0
    return Mean(value, least + low * (most - least), least + high * (most - least), size, "as of a share, exact")
