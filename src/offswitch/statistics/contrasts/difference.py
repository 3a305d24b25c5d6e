"""The difference and the ratio of two paired arms, with intervals that hold over surfaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, isnan, log, sqrt

from offswitch.statistics.contrasts.clustering import ClusteredMean, clustered_mean, t_quantile
from offswitch.statistics.contrasts.margins import FEW
from offswitch.statistics.contrasts.pairing import Paired
from offswitch.statistics.rates import Interval


class Method(StrEnum):
    """How the interval of a difference was made."""

    SURFACES = "surfaces"
    """From the spread of the surfaces' differences (jackknife, t): it holds over surfaces like these."""
    SPARSE = "sparse"
    """Few events in an arm, or on few of its surfaces, or few pairs that differ: put together from the two rates'
    intervals over surfaces like these. It covers more than it says."""
    ONE_SURFACE = "one-surface"
    """One surface only: it says nothing about others."""


@dataclass(frozen=True)
class Difference:
    """Arm a less arm b."""

    rate_a: float
    rate_b: float
    difference: float
    interval: Interval
    ratio: float | None
    """Rate a divided by rate b; None where both are 0."""
    ratio_interval: Interval
    """From 0 to infinity."""
    p_value: float
    """Two-sided, of no difference: the smallest alpha whose interval leaves out 0."""
    method: Method
    confidence: float
    trials_a: int
    trials_b: int
    surfaces: int
    by_seed: bool
    unpaired: int


def difference(paired: Paired, confidence: float = 0.95, *, rates: bool = True) -> Difference:
    """The difference of two arms.

    With several surfaces it is the weighted mean of the surfaces' differences with the spread between surfaces as its
    error (`clustered_mean`). With under five events or non-events in an arm, or under eight once divided by the design
    effect, or under five pairs that differ, that spread says too little: then the interval is put together from the two
    rates' clustered intervals as in G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures",
    Statistics in Medicine 27 (2008), 1693-1702. On one surface it is Newcombe's for paired proportions (R. G. Newcombe,
    "Improved confidence intervals for the difference between binomial proportions based on paired data", Statistics in
    Medicine 17 (1998), 2635-2650, method 10).

    Args:
        paired: The arms.
        confidence: Of the two-sided intervals.
        rates: Whether values are 0 or 1; otherwise they are means, such as shares of tasks done.
    """
    method = method_of(paired, rates)
    interval = limits_of(paired, method, rates)
    mean = float(paired.weights @ paired.differences)
    a, b = paired.a.rate, paired.b.rate
    return Difference(
        rate_a=a,
        rate_b=b,
        difference=mean,
        interval=interval(confidence),
        ratio=a / b if b > 0 else (inf if a > 0 else None),
        ratio_interval=_ratio(paired, method, confidence),
        p_value=_p_value(mean, interval, _clustered(paired) if method is Method.SURFACES else None),
        method=method,
        confidence=confidence,
        trials_a=int(paired.trials_a.sum()),
        trials_b=int(paired.trials_b.sum()),
        surfaces=len(paired.surfaces),
        by_seed=paired.by_seed,
        unpaired=paired.unpaired,
    )


def method_of(paired: Paired, rates: bool) -> Method:
    """How the interval of these arms is made; `rates` as for `difference`."""
    if len(paired.surfaces) == 1:
        return Method.ONE_SURFACE
    if rates and (paired.a.sparse or paired.b.sparse or paired.discordant < FEW):
        return Method.SPARSE
    # Surfaces that happen to differ all by the same show no spread; an interval of no width would claim certainty.
    if rates and _clustered(paired).variance < 1e-12:
        return Method.SPARSE
    return Method.SURFACES


def _clustered(paired: Paired) -> ClusteredMean:
    return clustered_mean(paired.differences, paired.weights)


def limits_of(paired: Paired, method: Method, rates: bool) -> Callable[[float], Interval]:
    """The interval for any confidence, made by a method; `rates` as for `difference`."""
    if method is Method.SURFACES or not rates:
        mean, half = _mean_and_half(paired, method)
        bounds = (-1.0, 1.0) if rates else (-inf, inf)
        return lambda confidence: Interval(
            max(bounds[0], mean - half(confidence)), min(bounds[1], mean + half(confidence))
        )
    phi = _surface_correlation(paired)
    if method is Method.ONE_SURFACE:
        phi = _phi(paired) if paired.by_seed else 0.0
    return lambda confidence: _from_margins(paired, confidence, phi)


def _mean_and_half(paired: Paired, method: Method) -> tuple[float, Callable[[float], float]]:
    if method is Method.SURFACES:
        clustered = _clustered(paired)
        return clustered.mean, clustered.half_width
    variance, df = _one_surface_variance(paired)
    return float(paired.differences[0]), lambda confidence: t_quantile(confidence, df) * sqrt(variance)


