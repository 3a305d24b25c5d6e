"""The rate over surfaces like these, from trials that are clustered by surface.

Trials on one surface resemble each other: a task or a wording may provoke the behaviour, or never. An interval that
takes the trials for independent is then too narrow for "a rate on surfaces like these". With the 6-12 surfaces of a
scenario, sandwich variances with t quantiles and Korn-Graubard's effective counts cover 80-93 % where surfaces differ
much and the behaviour is rare (measured in `docs/statistics.md`), so the interval here is a model's:

- a surface's log-odds are normal around a centre, with standard deviation τ; trials on a surface are independent;
- what is estimated is the mean rate over surfaces, the centre's log-odds mixed over that normal;
- its prior is Jeffreys' for a rate, Beta(½, ½); τ is 0 with probability 0.02, else half-t with 3 degrees of freedom and
  scale 2 (after A. Gelman, "Prior distributions for variance parameters in hierarchical models", Bayesian Analysis 1
  (2006), 515-534, section 7), so that a few surfaces neither prove nor rule out that surfaces differ;
- the interval is the equal-tailed posterior one, widened where needed to hold that of independent trials (clustering
  never adds knowledge), and closed to 0 or 1 where nothing or everything was an event.

Its prior was chosen for its coverage in simulation, not for a belief.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special, stats

from offswitch.errors import InputError
from offswitch.statistics.rates.estimate import CONFIDENCE, Estimate, check_confidence, check_counts
from offswitch.statistics.rates.intervals import interval

METHOD = "random surfaces"
"""The name of the interval in `Estimate.method`."""

ONE_SURFACE = (
    "all trials are on one surface: how much surfaces differ cannot be seen, so no clustered interval is given"
)

SPIKE, SCALE, FREEDOM = 0.02, 2.0, 3
_SPREADS = np.concatenate([[0.0], np.geomspace(0.02, 10, 14)])
"""The grid of τ, in log-odds."""
_POINTS = 81
"""Rates at which the posterior is worked out."""
_LOOK = 25
"""And while it is being looked for."""
_NODES = np.arange(-5, 5.01, 0.25)
"""Standard normal nodes; the trapezoidal rule is exact to 1e-6 where nothing is narrower than a step."""
_WIDEST = 16.0
"""Log-odds beyond which no rate is looked for: one in nine million."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Clustered:
    """A rate with what its surfaces say about it."""

    independent: Estimate
    """As if trials were independent: right for these surfaces, too narrow for others like them."""
    estimate: Estimate | None
    """The mean rate over surfaces like these; None where there is one surface only (see `note`)."""
    surfaces: int
    """How many have trials."""
    design_effect: float | None
    """Variance of the rate by what surfaces show, over that of independent trials (L. Kish, Survey Sampling, 1965,
    section 8.2); below 1 by chance. None with one surface, or where no or every trial was an event."""
    effective_n: float | None
    """Independent trials that would tell as much: n over the design effect, at most n."""
    note: str | None = None
    """What a person must know about the interval."""


def clustered(events: Sequence[int], trials: Sequence[int], confidence: float = CONFIDENCE) -> Clustered:
    """A rate from counts by surface.

    Args:
        events: How often it happened, for each surface.
        trials: Out of how many; surfaces without trials tell nothing and are left out.
        confidence: Between 0 and 1.

    Raises:
        InputError: counts that are no counts, lists of different lengths, or a confidence outside (0, 1).
    """
    confidence = check_confidence(confidence)
    if len(events) != len(trials):
        raise InputError(f"{len(events)} counts of events and {len(trials)} of trials: give one of each a surface")
    cells = [check_counts(x, m) for x, m in zip(events, trials, strict=True)]
    cells = [(x, m) for x, m in cells if m]
    x, n = sum(x for x, _ in cells), sum(m for _, m in cells)
    plain = interval(x, n, confidence)
    value = x / n if n else None
    independent = Estimate(value, plain.low, plain.high, n, x, "Blaker", confidence)
    if len(cells) < 2:
        return Clustered(independent, None, len(cells), None, None, ONE_SURFACE if cells else None)
    low, high = _posterior_limits(cells, 1 - confidence)
    effect = _design_effect(cells)
    return Clustered(
        independent=independent,
        estimate=Estimate(
            value,
            0.0 if x == 0 else min(low, plain.low),
            1.0 if x == n else max(high, plain.high),
            n,
            x,
            METHOD,
            confidence,
        ),
        surfaces=len(cells),
        design_effect=effect,
        effective_n=None if effect is None else n / max(1.0, effect),
    )


def _design_effect(cells: list[tuple[int, int]]) -> float | None:
    """Linearised variance of the ratio between surfaces over the binomial one."""
    x, m = np.array(cells, dtype=float).T
    n, rate, count = m.sum(), x.sum() / m.sum(), len(cells)
    if rate in (0.0, 1.0):
        return None
    variance = count / (count - 1) * (((x - m * rate) / n) ** 2).sum()
    return float(variance / (rate * (1 - rate) / n))


