"""What counts by surface say about the mean rate over surfaces like these: a posterior under a random-surfaces model.

A surface's log-odds are normal around a centre with standard deviation τ, and trials on a surface are independent.
What is looked for is the mean rate over surfaces: the centre's log-odds mixed over that normal. The prior is chosen by
whoever asks, for its coverage in simulation and not for a belief (`clustered.py`, `gate/bound.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special

_POINTS = 49
"""Rates at which the posterior is worked out."""
_LOOK = 17
"""And while it is being looked for."""
_NODES = np.arange(-5, 5.01, 0.25)
"""Standard normal nodes; the trapezoidal rule is exact to 1e-6 where nothing is narrower than a step."""
_WIDEST = 16.0
"""Log-odds beyond which no rate is looked for: one in nine million."""

Array = NDArray[np.float64]
Cells = Sequence[tuple[int, int]]
"""(events, trials) of each surface; every one with trials."""


@dataclass(frozen=True)
class SurfacePrior:
    """What is taken for granted before there are counts."""

    spreads: tuple[float, ...]
    """The values of τ that are looked at, in log-odds, rising; the first is 0."""
    weights: tuple[float, ...]
    """Their probabilities."""
    events: float
    """Of the mean rate: as if so many events had been seen before; the density over a rate p is p^(events - 1) (1 - p)^
    (others - 1)."""
    others: float
    """And so many others."""


@dataclass(frozen=True)
class Posterior:
    """The distribution of the mean rate over surfaces."""

    log_odds: Array
    """Rising, shape (points,)."""
    below: Array
    """The probability of no more than that, same shape."""

    def quantile(self, probability: float) -> float:
        """The rate that is not exceeded with a probability."""
        return float(special.expit(np.interp(probability, self.below, self.log_odds)))


def posterior(cells: Cells, prior: SurfacePrior) -> Posterior:
    """The posterior of the mean rate, found by zooming in on where it is.

    Args:
        cells: Counts by surface; at least two surfaces, each with trials.
        prior: What is taken for granted.
    """
    return _posterior(tuple(sorted(cells)), prior)


@lru_cache(maxsize=256)
def _posterior(cells: tuple[tuple[int, int], ...], prior: SurfacePrior) -> Posterior:
    unique, weights = np.unique(np.array(cells), axis=0, return_counts=True)
    low, high = -_WIDEST, _WIDEST
    for _ in range(12):
        grid = np.linspace(low, high, _LOOK)
        density = _density(unique, weights, grid, prior)
        inside = np.flatnonzero(density > density.max() * 1e-5)
        first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, _LOOK - 1)
        low, high = float(grid[first]), float(grid[last])
        if last - first > _LOOK // 3:
            break
    grid = np.linspace(low, high, _POINTS)
    fine = np.linspace(low, high, 40 * _POINTS)
    density = np.exp(interpolate.CubicSpline(grid, np.log(_density(unique, weights, grid, prior)))(fine))
    total = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return Posterior(fine, total / total[-1])


def _density(cells: NDArray[np.int64], weights: NDArray[np.int64], grid: Array, prior: SurfacePrior) -> Array:
    """The posterior density over the log-odds of the mean rate, up to a factor."""
    model = Surfaces(grid, prior.spreads)
    log = np.zeros((grid.size, len(prior.spreads)))
    for (x, m), weight in zip(cells, weights, strict=True):
        log += weight * model.log_likelihood(float(x), float(m))
    log += (prior.events * special.log_expit(grid) + prior.others * special.log_expit(-grid))[:, None]
    log += np.log(prior.weights)
    return np.asarray(np.exp(log - log.max()).sum(axis=1) + 1e-300)


class Surfaces:
    """How likely counts of one surface are, for each mean rate (rows) and spread (columns)."""

    def __init__(self, grid: Array, spreads: tuple[float, ...]) -> None:
        """Takes the log-odds of mean rates, shape (rates,), and spreads, the first of them 0."""
        self._grid, self._spreads = grid, np.array(spreads)
        self._centres = np.column_stack(
            [np.interp(grid, means, places) for places, means in map(_mixed_means, spreads)]
        )
        # The surface's log-odds at each node, and what does not depend on counts; shape (nodes, rates, spreads).
        self._theta = self._centres + self._spreads * _NODES[:, None, None]
        self._log_rate = special.log_expit(self._theta)

    def log_likelihood(self, x: float, m: float) -> Array:
        """Of x events in m trials, shape (rates, spreads).

        The integral over the surface's own log-odds is taken over the normal where the binomial likelihood is wider
        than the nodes' step, and over the likelihood around its maximum where it is narrower.
        """
        found = np.empty(self._centres.shape)
        found[:, 0] = x * special.log_expit(self._grid) + (m - x) * special.log_expit(-self._grid)
        narrow = np.zeros(self._spreads.size, dtype=bool)
        if 0 < x < m:
            width = 1 / np.sqrt(x * (m - x) / m)
            narrow = 4 * width < self._spreads
            top = special.logit(x / m) + width * _NODES
            log = (x * special.log_expit(top) + (m - x) * special.log_expit(-top))[:, None, None]
            spread = self._spreads[narrow]
            mixed = log - 0.5 * ((top[:, None, None] - self._centres[:, narrow]) / spread) ** 2
            found[:, narrow] = _log_sum(mixed) + np.log(width / spread)
        wide = ~narrow
        wide[0] = False
        log = m * self._log_rate[:, :, wide] - (m - x) * self._theta[:, :, wide]
        found[:, wide] = _log_sum(log - 0.5 * _NODES[:, None, None] ** 2)
        # Both sums leave out the step and the normal's constant; a spread of 0 has neither.
        found[:, 1:] += np.log((_NODES[1] - _NODES[0]) / np.sqrt(2 * np.pi))
        return found


def _log_sum(logs: Array) -> Array:
    """The logarithm of the sum of exponentials along the first axis."""
    most = logs.max(axis=0)
    return np.asarray(most + np.log(np.exp(logs - most).sum(axis=0)))


@cache
def _mixed_means(spread: float) -> tuple[Array, Array]:
    """Centres in log-odds, and for each the log-odds of the mean rate."""
    places = np.arange(-90, 90.01, 0.05)
    nodes = np.arange(-10, 10.01, 0.1)
    weights = np.exp(-(nodes**2) / 2)
    weights /= weights.sum()
    below = special.expit(places[:, None] + spread * nodes) @ weights
    # By symmetry, and so that rates near 1 keep their digits.
    return places, np.asarray(np.log(below) - np.log(below[::-1]))
