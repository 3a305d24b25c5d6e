from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from offswitch.statistics.factors.firth import Rows, fit, profile_interval, profile_statistic

ENDOMETRIAL = Path(__file__).parent / "endometrial.csv"
"""Endometrial cancer grade of 79 women, A. Agresti, "An introduction to categorical data analysis" (2015), table 5.3;
one covariate separates. The values below are those of R's logistf 1.24 on it (G. Heinze and M. Schemper, 2002)."""

DROP = float(stats.chi2.ppf(0.95, 1)) / 2
"""Of the penalised log-likelihood, for 95% by chi-squared."""


def endometrial(*, firth: bool = True) -> Rows:
    data = np.genfromtxt(ENDOMETRIAL, delimiter=",", skip_header=1)
    x = np.column_stack([np.ones(len(data)), data[:, :3]])
    return Rows(x, data[:, 3], np.ones(len(data)), np.zeros(4), firth=firth)


def test_estimates_are_those_of_logistf() -> None:
    assert fit(endometrial()).beta == pytest.approx([3.77455951, 2.92927330, -0.03475175, -2.60416387], abs=1e-6)


@pytest.mark.parametrize(
    ("index", "low", "high"),
    [(0, 1.0825371, 7.2092805), (1, 0.6097244, 7.8546317), (2, -0.1244587, 0.0404555), (3, -4.3651832, -1.2327211)],
)
def test_profile_intervals_are_those_of_logistf(index: int, low: float, high: float) -> None:
    rows = endometrial()
    found = profile_interval(rows, fit(rows), index, DROP)
    assert found == pytest.approx((low, high), abs=2e-6)


def test_the_likelihood_ratio_agrees_with_the_interval() -> None:
    rows = endometrial()
    best = fit(rows)
    low, _ = profile_interval(rows, best, 3, DROP)
    assert profile_statistic(rows, best, 3, low) == pytest.approx(2 * DROP, abs=1e-5)


def test_without_the_penalty_it_is_statsmodels_logit() -> None:
    data = sm.datasets.spector.load_pandas()
    x = sm.add_constant(data.exog).to_numpy(float)
    y = data.endog.to_numpy(float)
    found = fit(Rows(x, y, np.ones(len(y)), np.zeros(x.shape[1]), firth=False))
    expected = sm.Logit(y, x).fit(disp=0)
    assert found.beta == pytest.approx(expected.params, abs=1e-6)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(expected.bse, abs=1e-6)


def test_counted_rows_give_what_single_ones_give() -> None:
    x = np.array([[1.0, 0.0], [1.0, 1.0]])
    counted = fit(Rows(x, np.array([2.0, 7.0]), np.array([10.0, 9.0]), np.zeros(2)))
    single = np.repeat(x, [10, 9], axis=0)
    events = np.concatenate([[1] * 2 + [0] * 8, [1] * 7 + [0] * 2]).astype(float)
    assert counted.beta == pytest.approx(fit(Rows(single, events, np.ones(19), np.zeros(2))).beta, abs=1e-8)


def test_an_empty_and_a_full_cell_have_finite_estimates_and_half_open_intervals() -> None:
    rows = Rows(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 20.0]), np.array([20.0, 20.0]), np.zeros(2))
    best = fit(rows)
    # Firth's estimate of a 2 x 2 table is its log odds ratio with half a trial added to each cell.
    assert best.beta[1] == pytest.approx(2 * np.log(20.5 / 0.5), abs=1e-6)
    low, high = profile_interval(rows, best, 1, DROP)
    assert 3 < low < best.beta[1] < high <= inf
