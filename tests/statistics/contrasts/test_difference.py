from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy import optimize, special, stats

from offswitch.errors import InputError
from offswitch.statistics.contrasts import Method, difference, pair
from offswitch.statistics.contrasts.clustering import clustered_mean
from offswitch.statistics.contrasts.difference import limits_of, method_of
from offswitch.statistics.contrasts.pairing import Paired

NODES = np.linspace(-6, 6, 801)
WEIGHTS = stats.norm.pdf(NODES) / stats.norm.pdf(NODES).sum()


def centre(rate: float, spread: float) -> float:
    """The log odds around which surfaces spread, so that their mean rate is this."""
    return float(optimize.brentq(lambda a: WEIGHTS @ special.expit(a + spread * NODES) - rate, -30, 30))


def coverage(
    rates: tuple[float, float], surfaces: int, each: int, shared: float, own: float, rounds: int = 100, seed: int = 5
) -> float:
    """How often the interval holds the true difference, where surfaces shift both arms and the effect."""
    generator = np.random.default_rng(seed)
    common = generator.normal(0, shared, (rounds, surfaces))
    apart = generator.normal(0, own, (rounds, surfaces))
    chances = [
        special.expit(centre(rates[0], np.hypot(shared, own)) + common + apart),
        special.expit(centre(rates[1], shared) + common) if rates[1] else np.zeros_like(common),
    ]
    a, b = (generator.binomial(each, chance).astype(float) for chance in chances)
    size = np.full(surfaces, float(each))
    names = tuple(map(str, range(surfaces)))
    hit = 0
    for x, y in zip(a, b, strict=True):
        paired = Paired(names, size, size, x, y, False, x, y, np.zeros(surfaces), 0)
        hit += rates[0] - rates[1] in limits_of(paired, method_of(paired, True), True)(0.95)
    return hit / rounds


def test_intervals_cover_over_surfaces() -> None:
    shapes = [((0.5, 0.5), 20), ((0.79, 0.5), 40), ((0.5, 0.07), 80)]
    found = {
        (rates, each, surfaces, spread): coverage(rates, surfaces, each, *spread)
        for (rates, each), surfaces, spread in product(shapes, (6, 12), ((0.5, 0.0), (1.0, 0.5)))
    }
    # Together 1,200 draws, a standard error of 0.6 points; each alone is 100. `benchmarks/coverage.py` has more.
    assert 0.935 <= np.mean(list(found.values())) <= 0.98, found
    assert min(found.values()) >= 0.88, found


@pytest.mark.parametrize(("rates", "each"), [((0.01, 0.002), 20), ((0.07, 0.0), 20), ((0.5, 0.0), 20)])
def test_sparse_arms_cover_at_least_as_often(rates: tuple[float, float], each: int) -> None:
    assert coverage(rates, 8, each, 0.5, 0.3) >= 0.935


def test_rare_and_very_uneven_surfaces_are_covered() -> None:
    # The t interval missed 12-18% of these. Two standard errors of 300 rounds are 2.5 points.
    cases = [((0.05, 0.01), 12, 100), ((0.1, 0.02), 6, 100), ((0.02, 0.005), 12, 100)]
    assert np.mean([coverage(rates, surfaces, each, 1.5, 1.0) for rates, surfaces, each in cases]) >= 0.935


def test_events_on_few_surfaces_are_sparse() -> None:
    names, size = tuple("abcdef"), np.full(6, 100.0)
    x, y = np.array([60.0, 0, 0, 2, 0, 0]), np.array([9.0, 1, 0, 0, 0, 0])
    found = difference(Paired(names, size, size, x, y, False, x, y, np.zeros(6), 0))
    assert found.method is Method.SPARSE
    assert found.interval.low < 0 < 0.25 < found.interval.high


def frame(events: list[int], surfaces: list[str], seeds: list[int] | None = None) -> pl.DataFrame:
    return pl.DataFrame({"event": events, "surface": surfaces, "seed": seeds or list(range(len(events)))})


def test_equal_surfaces_give_the_jackknifes_t_interval() -> None:
    values, weights = np.array([0.1, 0.3, -0.2, 0.4, 0.15]), np.full(5, 8.0)
    found = clustered_mean(values, weights)
    expected = stats.ttest_1samp(values, 0.0)
    larger = np.sqrt(5 / 4)  # what the jackknife adds to the standard error
    assert found.df == pytest.approx(4)
    assert found.p_value() == pytest.approx(2 * stats.t.sf(abs(expected.statistic) / larger, 4))
    low, high = expected.confidence_interval(0.95)
    assert found.half_width(0.95) == pytest.approx(larger * (high - low) / 2)


