"""Intervals for one rate from independent trials.

The default is Blaker's at up to 1.2 times the error: at a nominal 95 % it covers at least 94 % at every rate and number
of trials, and 95 % on average. Blaker's own never covers less than it says, and so covers up to 98 % where counts are
few. Wilson's and Jeffreys' are kept by name: they are shorter, and cover as little as 84 % and 88 % where a count of 1
is the surprising one (measured in `docs/statistics.md`).
"""

from __future__ import annotations

import math
from enum import StrEnum
from functools import lru_cache

import numpy as np
from scipy import special

from offswitch.statistics.rates.estimate import (
    CONFIDENCE,
    Estimate,
    Interval,
    check_confidence,
    check_counts,
)


class Method(StrEnum):
    """How an interval for a rate is made."""

    CALIBRATED = "calibrated Blaker"
    """Blaker's at up to `SLACK` times the error, so that it is right on average: counts are whole, and an interval that
    never covers less than it says covers more nearly everywhere. The argument is that of mid-P intervals (A. Agresti
    and A. Gottard, "Nonconservative exact small-sample inference for discrete data", Computational Statistics & Data
    Analysis 51 (2007), 6447-6458), with a floor that theirs lack."""
    BLAKER = "Blaker"
    """Exact, and inside Clopper-Pearson's. H. Blaker, "Confidence curves and improved exact confidence intervals for
    discrete distributions", Canadian Journal of Statistics 28 (2000), 783-798."""
    CLOPPER_PEARSON = "Clopper-Pearson"
    """Exact on each side alone. C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413."""
    WILSON = "Wilson"
    """Score interval, right on average. E. B. Wilson, Journal of the American Statistical Association 22 (1927),
    209-212; without continuity correction."""
    JEFFREYS = "Jeffreys"
    """Equal tails of the posterior under Beta(½, ½), closed to 0 and 1 at the ends. L. D. Brown, T. T. Cai and
    A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001), 101-133."""


DEFAULT = Method.CALIBRATED
"""What reports and summaries use."""

SLACK = 1.2
"""The error of the calibrated interval, at most, over the nominal one: 6 % at 95 % confidence."""

COARSE = 4.0
"""The count's standard deviation up to which the slack is given in full; beyond it, whole counts matter less."""


def estimate(events: int, n: int, confidence: float = CONFIDENCE, method: Method = DEFAULT) -> Estimate:
    """A rate with its interval.

    Args:
        events: How often it happened.
        n: How often it could have happened; with 0 nothing is known, and the interval is [0, 1].
        confidence: Between 0 and 1.
        method: How the interval is made.

    Raises:
        InputError: counts that are no counts, more events than trials, or a confidence outside (0, 1).
    """
    events, n = check_counts(events, n)
    found = interval(events, n, confidence, method)
    return Estimate(
        value=events / n if n else None,
        low=found.low,
        high=found.high,
        n=n,
        events=events,
        method=str(method),
        confidence=confidence,
    )


def interval(events: int, n: int, confidence: float = CONFIDENCE, method: Method = DEFAULT) -> Interval:
    """The interval of a rate alone; see `estimate`."""
    events, n = check_counts(events, n)
    return _interval(events, n, check_confidence(confidence), Method(method))


