"""Means of bounded numbers: against t by hand, exact limits where there is no spread, and coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from offswitch.errors import InputError
from offswitch.statistics.means import mean
from offswitch.statistics.rates import interval


def test_with_one_trial_a_surface_it_is_the_jackknifes_t_interval() -> None:
    values = [0.3, 0.5, 0.9, 0.4, 0.6]
    found = mean(values, list("abcde"))
    half = stats.t.ppf(0.975, 4) * np.sqrt(np.sum((np.array(values) - np.mean(values)) ** 2)) / 4
    assert found.value == pytest.approx(np.mean(values))
    assert (found.low, found.high) == pytest.approx((np.mean(values) - half, np.mean(values) + half))
    assert (found.n, found.method) == (5, "t over 5 surfaces")


def test_trials_of_one_surface_count_as_one() -> None:
    alone = mean([0.2, 0.8], ["a", "b"], bounds=(-1.0, 1.0))
    many = mean([0.2] * 10 + [0.8] * 10, ["a"] * 10 + ["b"] * 10, bounds=(-1.0, 1.0))
    assert (many.low, many.high) == pytest.approx((alone.low, alone.high))
    assert many.n == 20


def test_of_yes_and_no_it_is_a_rate() -> None:
    found, rate = mean([1.0, 0.0, 1.0], ["a", "b", "c"]), interval(2, 3)
    assert (found.value, found.low, found.high) == pytest.approx((2 / 3, rate.low, rate.high))


def test_without_spread_it_is_as_wide_as_a_share_and_never_a_point() -> None:
    found = mean([0.0] * 6, list("abcdef"), bounds=(-1.0, 1.0))
    low, high = stats.beta.ppf(0.025, 3, 4), stats.beta.ppf(0.975, 4, 3)
    assert (found.low, found.high) == pytest.approx((2 * low - 1, 2 * high - 1))
    assert mean([0.9], ["a"]).low < 0.9 < mean([0.9], ["a"]).high
    assert mean([1.0, 1.0], ["a", "b"], bounds=(-1.0, 1.0)).high == 1.0


@given(st.lists(st.tuples(st.floats(-1, 1), st.sampled_from("abc")), min_size=1, max_size=30))
def test_it_lies_within_the_bounds_and_holds_the_mean(rows: list[tuple[float, str]]) -> None:
    found = mean([value for value, _ in rows], [surface for _, surface in rows], bounds=(-1.0, 1.0))
    assert -1 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1


def test_the_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    random = np.random.default_rng(4)
    surfaces = [name for name in "abcdefgh" for _ in range(5)]
    held = 0
    for _ in range(400):
        levels = np.repeat(random.beta(4, 4, size=8), 5)
        found = mean(list(random.beta(10 * levels, 10 * (1 - levels))), surfaces)
        held += found.low <= 0.5 <= found.high
    assert held / 400 > 0.92


@pytest.mark.parametrize("values", [[], [1.2], [float("nan")]])
def test_what_is_no_bounded_number_is_refused(values: list[float]) -> None:
    with pytest.raises(InputError, match="a mean needs values"):
        mean(values, ["a"] * len(values))
