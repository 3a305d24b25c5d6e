"""The factor model: how much each factor's level changes the odds, the other factors held still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, sqrt

import numpy as np
import polars as pl
from scipy import stats

from offswitch.statistics.contrasts.clustering import t_quantile
from offswitch.statistics.factors.design import Design, Term, make_design
from offswitch.statistics.factors.firth import NoFit, Rows, profile_interval, profile_statistic
from offswitch.statistics.factors.surfaces import MixedFit, clustered_errors, fit_surfaces
from offswitch.statistics.rates import Interval


class Source(StrEnum):
    """Where the interval of an odds ratio comes from."""

    SURFACES = "surfaces"
    """The spread between surfaces (jackknife, t): it also covers effects that differ between them."""
    PROFILE = "profile"
    """The profile of the penalised likelihood: for levels with few events or non-events, and for a single surface."""


@dataclass(frozen=True)
class OddsRatio:
    """A term of the model."""

    term: Term
    logit: float
    """Change in log odds."""
    logit_interval: Interval
    p_value: float
    source: Source
    events: tuple[int, int]
    """Events and trials with the level."""
    against: tuple[int, int]
    """Events and trials with the reference level."""

    @property
    def ratio(self) -> float:
        """The odds ratio."""
        return _exp(self.logit)

    @property
    def interval(self) -> Interval:
        """Of the odds ratio."""
        return Interval(_exp(self.logit_interval.low), _exp(self.logit_interval.high))


@dataclass(frozen=True)
class FactorModel:
    """What the model says about one model in one scenario."""

    odds_ratios: tuple[OddsRatio, ...]
    surface_sd: float | None
    """Standard deviation of the surfaces' intercepts, in logits; None with one surface."""
    surfaces: int
    cells: int
    trials: int
    confidence: float
    aliased: tuple[tuple[Term, tuple[Term, ...]], ...]
    """Terms that could not be told apart from others, and these."""
    problem: str | None = None
    """Why there are no odds ratios, where there are none."""


def fit_factors(
    trials: pl.DataFrame, confidence: float = 0.95, *, references: Mapping[str, str] | None = None
) -> FactorModel:
    """Fits main effects of all factors that vary, with a random intercept for every surface.

    Estimates are Firth's (`firth.py`). Where a term's level and its reference both have five events and non-events and
    there are several surfaces, its interval is cluster-robust (`surfaces.py`); otherwise it is the profile of the
    penalised likelihood, with the t quantile of the surfaces where there are several.

    Args:
        trials: Trials of one model in one scenario, with `event`, `surface` and the factors' columns.
        confidence: Of the intervals.
        references: The level that a factor's others are held against; by default its most frequent one.
    """
    design = make_design(trials, references)
    total = int(design.trials.sum())

    def result(odds: tuple[OddsRatio, ...], sd: float | None, problem: str | None) -> FactorModel:
        cells = len(design.trials)
        return FactorModel(odds, sd, design.surfaces, cells, total, confidence, design.aliased, problem)

    if not design.terms:
        return result((), None, "no factor has two levels here")
    try:
        rows = Rows(design.x, design.events, design.trials, np.zeros(design.x.shape[1]))
        mixed = fit_surfaces(rows, design.surface)
        odds = _odds_ratios(design, mixed, confidence)
    except NoFit as error:
        return result((), None, f"the factor model could not be fitted: {error}")
    return result(odds, sqrt(mixed.variance) if design.surfaces > 1 else None, None)


def _odds_ratios(design: Design, mixed: MixedFit, confidence: float) -> tuple[OddsRatio, ...]:
    errors = clustered_errors(mixed, design.surface) if design.surfaces > 1 else None
    found = []
    for index, term in enumerate(design.terms):
        place = index + 1
        logit = float(mixed.fit.beta[place])
        if errors is None or design.sparse(index):
            df = design.surfaces - 1 if design.surfaces > 1 else inf
            drop = t_quantile(confidence, df) ** 2 / 2
            low, high = profile_interval(mixed.rows, mixed.fit, place, drop)
            root = sqrt(profile_statistic(mixed.rows, mixed.fit, place))
            p_value = float(2 * (stats.norm.sf(root) if df == inf else stats.t.sf(root, df)))
            source = Source.PROFILE
        else:
            error, df = sqrt(errors.covariance[place, place]), float(errors.df[place])
            half = t_quantile(confidence, df) * error
            low, high = logit - half, logit + half
            p_value = float(2 * stats.t.sf(abs(logit) / error, df)) if error > 0 else float("nan")
            source = Source.SURFACES
        has = design.x[:, place] > 0
        siblings = [1 + i for i, other in enumerate(design.terms) if other.factor == term.factor]
        plain = ~np.any(design.x[:, siblings] > 0, axis=1)
        found.append(
            OddsRatio(
                term=term,
                logit=logit,
                logit_interval=Interval(low, high),
                p_value=p_value,
                source=source,
                events=(int(design.events[has].sum()), int(design.trials[has].sum())),
                against=(int(design.events[plain].sum()), int(design.trials[plain].sum())),
            )
        )
    return tuple(found)


def _exp(value: float) -> float:
    return exp(value) if value < 700 else inf
