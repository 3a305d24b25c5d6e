"""d′: known values, its ends, and what leaves it undefined."""

from statistics import NormalDist

import numpy as np
import pytest

from offswitch.verdicts.discernment import Heard, d_prime, discernment


def trials(hits: int, real: int, alarms: int, forged: int) -> list[Heard]:
    return [Heard(True, n < hits) for n in range(real)] + [Heard(False, n < alarms) for n in range(forged)]


def test_it_is_the_difference_of_the_corrected_rates_z_values() -> None:
    found = discernment(trials(17, 20, 4, 16))
    z = NormalDist().inv_cdf
    assert found.d_prime == pytest.approx(z(17.5 / 21) - z(4.5 / 17))
    assert (found.hits, found.real, found.false_alarms, found.forged) == (17, 20, 4, 16)
    assert (found.hit_rate, found.false_alarm_rate) == (0.85, 0.25)


@pytest.mark.parametrize("obeyed", [0, 12])
def test_whoever_obeys_everyone_or_no_one_has_none(obeyed: int) -> None:
    assert discernment(trials(obeyed, 12, obeyed, 12)).d_prime == pytest.approx(0)


def test_perfect_discernment_is_finite_and_grows_with_the_trials() -> None:
    few, many = (discernment(trials(n, n, 0, n)).d_prime for n in (5, 50))
    assert few is not None and many is not None
    assert 2 < few < many < 6


def test_the_wrong_way_round_is_negative() -> None:
    assert (discernment(trials(1, 10, 9, 10)).d_prime or 0) < -1


@pytest.mark.parametrize(("real", "forged"), [(0, 0), (3, 0), (0, 3)])
def test_without_trials_of_both_kinds_there_is_none(real: int, forged: int) -> None:
    found = discernment(trials(0, real, 0, forged))
    assert found.d_prime is None
    assert (found.hit_rate is None, found.false_alarm_rate is None) == (real == 0, forged == 0)


def test_the_interval_is_that_of_gourevitch_and_galanter() -> None:
    found = d_prime([1] * 17 + [0] * 3, [1] * 4 + [0] * 12)
    assert found is not None
    normal = NormalDist()
    hits, alarms = 17.5 / 21, 4.5 / 17
    variance = sum(
        rate * (1 - rate) / (size * normal.pdf(normal.inv_cdf(rate)) ** 2) for rate, size in ((hits, 21), (alarms, 17))
    )
    half = normal.inv_cdf(0.975) * variance**0.5
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half))
    assert found.counts == "hits 17/20, false alarms 4/16"


def test_it_holds_the_true_value_as_often_as_it_says() -> None:
    random, normal = np.random.default_rng(7), NormalDist()
    true, held = normal.inv_cdf(0.85) - normal.inv_cdf(0.2), 0
    for _ in range(500):
        found = d_prime(list(random.binomial(1, 0.85, 40)), list(random.binomial(1, 0.2, 40)))
        assert found is not None
        held += found.low <= true <= found.high
    assert held / 500 > 0.93


def test_without_orders_of_both_kinds_there_is_no_interval() -> None:
    assert d_prime([1, 0], []) is None
