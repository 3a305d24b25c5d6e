from __future__ import annotations

import numpy as np
import pytest

from offswitch.statistics.sequential.difference import Counts, DifferenceSequence, anytime_difference

PAIRS = [
    (Counts(5, 100), Counts(40, 100)),
    (Counts(0, 100), Counts(3, 50)),
    (Counts(0, 30), Counts(30, 30)),
    (Counts(7, 9), Counts(50, 400)),
    (Counts(0, 1), Counts(0, 1)),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_it_is_the_projection_of_the_joint_set(first: Counts, second: Counts) -> None:
    grid = np.linspace(0, 1, 801)
    evidence = [np.array([side.log_evidence_against(float(rate)) for rate in grid]) for side in (first, second)]
    allowed = evidence[0][:, None] + evidence[1][None, :] < np.log(1 / 0.05)
    differences = (grid[:, None] - grid[None, :])[allowed]
    found = anytime_difference(first, second)
    assert (found.low, found.high) == pytest.approx((differences.min(), differences.max()), abs=4e-3)
    assert found.low <= differences.min() and differences.max() <= found.high


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_it_mirrors(first: Counts, second: Counts) -> None:
    one, other = anytime_difference(first, second), anytime_difference(second, first)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-9)


def test_nothing_seen_allows_everything() -> None:
    found = anytime_difference(Counts(0, 0), Counts(3, 10))
    assert (found.low, found.high) == (-1.0, 1.0)


@pytest.mark.parametrize(("rate", "other"), [(0.05, 0.05), (0.3, 0.3), (0.02, 0.2), (0.0, 0.07)])
def test_the_true_difference_is_held_at_every_look(rate: float, other: float) -> None:
    draws = np.random.default_rng(8)
    lost = 0
    for _ in range(20):
        sequence = DifferenceSequence(Counts(int(draws.binomial(200, other)), 200))
        for event in draws.random(60) < rate:
            sequence.update(bool(event))
        lost += rate - other not in sequence.interval
    assert lost <= 3


def test_equal_rates_are_seldom_called_different_however_long_one_looks() -> None:
    draws = np.random.default_rng(9)
    events = (draws.random((1500, 400)) < 0.1).cumsum(axis=1)
    others = draws.binomial(100, 0.1, 1500)
    n = np.arange(1, 401)
    pooled = (events + others[:, None]) / (n + 100)
    total = np.zeros(events.shape)
    for counts, size in ((events, n), (np.broadcast_to(others[:, None], events.shape), 100)):
        total += _mixture(counts, size) - _log(counts, pooled) - _log(size - counts, 1 - pooled)
    assert (total >= np.log(1 / 0.05)).any(axis=1).mean() <= 0.05


def _mixture(events: np.ndarray, n: np.ndarray | int) -> np.ndarray:
    from scipy.special import betaln

    return np.asarray(betaln(events + 0.5, n - events + 0.5) - betaln(0.5, 0.5))


def _log(count: np.ndarray, share: np.ndarray) -> np.ndarray:
    from scipy.special import xlogy

    return np.asarray(xlogy(count, share))
