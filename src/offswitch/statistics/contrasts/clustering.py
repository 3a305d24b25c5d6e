"""Means over surfaces, with the spread between surfaces as their error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy import special

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class ClusteredMean:
    """A weighted mean of one value a surface."""

    mean: float
    variance: float
    """Of the mean, from the spread between surfaces."""
    df: float
    """Degrees of freedom of that variance."""

    def half_width(self, confidence: float) -> float:
        """Of the two-sided t interval."""
        return t_quantile(confidence, self.df) * sqrt(self.variance)

    def p_value(self) -> float:
        """Two-sided, of the mean being zero; nan where there is no spread to hold it against."""
        if self.variance <= 0:
            return float("nan")
        return float(2 * special.stdtr(self.df, -abs(self.mean) / sqrt(self.variance)))


def clustered_mean(values: Vector, weights: Vector) -> ClusteredMean:
    """The mean of values weighted by the trials behind them, with cluster-robust variance.

    The variance is the jackknife's (CR3), which keeps its coverage with few and skewed clusters (J. G. MacKinnon, M. O.
    Nielsen and M. D. Webb, "Fast and reliable jackknife and bootstrap methods for cluster-robust inference", Journal of
    Applied Econometrics 38 (2023), 671-694), here for a regression on a constant. Its degrees of freedom are
    Satterthwaite's (R. M. Bell and D. F. McCaffrey, Survey Methodology 28 (2002), 169-181).

    Args:
        values: One a surface, shape (surfaces,); at least two.
        weights: Above zero, shape (surfaces,); need not add up to 1.
    """
    w = weights / weights.sum()
    mean = float(w @ values)
    residuals = values - mean
    variance = float(np.sum((w * residuals / (1 - w)) ** 2))
    return ClusteredMean(mean, variance, _degrees(tuple(w)))


@lru_cache(maxsize=512)
def _degrees(weights: tuple[float, ...]) -> float:
    w = np.array(weights)
    count = len(w)
    residual_maker = np.eye(count) - np.outer(np.ones(count), w)
    quadratic = residual_maker.T @ np.diag((w / (1 - w)) ** 2) @ residual_maker
    under_model = quadratic @ np.diag(1 / w)
    return float(np.trace(under_model) ** 2 / np.trace(under_model @ under_model))


@lru_cache(maxsize=1024)
def t_quantile(confidence: float, df: float) -> float:
    """Half-width of a two-sided interval in standard errors; the normal one for infinitely many degrees of freedom."""
    if df == inf:
        return NormalDist().inv_cdf((1 + confidence) / 2)
    return float(special.stdtrit(df, (1 + confidence) / 2))
