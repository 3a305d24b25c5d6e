from __future__ import annotations

import numpy as np
import pytest

from offswitch.errors import InputError
from offswitch.statistics.rates import Weights, interval, pooled


def test_weights_are_stated_and_used() -> None:
    cells = [(1, 10), (30, 40)]
    equal, trials, own = pooled(cells), pooled(cells, Weights.TRIALS), pooled(cells, [3, 1])
    assert (equal.weights, equal.estimate.value) == ((0.5, 0.5), pytest.approx(0.425))
    assert (trials.weights, trials.estimate.value) == ((0.2, 0.8), pytest.approx(31 / 50))
    assert (own.weights, own.estimate.value) == ((0.75, 0.25), pytest.approx(0.2625))
    assert "weights 0.75, 0.25" in str(own)


def test_one_cell_pooled_is_itself() -> None:
    assert pooled([(3, 40)]).estimate.interval.low == pytest.approx(interval(3, 40).low)
    assert pooled([(0, 40), (0, 40)]).estimate.low == 0.0


def test_the_weighted_mean_is_covered() -> None:
    draws = np.random.default_rng(3)
    rates, sizes, weights = np.array([0.02, 0.1, 0.6]), np.array([60, 100, 40]), [0.2, 0.3, 0.5]
    truth = float(rates @ weights)
    found = [
        pooled(list(zip(row.tolist(), sizes.tolist(), strict=True)), weights).estimate
        for row in draws.binomial(sizes, rates, (400, 3))
    ]
    assert 0.935 <= np.mean([e.low <= truth <= e.high for e in found]) <= 0.985


@pytest.mark.parametrize(
    ("cells", "weights"),
    [
        ([], Weights.EQUAL),
        ([(0, 0)], Weights.EQUAL),
        ([(1, 2)], [1, 2]),
        ([(1, 2)], [-1]),
        ([(1, 2)], [0]),
        ([(1, 2)], [float("nan")]),
        ([(3, 2)], Weights.EQUAL),
    ],
)
def test_what_cannot_be_pooled_is_refused(cells: list[tuple[int, int]], weights: Weights | list[float]) -> None:
    with pytest.raises(InputError):
        pooled(cells, weights)