def upper_bound(events: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The rate that is exceeded with no more than 1 - confidence: Clopper-Pearson on one side, exact.

    Raises:
        InputError: counts that are no counts, or a confidence outside (0, 1).
    """
    events, n = check_counts(events, n)
    return _upper(events, n, 1 - check_confidence(confidence))


def lower_bound(events: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The rate that is fallen short of with no more than 1 - confidence: Clopper-Pearson on one side, exact.

    Raises:
        InputError: counts that are no counts, or a confidence outside (0, 1).
    """
    events, n = check_counts(events, n)
    return 1 - _upper(n - events, n, 1 - check_confidence(confidence)) if events else 0.0


@lru_cache(maxsize=65536)
def _interval(events: int, n: int, confidence: float, method: Method) -> Interval:
    if n == 0:
        return Interval(0.0, 1.0)
    alpha = 1 - confidence
    match method:
        case Method.WILSON:
            low, high = _wilson(events, n, alpha)
        case Method.JEFFREYS:
            low, high = special.betaincinv(events + 0.5, n - events + 0.5, (alpha / 2, 1 - alpha / 2))
        case Method.CLOPPER_PEARSON:
            low, high = 1 - _upper(n - events, n, alpha / 2), _upper(events, n, alpha / 2)
        case Method.CALIBRATED:
            error = _calibrated(events, n, alpha)
            low, high = _blaker_low(events, n, error), 1 - _blaker_low(n - events, n, error)
        case Method.BLAKER:
            low, high = _blaker_low(events, n, alpha), 1 - _blaker_low(n - events, n, alpha)
    # At the ends the exact value is 0 or 1, which floating point and Jeffreys' tails miss.
    return Interval(0.0 if events == 0 else max(0.0, float(low)), 1.0 if events == n else min(1.0, float(high)))


def _calibrated(events: int, n: int, alpha: float) -> float:
    """The error at which Blaker's interval is taken, the same for events and for the others.

    Each interval holds Blaker's at `SLACK` times the error, whatever the count: that is the floor.
    """
    spread = math.sqrt(events * (n - events) / n)
    slack = SLACK - 1 if spread <= COARSE else (SLACK - 1) * COARSE / spread
    # Beyond an error of a half, where nobody asks, it must still not exceed 1.
    return alpha + slack * min(alpha, 1 - alpha)


def _wilson(events: int, n: int, alpha: float) -> tuple[float, float]:
    z = float(special.ndtri(1 - alpha / 2))
    rate, scale = events / n, 1 + z * z / n
    centre = (rate + z * z / (2 * n)) / scale
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / scale
    return centre - half, centre + half


def _upper(events: int, n: int, alpha: float) -> float:
    return 1.0 if events == n else float(special.betaincinv(events + 1, n - events, 1 - alpha))


def _blaker_low(events: int, n: int, alpha: float) -> float:
    """The smallest rate that Blaker's test does not reject.

    At a rate p below events/n the test adds to P(X ≥ events) the largest lower tail P(X ≤ k) that is no larger. As p
    grows, k steps up; between two steps the sum is first falling, then rising (J. Klaschka and J. Reiczigel, "On
    matching confidence intervals and tests for some discrete distributions", Computational Statistics 36 (2021)), so
    that it first exceeds alpha either at a step or between one and the next, where it is found by bisection.
    """
    if events == 0:
        return 0.0
    start = 1 - _upper(n - events, n, alpha / 2)
    # Where the upper tail alone is alpha, nothing needs to be added.
    stop = 1 - _upper(n - events, n, alpha)
    first, last = _matched(events, n, start), _matched(events, n, stop)
    if first < 0 and last < 0:
        return stop
    steps = np.arange(max(first, -1), last + 1)
    lefts = np.where(steps == first, start, _equal_tails(events, n, np.maximum(steps, 0), start, stop))
    rights = np.append(lefts[1:], stop)
    at_left = _tails(events, n, steps, lefts)
    at_right = _tails(events, n, steps, rights)
    reached = np.flatnonzero((at_left > alpha) | (at_right > alpha))
    if reached.size == 0:
        return stop
    place = int(reached[0])
    low, high = float(lefts[place]), float(rights[place])
    if at_left[place] > alpha:
        return low
    for _ in range(80):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _tails(events, n, steps[place], middle) > alpha:
            high = middle
        else:
            low = middle
    # The lower end of the last step: the interval errs by a rounding error to the wide side.
    return low


def _tails(events: int, n: int, k: np.ndarray, p: np.ndarray | float) -> np.ndarray:
    """P(X ≥ events) + P(X ≤ k); k = -1 adds nothing."""
    lower = np.where(np.asarray(k) < 0, 0.0, special.bdtr(np.maximum(k, 0).astype(float), n, p))
    return np.asarray(special.betainc(events, n - events + 1, p) + lower)


def _matched(events: int, n: int, p: float) -> int:
    """The largest k with P(X ≤ k) ≤ P(X ≥ events); -1 where there is none."""
    tail = float(special.betainc(events, n - events + 1, p))
    low, high = -1, events - 1
    while low < high:
        middle = (low + high + 1) // 2
        if float(special.bdtr(float(middle), n, p)) <= tail:
            low = middle
        else:
            high = middle - 1
    return low


def _equal_tails(events: int, n: int, k: np.ndarray, start: float, stop: float) -> np.ndarray:
    """For each k the rate between two at which P(X ≤ k) = P(X ≥ events), from below."""
    low, high = np.full(k.shape, start), np.full(k.shape, stop)
    for _ in range(46):
        middle = (low + high) / 2
        short = special.betainc(events, n - events + 1, middle) < special.bdtr(k.astype(float), n, middle)
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    # A rate at which the tails are exactly equal belongs to the interval that begins there: rounding must not lose it.
    return low * (1 - 1e-12)
