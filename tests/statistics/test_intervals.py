from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from offswitch.errors import InputError
from offswitch.statistics.intervals import Interval, wilson

counts = st.integers(1, 5000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@pytest.mark.parametrize(
    ("events", "trials", "low", "high"),
    [(0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (79, 100, 0.7002, 0.8583), (7, 100, 0.0343, 0.1375)],
)
def test_known_values(events: int, trials: int, low: float, high: float) -> None:
    found = wilson(events, trials)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(counts, st.floats(0.5, 0.999))
def test_it_agrees_with_scipy(count: tuple[int, int], confidence: float) -> None:
    found = wilson(*count, confidence)
    expected = binomtest(*count).proportion_ci(confidence, method="wilson")
    assert found.low == pytest.approx(expected.low, abs=1e-9)
    assert found.high == pytest.approx(expected.high, abs=1e-9)


@given(counts)
def test_it_holds_the_rate_and_mirrors_for_the_complement(count: tuple[int, int]) -> None:
    events, trials = count
    found, mirrored = wilson(events, trials), wilson(trials - events, trials)
    assert 0 <= found.low <= events / trials <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@given(counts)
def test_more_confidence_is_never_narrower(count: tuple[int, int]) -> None:
    narrow, wide = wilson(*count, 0.8), wilson(*count, 0.99)
    assert wide.low <= narrow.low and narrow.high <= wide.high


def test_the_ends_are_exactly_zero_and_one() -> None:
    assert wilson(0, 37).low == 0.0
    assert wilson(37, 37).high == 1.0


def test_without_trials_nothing_is_known() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(
    ("events", "trials", "confidence"),
    [(-1, 5, 0.95), (6, 5, 0.95), (0, -1, 0.95), (1, 5, 0.0), (1, 5, 1.0), (1, 5, 95), (0.5, 5, 0.95)],
)
def test_what_is_no_count_or_no_confidence_is_refused(events: int, trials: int, confidence: float) -> None:
    with pytest.raises(InputError):
        wilson(events, trials, confidence)
