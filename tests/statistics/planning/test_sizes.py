from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from offswitch.errors import InputError
from offswitch.statistics.planning import (
    effective,
    for_difference,
    for_half_width,
    for_threshold,
    inflated,
    one_more,
)
from offswitch.statistics.rates import interval
from offswitch.statistics.sequential import anytime_interval


@pytest.mark.parametrize(("rate", "half_width"), [(0.0, 0.01), (0.05, 0.03), (0.5, 0.05), (1.0, 0.02)])
def test_the_half_width_is_reached_and_not_much_earlier(rate: float, half_width: float) -> None:
    sizes = for_half_width(rate, half_width)
    for n, make in ((sizes.fixed, interval), (sizes.sequential, anytime_interval)):
        assert make(round(rate * n), n).half_width <= half_width
        fewer = int(0.8 * n)
        assert make(round(rate * fewer), fewer).half_width > half_width
    assert sizes.fixed < sizes.sequential


@pytest.mark.parametrize(("rate", "threshold"), [(0.0, 0.05), (0.02, 0.1), (0.2, 0.1)])
def test_a_fixed_size_has_the_power_it_says(rate: float, threshold: float) -> None:
    n = for_threshold(rate, threshold, power=0.9).fixed
    counts = np.arange(n + 1)
    found = [interval(int(x), n) for x in counts]
    shown = np.array([f.high < threshold if rate < threshold else f.low > threshold for f in found])
    assert binom.pmf(counts, n, rate)[shown].sum() >= 0.9


def test_a_difference_as_in_fleiss() -> None:
    # Fleiss, Levin and Paik, 3rd edition, section 4.2: 0.05 against 0.10 at 5 % and 80 % takes 474 of each.
    assert for_difference(0.05, 0.05).fixed == 474
    assert for_difference(0.1, -0.05).fixed == 474
    assert for_difference(0.05, 0.05, power=0.9).fixed > 474


@pytest.mark.parametrize(
    "ask",
    [
        lambda: for_half_width(1.5, 0.1),
        lambda: for_half_width(0.1, 0.0),
        lambda: for_half_width(0.1, math.nan),
        lambda: for_half_width(0.5, 1e-5),
        lambda: for_threshold(0.05, 0.05),
        lambda: for_threshold(0.04, 0.05, power=1.0),
        lambda: for_difference(0.9, 0.2),
        lambda: for_difference(0.9, 0.0),
        lambda: inflated(100, 1, 0.1),
        lambda: inflated(100, 5, 1.1),
    ],
)
def test_what_cannot_be_planned_is_refused(ask: object) -> None:
    with pytest.raises(InputError):
        ask()  # type: ignore[operator]


def test_surfaces_cost_and_one_more_buys() -> None:
    assert inflated(300, 10, 0.0).trials == 300
    now, more = inflated(100, 12, 0.01), one_more(100, 12, 0.01)
    assert now.trials is not None and more.trials is not None and 100 < more.trials < now.trials
    assert effective(now.trials, 12, 0.01) == pytest.approx(100, rel=0.02)
    assert inflated(1000, 12, 0.1).trials is None, "12 surfaces at 0.1 never tell as much as 1,000 independent trials"
