"""The rate over surfaces like these, from trials that are clustered by surface.

Trials on one surface resemble each other: a task or a wording may provoke the behaviour, or never. An interval that
takes the trials for independent is then too narrow for "a rate on surfaces like these". With the 6-12 surfaces of a
scenario, sandwich variances with t quantiles and Korn-Graubard's effective counts cover as little as 58 % where
surfaces differ much and the behaviour is rare, so the interval here is a model's:

- the random-surfaces model of `posterior.py`;
- its prior is Jeffreys' for a rate, Beta(½, ½); τ is 0 with probability 0.02, else half-t with 3 degrees of freedom and
  scale 2 (after A. Gelman, "Prior distributions for variance parameters in hierarchical models", Bayesian Analysis 1
  (2006), 515-534, section 7), so that a few surfaces neither prove nor rule out that surfaces differ;
- the interval is the equal-tailed posterior one, at an error that depends on what was seen (`posterior_error`). Where
  surfaces agree the posterior covers too much, because a few surfaces cannot rule out that they differ; so the error
  grows with the p-value of Pearson's test of one rate for all surfaces. Where events are few, or the trials on each
  surface, surfaces that do differ often look alike; so the error is smaller there;
- it is widened where needed to hold that of independent trials (clustering never adds knowledge), and closed to 0 or 1
  where nothing or everything was an event.

Prior and error were chosen for their coverage in simulation (`benchmarks/coverage.py`), not for a belief. The error's
constants are round numbers near the best ones for rates from 0.002 to 0.79 on 6, 8 and 12 surfaces that differ by 0.3
to 1.5 in log-odds; they were then held against other draws, rates, numbers of surfaces and trials, and surfaces of
unequal size. A factor for the number of surfaces, other priors on the rate, and the posterior probability of a small τ
in place of the p-value did no better.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from offswitch.errors import InputError
from offswitch.statistics.rates.estimate import CONFIDENCE, Estimate, Interval, check_confidence, check_counts
from offswitch.statistics.rates.intervals import DEFAULT, interval
from offswitch.statistics.rates.posterior import Cells, SurfacePrior, posterior

METHOD = "random surfaces"
"""The name of the interval in `Estimate.method`."""

ONE_SURFACE = (
    "all trials are on one surface: how much surfaces differ cannot be seen, so no clustered interval is given"
)

SPIKE, SCALE, FREEDOM = 0.02, 2.0, 3


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
    independent = Estimate(value, plain.low, plain.high, n, x, DEFAULT.value, confidence)
    if len(cells) < 2:
        return Clustered(independent, None, len(cells), None, None, ONE_SURFACE if cells else None)
    limits, effect = surface_limits(cells)(confidence), _design_effect(cells)
    return Clustered(
        independent=independent,
        estimate=Estimate(value, limits.low, limits.high, n, x, METHOD, confidence),
        surfaces=len(cells),
        design_effect=effect,
        effective_n=None if effect is None else n / max(1.0, effect),
    )


def surface_limits(cells: Cells) -> Callable[[float], Interval]:
    """The interval over surfaces like these for any confidence: the posterior is worked out once.

    Args:
        cells: (events, trials) of each surface; at least two, each with trials.
    """
    x, n = sum(x for x, _ in cells), sum(m for _, m in cells)
    found, alike = posterior(cells, PRIOR), _alike(cells)

    def limits(confidence: float) -> Interval:
        error = posterior_error(1 - confidence, alike, min(x, n - x), n / len(cells))
        plain = interval(x, n, confidence)
        return Interval(
            0.0 if x == 0 else min(found.quantile(error / 2), plain.low),
            1.0 if x == n else max(found.quantile(1 - error / 2), plain.high),
        )

    return limits


def posterior_error(alpha: float, alike: float, few: float, each: float) -> float:
    """The error at which the posterior is cut: the nominal one, its odds multiplied by what was seen.

    With many events, and many trials on each surface, the factor is 1 where surfaces plainly differ, which is the
    posterior's own error, and 3.1 where they agree as well as they can. Multiplying odds keeps the error between 0 and
    1, and rising with alpha.

    Args:
        alpha: The nominal error.
        alike: The p-value of equal surfaces.
        few: Events or non-events, whichever are fewer.
        each: Trials on a surface, on average.
    """
    factor = (few + 1) / (few + 6) * (each + 1) / (each + 4) + 2.1 * alike
    return factor * alpha / (1 + (factor - 1) * alpha)


def _alike(cells: Cells) -> float:
    """The p-value of Pearson's chi-squared test that all surfaces have one rate.

    One half where nothing or everything was an event: such counts say nothing about it.
    """
    x, m = np.array(cells, dtype=float).T
    rate = x.sum() / m.sum()
    if rate in (0.0, 1.0):
        return 0.5
    return float(stats.chi2.sf(((x - m * rate) ** 2 / (m * rate * (1 - rate))).sum(), len(cells) - 1))


def _design_effect(cells: Cells) -> float | None:
    """Linearised variance of the ratio between surfaces over the binomial one."""
    x, m = np.array(cells, dtype=float).T
    n, rate, count = m.sum(), x.sum() / m.sum(), len(cells)
    if rate in (0.0, 1.0):
        return None
    variance = count / (count - 1) * (((x - m * rate) / n) ** 2).sum()
    return float(variance / (rate * (1 - rate) / n))


def _prior() -> SurfacePrior:
    spreads = np.concatenate([[0.0], np.geomspace(0.02, 10, 14)])
    edges = np.concatenate([[0.0, 0.01], np.sqrt(spreads[2:] * spreads[1:-1]), [np.inf]])
    shares = np.diff(2 * stats.t.cdf(edges / SCALE, FREEDOM) - 1)
    shares *= 1 - SPIKE
    shares[0] += SPIKE
    return SurfacePrior(tuple(map(float, spreads)), tuple(map(float, shares)), events=0.5, others=0.5)


PRIOR = _prior()
"""Of the clustered interval."""