def test_pairs_share_surface_and_seed_and_the_others_are_counted() -> None:
    a = frame([1, 1, 0, 1], ["x", "x", "y", "y"], [0, 1, 2, 3])
    b = frame([0, 0, 0], ["x", "x", "y"], [0, 1, 9])
    paired = pair(a, b)
    assert paired.surfaces == ("x",)
    assert (paired.sum_a[0], paired.sum_b[0], paired.by_seed, paired.unpaired) == (2, 0, True, 3)


def test_without_a_common_seed_surfaces_are_paired() -> None:
    paired = pair(frame([1, 0], ["x", "y"], [0, 1]), frame([0, 0, 1], ["x", "y", "z"], [5, 6, 7]))
    assert (paired.surfaces, paired.by_seed, paired.unpaired) == (("x", "y"), False, 1)


def test_no_common_surface_is_refused() -> None:
    with pytest.raises(InputError, match=r"no surface in common \(x; y\)"):
        pair(frame([1], ["x"]), frame([1], ["y"]))


def test_one_surface_is_told_apart_and_gives_the_published_interval() -> None:
    # Newcombe (1998), paired table (e, f, g, h) = (36, 12, 2, 0): 0.2, method 10 gives 0.0569 to 0.3404.
    a = [1] * 36 + [1] * 12 + [0] * 2
    b = [1] * 36 + [0] * 12 + [1] * 2
    found = difference(pair(frame(a, ["x"] * 50), frame(b, ["x"] * 50)))
    assert found.method is Method.ONE_SURFACE
    assert found.difference == pytest.approx(0.2)
    assert (round(found.interval.low, 4), round(found.interval.high, 4)) == (0.0569, 0.3404)


def test_identical_arms_do_not_give_an_interval_of_no_width() -> None:
    same = frame([1, 0, 1, 0, 1, 0, 1, 1], list("aabbccdd"))
    found = difference(pair(same, same))
    assert found.method is Method.SPARSE
    assert found.interval.low < -0.1
    assert found.interval.high > 0.1
    assert found.p_value == 1.0


def test_surfaces_that_all_differ_by_the_same_do_not_give_certainty() -> None:
    surfaces = [name for name in "abcdef" for _ in range(5)]
    found = difference(pair(frame([1, 1, 0, 0, 0] * 6, surfaces), frame([1, 0, 0, 0, 0] * 6, surfaces)))
    assert found.interval.high - found.interval.low > 0.2


def test_all_against_none_is_bounded_and_its_ratio_open() -> None:
    surfaces = list("aabbccddeeff") * 4
    found = difference(pair(frame([1] * 48, surfaces), frame([0] * 48, surfaces)))
    assert (found.difference, found.interval.high) == (pytest.approx(1.0), 1.0)
    assert 0.7 < found.interval.low < 0.95
    assert found.ratio == float("inf")
    assert found.ratio_interval.high == float("inf")
    assert found.ratio_interval.low > 4


def test_the_p_value_says_what_the_interval_says() -> None:
    generator = np.random.default_rng(2)
    surfaces = [f"s{i % 7}" for i in range(70)]
    for rates in ((0.05, 0.0), (0.5, 0.3), (0.6, 0.1)):
        a, b = (frame(list(generator.binomial(1, rate, 70)), surfaces) for rate in rates)
        paired = pair(a, b)
        found = difference(paired)
        if found.p_value < 1:
            assert difference(paired, 1 - found.p_value * 1.01).interval.low * found.difference > 0 or (
                difference(paired, 1 - found.p_value * 1.01).interval.high < 0
            )
            wider = difference(paired, 1 - found.p_value * 0.99).interval
            assert wider.low <= 0 <= wider.high


def test_ratio_intervals_cover() -> None:
    generator = np.random.default_rng(9)
    size, names, hit = np.full(8, 40.0), tuple("abcdefgh"), 0
    for _ in range(1500):
        x, y = (generator.binomial(40, rate, 8).astype(float) for rate in (0.5, 0.2))
        found = difference(Paired(names, size, size, x, y, False, x, y, np.zeros(8), 0)).ratio_interval
        hit += found.low <= 2.5 <= found.high
    assert 0.935 <= hit / 1500 <= 0.98