def _one_surface_variance(paired: Paired) -> tuple[float, float]:
    """Of the difference of means on one surface, and its degrees of freedom (Welch's where nothing is paired)."""
    n, m = float(paired.trials_a[0]), float(paired.trials_b[0])
    if n < 2 or m < 2:
        return inf, 1.0
    mean_a, mean_b = paired.sum_a[0] / n, paired.sum_b[0] / m
    var_a = max(0.0, float(paired.sum_aa[0] - n * mean_a**2) / (n - 1))
    var_b = max(0.0, float(paired.sum_bb[0] - m * mean_b**2) / (m - 1))
    if paired.by_seed:
        covariance = float(paired.sum_ab[0] - n * mean_a * mean_b) / (n - 1)
        return max(0.0, var_a + var_b - 2 * covariance) / n, n - 1
    parts = var_a / n, var_b / m
    total = sum(parts)
    df = total**2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (m - 1)) if total > 0 else n + m - 2
    return total, df


def _surface_correlation(paired: Paired) -> float:
    """Half of the correlation of the arms' rates over surfaces, where above 0: few surfaces overstate it."""
    a, b = paired.sum_a / paired.trials_a, paired.sum_b / paired.trials_b
    a, b = a - paired.weights @ a, b - paired.weights @ b
    size = sqrt(float(paired.weights @ a**2) * float(paired.weights @ b**2))
    return max(0.0, float(paired.weights @ (a * b)) / size / 2) if size > 0 else 0.0


def _phi(paired: Paired) -> float:
    """Correlation within pairs, damped as Newcombe's method 10 does it."""
    n = float(paired.trials_a.sum())
    both, a, b = float(paired.sum_ab.sum()), float(paired.sum_a.sum()), float(paired.sum_b.sum())
    only_a, only_b, neither = a - both, b - both, n - a - b + both
    below = a * (n - a) * b * (n - b)
    if below <= 0:
        return 0.0
    above = both * neither - only_a * only_b
    if above > 0:
        above = max(above - n / 2, 0.0)
    return above / sqrt(below)


def _from_margins(paired: Paired, confidence: float, phi: float) -> Interval:
    a, b = paired.a, paired.b
    of_a, of_b = a.interval(confidence), b.interval(confidence)
    down_a, up_a = a.rate - of_a.low, of_a.high - a.rate
    down_b, up_b = b.rate - of_b.low, of_b.high - b.rate
    mean = a.rate - b.rate
    low = mean - sqrt(max(0.0, down_a**2 - 2 * phi * down_a * up_b + up_b**2))
    high = mean + sqrt(max(0.0, up_a**2 - 2 * phi * up_a * down_b + down_b**2))
    return Interval(max(-1.0, low), min(1.0, high))


def _p_value(mean: float, interval: Callable[[float], Interval], clustered: ClusteredMean | None) -> float:
    if clustered is not None and not isnan(p := clustered.p_value()):
        return p
    if mean == 0:
        return 1.0

    def leaves_out_zero(confidence: float) -> bool:
        found = interval(confidence)
        return found.low > 0 or found.high < 0

    low, high = 1e-9, 1 - 1e-9
    if leaves_out_zero(high):
        return 1 - high
    if not leaves_out_zero(low):
        return 1.0
    # A millionth: finer than anybody reads, and each look works out two exact intervals.
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if leaves_out_zero(middle) else (low, middle)
    return 1 - low


def _ratio(paired: Paired, method: Method, confidence: float) -> Interval:
    a, b = paired.a, paired.b
    if method is Method.SURFACES and a.rate > 0 and b.rate > 0:
        values = (a.total / a.trials) / a.rate - (b.total / b.trials) / b.rate
        spread = clustered_mean(values, paired.weights)
        middle, half = log(a.rate / b.rate), spread.half_width(confidence)
        return Interval(_exp(middle - half), _exp(middle + half))
    return _ratio_of_margins(a.rate, a.interval(confidence), b.rate, b.interval(confidence))


def _ratio_of_margins(rate_a: float, a: Interval, rate_b: float, b: Interval) -> Interval:
    """A. Donner and G. Y. Zou, "Closed-form confidence intervals for functions of the normal mean and standard
    deviation", Statistical Methods in Medical Research 21 (2012), 347-359: the interval of a ratio from two others."""
    product = rate_a * rate_b
    above, below = a.low * (2 * rate_a - a.low), b.high * (2 * rate_b - b.high)
    # The published form is 0/0 where its denominator vanishes; this is the same, with the root moved below the line.
    under = product + sqrt(max(0.0, product**2 - above * below))
    low = above / under if under > 0 else 0.0
    above, below = a.high * (2 * rate_a - a.high), b.low * (2 * rate_b - b.low)
    high = (product + sqrt(max(0.0, product**2 - above * below))) / below if below > 0 else inf
    return Interval(max(0.0, low), high)


def _exp(value: float) -> float:
    return exp(value) if value < 700 else inf
