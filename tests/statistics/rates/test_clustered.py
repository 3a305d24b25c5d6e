from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize, special, stats

from offswitch.errors import InputError
from offswitch.statistics.rates import clustered, interval
from offswitch.statistics.rates.clustered import PRIOR, posterior_error
from offswitch.statistics.rates.posterior import posterior

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def surface_rates(
    draws: np.random.Generator, shape: tuple[int, int], rate: float, kind: str, size: float
) -> np.ndarray:
    """Rates of surfaces whose mean over all surfaces there could be is `rate`."""
    if rate == 0:
        return np.zeros(shape)
    if kind == "beta":
        return draws.beta(rate * (1 / size - 1), (1 - rate) * (1 / size - 1), shape)
    centre = optimize.brentq(lambda c: (WEIGHTS * special.expit(c + size * NODES)).sum() - rate, -30, 30)
    return np.asarray(special.expit(centre + size * draws.standard_normal(shape)))


def covered(rate: float, surfaces: int, n: int, kind: str, size: float, repeats: int, seed: int) -> float:
    draws = np.random.default_rng(seed)
    each = np.full(surfaces, n // surfaces) + (np.arange(surfaces) < n % surfaces)
    events = draws.binomial(each, surface_rates(draws, (repeats, surfaces), rate, kind, size))
    found = [clustered(row.tolist(), each.tolist()).estimate for row in events]
    return float(np.mean([e is not None and e.low <= rate <= e.high for e in found]))


CASES = [
    (surfaces, n, rate, kind, size)
    for surfaces, n in ((6, 60), (8, 200), (12, 1200))
    for rate, kind, size in ((0.07, "logit", 0.5), (0.5, "logit", 1.0), (0.79, "beta", 0.05), (0.2, "logit", 1.2))
]


def test_surfaces_that_differ_are_covered() -> None:
    found = {case: covered(case[2], *case[:2], *case[3:], 50, 21) for case in CASES}
    # Together 600 draws, a standard error of 0.9 points; each alone is 50 draws. `benchmarks/coverage.py` has more.
    assert 0.935 - 0.009 <= np.mean(list(found.values())) <= 0.97 + 0.009, found
    assert min(found.values()) >= 0.88, found


def test_surfaces_that_agree_are_not_covered_much_more_than_said() -> None:
    alike = np.mean([covered(0.3, surfaces, 240, "logit", 0.0, 80, 23) for surfaces in (6, 12)])
    assert 0.935 <= alike <= 0.99


def test_the_less_surfaces_agree_the_wider_for_the_same_counts() -> None:
    found = [clustered(events, [20] * 6).estimate for events in ([4] * 6, [2, 6, 3, 5, 4, 4], [0, 10, 1, 9, 2, 2])]
    widths = [each.half_width for each in found if each is not None]
    assert len(widths) == 3 and widths == sorted(widths) and widths[0] < widths[2] / 1.5


def test_more_confidence_is_never_narrower_at_all() -> None:
    found = [
        clustered([2, 0, 5, 1, 0, 3], [20] * 6, level).estimate for level in (0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
    ]
    pairs = [(each.low, each.high) for each in found if each is not None]
    assert all(b[0] <= a[0] and a[1] <= b[1] for a, b in pairwise(pairs))


@pytest.mark.parametrize("rate", [0.0, 0.002])
def test_rare_events_are_covered(rate: float) -> None:
    assert covered(rate, 8, 200, "logit", 1.0, 60, 22) >= 0.93


def test_the_posterior_is_cut_by_what_was_seen() -> None:
    events, trials = [3, 0, 7, 1], [10, 10, 10, 10]
    # Of 40 trials 11 were events; the textbook's p-value of one rate for all four.
    alike = stats.chi2_contingency([events, [7, 10, 3, 9]], correction=False).pvalue
    error = posterior_error(0.1, alike, 11, 10)
    found, cut = clustered(events, trials, 0.9).estimate, posterior(list(zip(events, trials, strict=True)), PRIOR)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((cut.quantile(error / 2), cut.quantile(1 - error / 2)))


def test_the_error_grows_with_agreement_with_events_and_with_trials() -> None:
    levels = [0.0, 0.01, 0.05, 0.1, 0.5, 0.99, 1.0]
    for changed in (
        [(p, 10, 20) for p in (0.0, 0.3, 1.0)],
        [(0.1, e, 20) for e in (0, 5, 50)],
        [(0.1, 9, 2), (0.1, 9, 80)],
    ):
        found = [[posterior_error(alpha, *seen) for alpha in levels] for seen in changed]
        assert all(each[0] == 0.0 and each[-1] == 1.0 and each == sorted(each) for each in found)
        assert all(a < b for less, more in pairwise(found) for a, b in zip(less[1:-1], more[1:-1], strict=True))
    # With all the data there could be and surfaces that plainly differ it is the posterior's own.
    assert posterior_error(0.05, 0.0, 1e9, 1e9) == pytest.approx(0.05)


def test_it_agrees_with_integration_by_brute_force() -> None:
    """The posterior of the mean rate, from sums over a fine grid of centres and spreads."""
    events, trials = [3, 0, 7, 1], [10, 10, 10, 10]
    spreads = np.concatenate([[1e-3], np.linspace(0.05, 12, 160)])
    nodes = np.linspace(-7, 7, 281)
    normal = np.exp(-(nodes**2) / 2)
    normal /= normal.sum()
    means = np.linspace(-9, 7, 161)
    density = np.zeros(means.size)
    half_t = 1 / (1 + (spreads / 2.0) ** 2 / 3) ** 2
    prior = 0.98 * half_t / np.trapezoid(half_t, spreads) * np.gradient(spreads)
    prior[0] = 0.02
    for spread, weight in zip(spreads, prior, strict=True):
        places = np.linspace(-60, 60, 2401)
        logits = special.logit(np.clip(special.expit(places[:, None] + spread * nodes) @ normal, 1e-16, 1 - 1e-16))
        centres = np.interp(means, logits, places)
        rates = special.expit(centres[:, None] + spread * nodes)
        likelihood = np.ones(means.size)
        for x, m in zip(events, trials, strict=True):
            likelihood *= (rates**x * (1 - rates) ** (m - x)) @ normal
        density += weight * likelihood
    density *= np.sqrt(special.expit(means) * special.expit(-means))
    total = np.cumsum(density) / density.sum()
    expected = special.expit(np.interp([0.025, 0.975], total, means + 0.05))
    found = posterior(list(zip(events, trials, strict=True)), PRIOR)
    assert (found.quantile(0.025), found.quantile(0.975)) == pytest.approx(tuple(expected), abs=0.01)


def test_one_surface_gets_no_clustered_interval_and_is_told() -> None:
    found = clustered([3, 0], [40, 0])
    assert found.surfaces == 1 and found.estimate is None and found.design_effect is None
    assert found.note is not None and "one surface" in found.note
    assert found.independent.interval == interval(3, 40)


def test_it_is_never_narrower_than_independent_trials() -> None:
    for events in ([5, 5, 5, 5, 5, 5], [0, 0, 1, 0, 0, 0], [10, 0, 10, 0, 10, 0]):
        found = clustered(events, [10] * 6)
        assert found.estimate is not None
        assert found.estimate.low <= found.independent.low and found.independent.high <= found.estimate.high


def test_nothing_and_everything() -> None:
    nothing, everything = clustered([0] * 6, [10] * 6), clustered([10] * 6, [10] * 6)
    assert nothing.estimate is not None and everything.estimate is not None
    assert nothing.estimate.low == 0.0 and everything.estimate.high == 1.0
    assert nothing.estimate.high == pytest.approx(1 - everything.estimate.low, abs=1e-6)
    assert nothing.design_effect is None and nothing.effective_n is None


def test_the_design_effect_counts_what_surfaces_repeat() -> None:
    alike = clustered([10, 0, 10, 0, 10, 0], [10] * 6)
    # All of the variance lies between surfaces: 60 trials tell as much as 6, up to the factor of 6/5.
    assert alike.design_effect == pytest.approx(12.0)
    assert alike.effective_n == pytest.approx(5.0)
    assert clustered([5] * 6, [10] * 6).effective_n == 60


def test_large_counts_are_no_trouble() -> None:
    found = clustered([5000, 5100, 4900, 5050, 5010, 4990], [100_000] * 6).estimate
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.0494, 0.0507), abs=4e-4)


@pytest.mark.parametrize(("events", "trials"), [([1], [2, 3]), ([3, 1], [2, 4]), ([-1, 1], [2, 4]), ([0.5, 1], [2, 4])])
def test_what_is_no_count_is_refused(events: list[int], trials: list[int]) -> None:
    with pytest.raises(InputError):
        clustered(events, trials)
