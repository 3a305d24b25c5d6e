from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from offswitch.errors import InputError
from offswitch.statistics.rates import DEFAULT, Estimate, Interval, Method, estimate, interval, lower_bound, upper_bound

counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
RATES = (0.0, 0.002, 0.01, 0.07, 0.5, 0.79)


def limits(n: int, rate: float, method: Method, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Counts that are not absurd at the rate, and whether their intervals hold it."""
    seen = np.arange(int(binom.ppf(1e-9, n, rate)), int(binom.ppf(1 - 1e-9, n, rate)) + 1) if rate else np.array([0])
    return seen, np.array([rate in interval(int(x), n, confidence, method) for x in seen])


def coverage(n: int, rate: float, method: Method = DEFAULT) -> float:
    """Exactly: the probability of the counts whose interval holds the rate; limits rise with the count."""

    def furthest(step: int) -> int:
        inner, outer = round(n * rate), -1 if step < 0 else n + 1
        while abs(outer - inner) > 1:
            middle = (inner + outer) // 2
            inner, outer = (middle, outer) if rate in interval(middle, n, 0.95, method) else (inner, middle)
        return inner

    return float(binom.cdf(furthest(1), n, rate) - binom.cdf(furthest(-1) - 1, n, rate))


SIZES = [20, 21, 22, 24, 27, 29, 34, 37, 41, 50, 64, 71, 88, 100, 143, 200, 375, 500, 513, 680, 1000, 1411, 1855, 2000]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("method", "least"), [(DEFAULT, 0.94), (Method.BLAKER, 0.95)])
def test_the_exact_intervals_have_a_floor(method: Method, least: float, rate: float) -> None:
    found = {n: coverage(n, rate, method) for n in SIZES}
    assert min(found.values()) >= least - 1e-9, found


@given(st.integers(5, 500), st.floats(0.0005, 0.9995))
@settings(max_examples=30, deadline=None)
def test_the_floor_holds_at_any_rate_and_number(n: int, rate: float) -> None:
    assert coverage(n, rate) >= 0.94 - 1e-9


UNAVOIDABLE = {21, 24, 26, 29, 31, 36}
"""Trials at a rate of one half, see below."""


@pytest.mark.parametrize("rate", [0.01, 0.07, 0.5, 0.79])
def test_the_default_covers_94_to_97_percent_where_five_of_each_are_expected(rate: float) -> None:
    sizes = [*range(20, 90, 1 if rate == 0.5 else 7), *SIZES, 300, 400, 530, 540, 552, 600, 670, 750, 1250, 1500]
    found = {n: coverage(n, rate) for n in sizes if min(n * rate, n * (1 - rate)) >= 5}
    outside = {n for n, value in found.items() if not 0.94 <= value <= 0.97}
    assert outside == (UNAVOIDABLE if rate == 0.5 else set()), found


def test_no_interval_that_treats_events_and_others_alike_does_better_at_one_half() -> None:
    # Such an interval holds one half for a set of counts that is its own mirror image: k to n - k for some k.
    covers = {n: 1 - 2 * binom.cdf(np.arange(-1, n // 2), n, 0.5) for n in range(20, 2001)}
    assert {n for n, c in covers.items() if not ((c >= 0.94) & (c <= 0.97)).any()} == UNAVOIDABLE


def test_limits_rise_with_the_count() -> None:
    for n in (7, 40, 150):
        found = [interval(x, n) for x in range(n + 1)]
        assert all(a.low <= b.low and a.high <= b.high for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("method", "n", "rate", "least"), [(Method.WILSON, 88, 0.002, 0.84), (Method.JEFFREYS, 250, 0.01, 0.88)]
)
def test_why_the_shorter_intervals_are_not_the_default(method: Method, n: int, rate: float, least: float) -> None:
    assert coverage(n, rate, method) < least
    assert coverage(n, rate) >= 0.94


@given(st.integers(1, 400), st.floats(0.001, 0.999), st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=40, deadline=None)
def test_blaker_holds_exactly_the_rates_that_its_test_accepts(n: int, rate: float, confidence: float) -> None:
    seen, holds = limits(n, rate, Method.BLAKER, confidence)
    # Blaker's acceptability straight from its definition: the chance of a count whose smaller tail is no larger.
    every = np.arange(n + 1)
    smaller_tail = np.minimum(binom.cdf(every, n, rate), binom.sf(every - 1, n, rate))
    chances = binom.pmf(every, n, rate)
    accepted = np.array([chances[smaller_tail <= smaller_tail[x] * (1 + 1e-9)].sum() > 1 - confidence for x in seen])
    # The interval also holds the rates in a gap of the accepted ones, so it may be wider and never narrower.
    assert not (accepted & ~holds).any()


@pytest.mark.parametrize(
    ("method", "events", "n", "low", "high"),
    [
        (Method.WILSON, 0, 20, 0.0, 0.1611),
        (Method.WILSON, 79, 100, 0.7002, 0.8583),
        (Method.CLOPPER_PEARSON, 7, 100, 0.0286, 0.1389),
        (Method.CLOPPER_PEARSON, 0, 20, 0.0, 0.1684),
        (Method.JEFFREYS, 7, 100, 0.0319, 0.1325),
    ],
)
def test_known_values(method: Method, events: int, n: int, low: float, high: float) -> None:
    found = interval(events, n, method=method)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("method", "name"), [(Method.WILSON, "wilson"), (Method.CLOPPER_PEARSON, "exact")])
@given(counts, st.floats(0.5, 0.999))
@settings(max_examples=40, deadline=None)
def test_it_agrees_with_scipy(method: Method, name: str, count: tuple[int, int], confidence: float) -> None:
    found, expected = interval(*count, confidence, method), binomtest(*count).proportion_ci(confidence, method=name)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize("method", Method)
@given(counts)
@settings(max_examples=40, deadline=None)
def test_it_holds_the_rate_and_mirrors_for_the_complement(method: Method, count: tuple[int, int]) -> None:
    events, n = count
    found, mirrored = interval(events, n, method=method), interval(n - events, n, method=method)
    assert 0 <= found.low <= events / n <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@pytest.mark.parametrize("method", Method)
@given(counts)
@settings(max_examples=40, deadline=None)
def test_more_confidence_is_never_narrower(method: Method, count: tuple[int, int]) -> None:
    narrow, wide = interval(*count, 0.8, method), interval(*count, 0.99, method)
    assert wide.low <= narrow.low and narrow.high <= wide.high


@given(counts)
@settings(max_examples=60, deadline=None)
def test_blaker_lies_inside_clopper_pearson(count: tuple[int, int]) -> None:
    inner, outer = interval(*count), interval(*count, method=Method.CLOPPER_PEARSON)
    assert outer.low - 1e-12 <= inner.low and inner.high <= outer.high + 1e-12


@pytest.mark.parametrize("method", Method)
def test_the_ends_are_exactly_zero_and_one(method: Method) -> None:
    assert interval(0, 37, method=method).low == 0.0
    assert interval(37, 37, method=method).high == 1.0


@pytest.mark.parametrize("method", Method)
def test_a_million_trials_have_an_interval_too(method: Method) -> None:
    found = interval(3_000, 1_000_000, method=method)
    assert (found.low, found.high) == pytest.approx((0.002894, 0.003109), abs=2e-6)


def test_without_trials_nothing_is_known() -> None:
    assert estimate(0, 0) == Estimate(None, 0.0, 1.0, 0, 0, "calibrated Blaker", 0.95)
    assert (lower_bound(0, 0), upper_bound(0, 0)) == (0.0, 1.0)


@pytest.mark.parametrize(("rate", "n"), [(0.01, 300), (0.05, 60), (0.4, 25)])
def test_one_sided_bounds_miss_no_more_often_than_they_say(rate: float, n: int) -> None:
    chances = binom.pmf(np.arange(n + 1), n, rate)
    above = np.array([upper_bound(x, n) < rate for x in range(n + 1)])
    below = np.array([lower_bound(x, n) > rate for x in range(n + 1)])
    assert chances[above].sum() <= 0.05 and chances[below].sum() <= 0.05
    assert upper_bound(0, 299) < 0.01 < upper_bound(0, 298), "0 of 299 is the smallest that shows 1 %"


def test_an_estimate_says_what_it_is() -> None:
    assert str(estimate(3, 48)) == "3/48 6.2% [1.9%, 16.1%]"
    assert str(estimate(0, 0)) == "0/0, nothing observed"
    assert estimate(3, 48).interval == Interval(estimate(3, 48).low, estimate(3, 48).high)


@pytest.mark.parametrize(
    ("events", "n", "confidence"),
    [
        *[(-1, 5, 0.95), (6, 5, 0.95), (0, -1, 0.95), (0.5, 5, 0.95), (float("nan"), 5, 0.95)],
        *[(1, 5, 0.0), (1, 5, 1.0), (1, 5, 95), (1, 5, float("nan"))],
    ],
)
def test_what_is_no_count_or_no_confidence_is_refused(events: int, n: int, confidence: float) -> None:
    for make in (estimate, interval, upper_bound, lower_bound):
        with pytest.raises(InputError):
            make(events, n, confidence)
