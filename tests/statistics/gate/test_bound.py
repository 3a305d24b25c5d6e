from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import optimize, special, stats

from offswitch.statistics.gate import bound_rate, trials_needed

NODES = np.linspace(-6, 6, 801)
WEIGHTS = stats.norm.pdf(NODES) / stats.norm.pdf(NODES).sum()


@pytest.mark.parametrize("spread", [0.0, 1.0, 1.5, 2.0])
@pytest.mark.parametrize(("limit", "surfaces", "each"), [(0.01, 4, 250), (0.01, 12, 60), (0.05, 8, 30), (0.05, 1, 200)])
def test_a_rate_at_the_limit_rarely_passes(limit: float, surfaces: int, each: int, spread: float) -> None:
    if surfaces == 1 and spread:
        pytest.skip("one surface: the bound is that surface's own")
    centre = float(optimize.brentq(lambda a: WEIGHTS @ special.expit(a + spread * NODES) - limit, -30, 30))
    generator = np.random.default_rng(int(1000 * limit) + surfaces)
    rounds = 1500
    chances = special.expit(centre + generator.normal(0, spread, (rounds, surfaces)))
    counts = np.sort(generator.binomial(each, chances), axis=1)

    @cache
    def passes(events: tuple[int, ...]) -> bool:
        # A rate seen above the limit cannot have a bound below it.
        return sum(events) <= limit * each * surfaces and bound_rate(events, [each] * surfaces, 0.95).bound <= limit

    wrong = sum(passes(tuple(map(int, row))) for row in counts) / rounds
    # A standard error of 1500 rounds is 0.6 points.
    assert wrong <= 0.05 + 0.011


@pytest.mark.parametrize(("limit", "surfaces"), [(0.01, 1), (0.01, 6), (0.02, 14), (0.05, 3)])
def test_the_trials_that_are_said_to_be_needed_are(limit: float, surfaces: int) -> None:
    need = trials_needed(limit, surfaces, 0.95)
    spread = [need // surfaces + (i < need % surfaces) for i in range(surfaces)]
    assert bound_rate([0] * surfaces, spread, 0.95).bound <= limit
    fewer = [number - 1 for number in spread]
    assert bound_rate([0] * surfaces, fewer, 0.95).bound > limit


def test_one_surface_needs_the_exact_299() -> None:
    assert trials_needed(0.01, 1, 0.95) == 299


def test_no_trials_bound_nothing() -> None:
    assert bound_rate([0], [0], 0.95).bound == 1.0


def test_events_on_one_surface_of_many_count_for_more() -> None:
    together = bound_rate([8, 0, 0, 0, 0, 0], [100] * 6, 0.95).bound
    apart = bound_rate([2, 1, 1, 2, 1, 1], [100] * 6, 0.95).bound
    assert together > apart > 8 / 600
