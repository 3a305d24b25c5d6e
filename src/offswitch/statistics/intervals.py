"""Intervals for rates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from numbers import Integral
from statistics import NormalDist

from offswitch.errors import InputError


@dataclass(frozen=True)
class Interval:
    """The rates, between 0 and 1, that agree with what was seen."""

    low: float
    high: float


@lru_cache(maxsize=4096)
def wilson(events: int, trials: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a rate: it keeps its coverage where a count is 0 or all, as counts here often are.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927), 209-212. Without continuity correction.

    Args:
        events: How often it happened.
        trials: How often it could have happened; with 0 nothing is known, and the interval is [0, 1].
        confidence: Between 0 and 1.

    Raises:
        InputError: counts that are no counts, more events than trials, or a confidence outside (0, 1).
    """
    if not (isinstance(events, Integral) and isinstance(trials, Integral)):
        raise InputError(f"{events!r} of {trials!r}: a rate is made of whole numbers")
    if not 0 <= events <= trials:
        raise InputError(f"{events} events in {trials} trials: events must lie between 0 and trials")
    if not 0 < confidence < 1:
        raise InputError(f"confidence {confidence}: use a number between 0 and 1, such as 0.95")
    if trials == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate = events / trials
    scale = 1 + z * z / trials
    centre = (rate + z * z / (2 * trials)) / scale
    half = z * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials)) / scale
    # At the ends the formula is exact but its floating-point value misses 0 and 1 by a rounding error.
    low = 0.0 if events == 0 else max(0.0, centre - half)
    high = 1.0 if events == trials else min(1.0, centre + half)
    return Interval(low, high)
