"""The coverage of clustered intervals, exact: every table of counts there can be on a few small surfaces."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np
import pytest
from scipy import optimize, special, stats

from offswitch.statistics.rates import clustered

NODES = np.linspace(-8, 8, 801)
NORMAL = stats.norm.pdf(NODES) / stats.norm.pdf(NODES).sum()
RATES = (0.002, 0.01, 0.07, 0.3, 0.5, 0.79)
SPREADS = (0.3, 0.5, 1.0, 1.5)


@cache
def tables(surfaces: int, each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every table but for the order of surfaces, in how many orders it comes, and its interval."""
    found = tuple(combinations_with_replacement(range(each + 1), surfaces))
    estimates = [clustered(events, [each] * surfaces).estimate for events in found]
    ways = [factorial(surfaces) / prod(map(factorial, Counter(events).values())) for events in found]
    return np.array(found), np.array(ways), np.array([(e.low, e.high) for e in estimates if e is not None])


def chances(rate: float, spread: float, kind: str, each: int) -> np.ndarray:
    """The probability of each count on a surface, where log-odds are normal, or rates beta with the same variance."""
    centre = optimize.brentq(lambda c: NORMAL @ special.expit(c + spread * NODES) - rate, -30, 30)
    rates = special.expit(centre + spread * NODES)
    counts = np.arange(each + 1)
    if kind == "logits":
        return np.asarray(NORMAL @ stats.binom.pmf(counts, each, rates[:, None]))
    more = (rate * (1 - rate)) / (NORMAL @ rates**2 - rate**2) - 1
    return np.asarray(stats.betabinom.pmf(counts, each, rate * more, (1 - rate) * more))


def covered(surfaces: int, each: int, rate: float, spread: float, kind: str) -> float:
    found, ways, limits = tables(surfaces, each)
    probability = ways * chances(rate, spread, kind, each)[found].prod(axis=1)
    assert probability.sum() == pytest.approx(1)
    return float(probability[(limits[:, 0] <= rate) & (rate <= limits[:, 1])].sum())


@pytest.mark.parametrize(("surfaces", "each"), [(6, 5), (8, 3), (12, 2)])
def test_few_trials_are_covered_whatever_the_rate_and_however_surfaces_differ(surfaces: int, each: int) -> None:
    found = {
        (rate, spread, kind): covered(surfaces, each, rate, spread, kind)
        for rate, spread, kind in product(RATES, SPREADS, ("logits", "beta"))
    }
    assert min(found.values()) >= 0.935, found
    five = [value for (rate, *_), value in found.items() if min(rate, 1 - rate) * surfaces * each >= 5]
    # With so few trials counts are coarse: independent trials' own interval covers up to 97.7%.
    assert 0.94 <= np.mean(five) <= 0.97 and max(five) <= 0.986, found
