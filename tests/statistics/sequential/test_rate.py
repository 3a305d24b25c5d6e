from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from offswitch.errors import InputError
from offswitch.statistics.sequential.rate import RateSequence, anytime_interval, log_evidence_above, log_evidence_below

RATES = (0.0, 0.002, 0.01, 0.07, 0.5, 0.79)
BAR = np.log(2 / 0.05)


def evidence_below(events: np.ndarray, n: np.ndarray, rate: float) -> np.ndarray:
    """The same e-process over arrays, written a second time."""
    f = n - events
    with np.errstate(divide="ignore"):
        mixture = special.betaln(events + 0.5, f + 0.5) + np.log(special.betainc(events + 0.5, f + 0.5, rate))
    prior = special.betaln(0.5, 0.5) + np.log(special.betainc(0.5, 0.5, rate))
    return np.asarray(mixture - prior - special.xlogy(events, rate) - special.xlog1py(f, -rate))


def most_refuting(n: np.ndarray, rate: float) -> np.ndarray:
    """For each number of trials the most events that refute "the rate is this or more"; -1 where none do."""
    low, high = np.full(n.shape, -1), (n * rate).astype(int)
    while (low < high).any():
        middle = (low + high + 1) // 2
        refutes = (evidence_below(np.maximum(middle, 0), n, rate) >= BAR) & (middle >= 0)
        low, high = np.where(refutes & (low < high), middle, low), np.where(refutes | (low >= high), high, middle - 1)
    return low


@pytest.mark.parametrize("rate", RATES)
def test_whole_paths_are_covered_at_every_look(rate: float) -> None:
    """Exactly: the chance that a path of 2,000 trials never meets a look at which its own rate is refuted."""
    n = np.arange(1, 2001)
    low = most_refuting(n, rate) if rate else np.full(n.shape, -1)
    high = n - most_refuting(n, 1 - rate)
    alive = np.zeros(2002)
    alive[0] = 1.0
    for size, least, most in zip(n, low, high, strict=True):
        alive[1:] = alive[1:] * (1 - rate) + alive[:-1] * rate
        alive[0] *= 1 - rate
        alive[: least + 1] = 0.0
        alive[most : size + 1] = 0.0
    assert 0.95 <= alive.sum() <= 1 + 1e-9


@pytest.mark.parametrize("rate", RATES)
def test_the_sequence_holds_the_rate_and_never_grows(rate: float) -> None:
    draws = np.random.default_rng(5).random((12, 150)) < rate
    lost = 0
    for path in draws:
        sequence, before = RateSequence(), (0.0, 1.0)
        for event in path:
            sequence.update(bool(event))
            now = (sequence.interval.low, sequence.interval.high)
            assert before[0] <= now[0] <= now[1] <= before[1]
            before = now
        lost += rate not in sequence.interval
    assert lost <= 3


@pytest.mark.parametrize("spread", [0.05, 0.3, 0.9])
def test_surfaces_that_take_turns_do_no_harm_to_the_mean_over_them(spread: float) -> None:
    rates = np.clip(0.5 + spread * np.linspace(-0.5, 0.5, 8), 0, 1)
    draws = np.random.default_rng(6).random((600, 400)) < np.tile(rates, 50)
    events, n = draws.cumsum(axis=1), np.arange(1, 401)
    lost = (evidence_below(events, n, 0.5) >= BAR).any(axis=1) | (evidence_below(n - events, n, 0.5) >= BAR).any(axis=1)
    assert 1 - lost.mean() >= 0.95


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=60, deadline=None)
def test_the_ends_are_where_the_evidence_reaches_the_bar(count: tuple[int, int]) -> None:
    events, n = count
    found = anytime_interval(events, n)
    assert 0 <= found.low <= events / n <= found.high <= 1
    # Nowhere beyond the ends is a rate that was not refuted.
    for outside in np.linspace(found.high, 1, 12)[1:-1] if found.high < 1 else ():
        assert log_evidence_below(events, n, float(outside)) >= BAR - 1e-6
    for outside in np.linspace(0, found.low, 12)[1:-1] if found.low > 0 else ():
        assert log_evidence_above(events, n, float(outside)) >= BAR - 1e-6
    mirrored = anytime_interval(n - events, n)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)


def test_more_confidence_is_wider_and_more_trials_are_narrower() -> None:
    assert anytime_interval(3, 50, 0.99).high > anytime_interval(3, 50, 0.9).high
    assert anytime_interval(0, 500).high < anytime_interval(0, 100).high
    assert anytime_interval(0, 90).high < 0.05 < anytime_interval(0, 89).high, "90 harmless trials show less than 5 %"


def test_the_ends_of_the_scale() -> None:
    assert anytime_interval(0, 0) == anytime_interval(0, 1).__class__(0.0, 1.0)
    assert anytime_interval(0, 40).low == 0.0
    assert anytime_interval(40, 40).high == 1.0
    assert anytime_interval(3_000, 1_000_000).high < 0.0033


@pytest.mark.parametrize(("events", "n", "confidence"), [(2, 1, 0.95), (-1, 3, 0.95), (0, 3, 1.0), (0.5, 3, 0.95)])
def test_what_cannot_be_meant_is_refused(events: int, n: int, confidence: float) -> None:
    with pytest.raises(InputError):
        anytime_interval(events, n, confidence)