def _posterior_limits(cells: list[tuple[int, int]], alpha: float) -> tuple[float, float]:
    """The alpha/2 and 1 - alpha/2 quantiles of the mean rate, found by zooming in on where the posterior is."""
    unique, weights = np.unique(np.array(cells), axis=0, return_counts=True)
    low, high = -_WIDEST, _WIDEST
    for _ in range(12):
        grid = np.linspace(low, high, _LOOK)
        density = _posterior(unique, weights, grid)
        inside = np.flatnonzero(density > density.max() * 1e-5)
        first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, _LOOK - 1)
        low, high = float(grid[first]), float(grid[last])
        if last - first > _LOOK // 3:
            break
    grid = np.linspace(low, high, _POINTS)
    fine = np.linspace(low, high, 40 * _POINTS)
    density = np.exp(interpolate.CubicSpline(grid, np.log(_posterior(unique, weights, grid)))(fine))
    total = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    bounds = special.expit(np.interp([alpha / 2, 1 - alpha / 2], total / total[-1], fine))
    return float(bounds[0]), float(bounds[1])


def _posterior(cells: NDArray[np.int64], weights: NDArray[np.int64], grid: Array) -> Array:
    """The posterior density over the log-odds of the mean rate, up to a factor."""
    log = np.zeros((grid.size, _SPREADS.size))
    centres = _centres(grid)
    for (x, m), weight in zip(cells, weights, strict=True):
        log += weight * _log_likelihood(float(x), float(m), grid, centres)
    # Beta(½, ½) for a rate, as a density over its log-odds.
    log += 0.5 * (special.log_expit(grid) + special.log_expit(-grid))[:, None]
    log += np.log(_spread_weights())
    return np.asarray(np.exp(log - log.max()).sum(axis=1) + 1e-300)


def _log_likelihood(x: float, m: float, grid: Array, centres: Array) -> Array:
    """Of one surface's counts, for each mean rate (rows) and spread (columns).

    The integral over the surface's own log-odds is taken over the normal where the binomial likelihood is wider than
    the nodes' step, and over the likelihood around its maximum where it is narrower.
    """
    found = np.empty(centres.shape)
    found[:, 0] = x * special.log_expit(grid) + (m - x) * special.log_expit(-grid)
    narrow = np.zeros(_SPREADS.size, dtype=bool)
    if 0 < x < m:
        width = 1 / np.sqrt(x * (m - x) / m)
        narrow = 4 * width < _SPREADS
        top = special.logit(x / m) + width * _NODES
        log = (x * special.log_expit(top) + (m - x) * special.log_expit(-top))[:, None, None]
        spread = _SPREADS[narrow]
        mixed = log - 0.5 * ((top[:, None, None] - centres[:, narrow]) / spread) ** 2
        found[:, narrow] = _log_sum(mixed) + np.log(width / spread)
    wide = ~narrow
    wide[0] = False
    theta = centres[:, wide] + _SPREADS[wide] * _NODES[:, None, None]
    log = x * special.log_expit(theta) + (m - x) * special.log_expit(-theta)
    found[:, wide] = _log_sum(log - 0.5 * _NODES[:, None, None] ** 2)
    # Both sums leave out the step and the normal's constant; the spike has neither.
    found[:, 1:] += np.log((_NODES[1] - _NODES[0]) / np.sqrt(2 * np.pi))
    return found


def _log_sum(logs: Array) -> Array:
    """The logarithm of the sum of exponentials along the first axis."""
    most = logs.max(axis=0)
    return np.asarray(most + np.log(np.exp(logs - most).sum(axis=0)))


def _centres(grid: Array) -> Array:
    """The log-odds whose mix over each spread has the mean rates of the grid."""
    places, means = _mixed_means()
    return np.column_stack([np.interp(grid, means[:, k], places) for k in range(_SPREADS.size)])


@cache
def _mixed_means() -> tuple[Array, Array]:
    """For centres in log-odds (rows) and spreads (columns): the log-odds of the mean rate."""
    places = np.arange(-90, 90.01, 0.05)
    nodes = np.arange(-10, 10.01, 0.1)
    weights = np.exp(-(nodes**2) / 2)
    weights /= weights.sum()
    means = np.empty((places.size, _SPREADS.size))
    for k, spread in enumerate(_SPREADS):
        below = special.expit(places[:, None] + spread * nodes) @ weights
        # By symmetry, and so that rates near 1 keep their digits.
        means[:, k] = np.log(below) - np.log(below[::-1])
    return places, means


@cache
def _spread_weights() -> Array:
    edges = np.concatenate([[0.0, 0.01], np.sqrt(_SPREADS[2:] * _SPREADS[1:-1]), [np.inf]])
    shares = np.diff(2 * stats.t.cdf(edges / SCALE, FREEDOM) - 1)
    shares *= 1 - SPIKE
    shares[0] += SPIKE
    return np.asarray(shares)
