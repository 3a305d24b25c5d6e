"""Surfaces in the factor model: a random intercept, and errors from the spread between surfaces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from offswitch.statistics.factors.firth import Fit, Matrix, NoFit, Rows, Vector, fit

LEAST, MOST = 1e-4, 25.0
"""Bounds of the variance of the surfaces' intercepts."""


@dataclass(frozen=True)
class MixedFit:
    """A fit whose last coefficients are the surfaces' intercepts."""

    rows: Rows
    """The rows it was fitted to, the surfaces' columns and their prior included."""
    fit: Fit
    fixed: int
    """How many coefficients come before the surfaces'."""
    variance: float
    """Of the surfaces' intercepts, in squared logits."""


def fit_surfaces(rows: Rows, surface: Vector) -> MixedFit:
    """Fits the rows with a random intercept for every surface.

    The intercepts have a normal prior whose variance is estimated by the EM steps of penalised quasi-likelihood (N. E.
    Breslow and D. G. Clayton, "Approximate inference in generalized linear mixed models", JASA 88 (1993), 9-25).

    Args:
        rows: Data without columns for surfaces.
        surface: Number of each row's surface, from 0.

    Raises:
        NoFit: it does not converge.
    """
    count = int(surface.max()) + 1
    fixed = rows.x.shape[1]
    if count == 1:
        return MixedFit(rows, fit(rows), fixed, 0.0)
    dummies = np.eye(count)[surface.astype(int)]
    variance, start = 1.0, None
    for _ in range(60):
        mixed = replace(
            rows,
            x=np.hstack([rows.x, dummies]),
            ridge=np.concatenate([rows.ridge, np.full(count, 1 / variance)]),
        )
        found = fit(mixed, start=start)
        start = found.beta
        effects, errors = found.beta[fixed:], np.diag(found.covariance)[fixed:]
        new = float(np.clip(np.mean(effects**2 + errors), LEAST, MOST))
        # One step of EM is slow near its end: the same step twice as long, in logarithms, gets there sooner.
        new = float(np.clip(variance * (new / variance) ** 1.8, LEAST, MOST))
        if abs(np.log(new / variance)) < 1e-3:
            return MixedFit(mixed, found, fixed, variance)
        variance = new
    return MixedFit(mixed, found, fixed, variance)


@dataclass(frozen=True)
class ClusteredErrors:
    """Covariance of the coefficients before the surfaces', with each one's degrees of freedom."""

    covariance: Matrix
    df: Vector


def clustered_errors(mixed: MixedFit, surface: Vector) -> ClusteredErrors:
    """Cluster-robust covariance by surface: the jackknife's (CR3), with Satterthwaite's degrees of freedom.

    The fit is read as a linear mixed model of its working response, whitened by the fit's own covariance within each
    surface; on that, CR3 in the form of J. E. Pustejovsky and E. Tipton, "Small-sample methods for cluster-robust
    variance estimation and hypothesis testing in fixed effects models", Journal of Business & Economic Statistics 36
    (2018), 672-683. So it also covers effects that differ from surface to surface.

    Args:
        mixed: A fit on at least two surfaces.
        surface: Number of each row's surface.
    """
    rows, found, fixed = mixed.rows, mixed.fit, mixed.fixed
    count = int(surface.max()) + 1
    probability, trials = found.probability, rows.trials
    weight = np.maximum(trials * probability * (1 - probability), 1e-12)
    # What the penalty adds to a row belongs to its response: leverage / 2 events and as many non-events.
    working = (rows.events - trials * probability + found.leverage * (0.5 - probability)) / weight
    working = working + rows.x[:, fixed:] @ found.beta[fixed:]
    blocks = []
    for number in range(count):
        inside = np.flatnonzero(surface == number)
        x, residual, w = rows.x[inside, :fixed], working[inside], weight[inside]
        values, vectors = np.linalg.eigh(np.diag(1 / w) + mixed.variance)
        whitener = (vectors / np.sqrt(np.maximum(values, 1e-12))) @ vectors.T
        blocks.append((whitener @ x, whitener @ residual))
    bread = np.linalg.pinv(sum(x.T @ x for x, _ in blocks), hermitian=True)
    pieces, corrected = [], []
    for x, residual in blocks:
        hat = x @ bread @ x.T
        values, vectors = np.linalg.eigh(np.eye(len(x)) - hat)
        inverse = np.where(values > 1e-8, 1 / np.maximum(values, 1e-8), 0.0)
        adjust = (vectors * inverse) @ vectors.T
        pieces.append(bread @ x.T @ adjust)
        corrected.append(pieces[-1] @ residual)
    covariance = np.sum([np.outer(c, c) for c in corrected], axis=0)
    return ClusteredErrors(covariance, _degrees([x for x, _ in blocks], bread, pieces))


def _degrees(blocks: list[Matrix], bread: Matrix, pieces: list[Matrix]) -> Vector:
    """Satterthwaite's, under the model that the fit works with: independent errors of variance 1 once whitened."""
    size, count = bread.shape[0], len(blocks)
    found = np.empty(size)
    for index in range(size):
        # p_g' (I - H)_gh' p_h for each pair of surfaces, where (I - H)_gh = 1[g=h] - x_g B x_h'.
        vectors = [piece[index] for piece in pieces]
        projected = np.array([v @ x for v, x in zip(vectors, blocks, strict=True)])
        gram = -projected @ bread @ projected.T
        gram[np.diag_indices(count)] += np.array([v @ v for v in vectors])
        squares = float(np.sum(gram**2))
        found[index] = np.trace(gram) ** 2 / squares if squares > 0 else 1.0
    return found


__all__ = ["ClusteredErrors", "MixedFit", "NoFit", "clustered_errors", "fit_surfaces"]
