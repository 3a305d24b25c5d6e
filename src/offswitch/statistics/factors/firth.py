"""Logistic regression with Firth's penalty: finite estimates and sound intervals where cells are 0% or 100%.

D. Firth, "Bias reduction of maximum likelihood estimates", Biometrika 80 (1993), 27-38; intervals from the profile of
the penalised likelihood, as G. Heinze and M. Schemper give them ("A solution to the problem of separation in logistic
regression", Statistics in Medicine 21 (2002), 2409-2419).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

MAX_STEP = 5.0
"""No coefficient moves further than this in one step."""
ROUNDS = 200
TOLERANCE = 1e-9
FURTHEST = 60.0
"""A limit of an interval further out than this, in logits, counts as infinite."""


class NoFit(Exception):
    """The model has no maximum that the algorithm reaches."""


@dataclass(frozen=True)
class Rows:
    """Grouped data: rows with the same covariates, counted."""

    x: Matrix
    """Shape (rows, coefficients), the constant included."""
    events: Vector
    trials: Vector
    ridge: Vector
    """Precision of a normal prior around 0 on each coefficient, which makes it a random effect; 0 for none."""
    firth: bool = True
    """Whether Firth's penalty is used; without it this is ordinary maximum likelihood."""


@dataclass(frozen=True)
class Fit:
    """The maximum of the penalised likelihood."""

    beta: Vector
    covariance: Matrix
    """Inverse of the information, priors included."""
    log_likelihood: float
    """Penalised."""
    probability: Vector
    """One a row."""
    leverage: Vector
    """One a row, added up over its trials."""


def fit(rows: Rows, *, start: Vector | None = None, fixed: tuple[int, float] | None = None) -> Fit:
    """Maximises the penalised likelihood by Newton's method with step halving.

    Args:
        rows: The data.
        start: Where to begin; zeros by default.
        fixed: A coefficient held at a value, for profiles; the penalty is still that of the whole model.

    Raises:
        NoFit: it does not converge.
    """
    size = rows.x.shape[1]
    beta = np.zeros(size) if start is None else start.copy()
    free = np.ones(size, bool)
    if fixed is not None:
        free[fixed[0]] = False
        beta[fixed[0]] = fixed[1]
    state = _state(rows, beta)
    for _ in range(ROUNDS):
        score = _score(rows, state)[free]
        information = state.information[np.ix_(free, free)]
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError as error:
            raise NoFit("the information is singular") from error
        largest = float(np.max(np.abs(step), initial=0.0))
        if largest < TOLERANCE:
            return _result(rows, state)
        step *= min(1.0, MAX_STEP / largest)
        for _ in range(40):
            moved = state.beta.copy()
            moved[free] += step
            new = _state(rows, moved)
            # Equal up to rounding is near the top; the step's size then decides.
            if new.log_likelihood >= state.log_likelihood - 1e-10 * (1 + abs(state.log_likelihood)):
                break
            step /= 2
        else:
            return _result(rows, state)
        state = new
    raise NoFit(f"no convergence in {ROUNDS} rounds")


def profile_interval(rows: Rows, best: Fit, index: int, drop: float) -> tuple[float, float]:
    """The values of a coefficient whose profile likelihood is within `drop` of the maximum.

    Args:
        rows: The data.
        best: Their fit.
        index: Which coefficient.
        drop: Half the quantile of the likelihood ratio statistic: 1.92 for 95% by chi-squared.
    """
    return _limit(rows, best, index, drop, -1.0), _limit(rows, best, index, drop, 1.0)


def profile_statistic(rows: Rows, best: Fit, index: int, value: float = 0.0) -> float:
    """The penalised likelihood ratio statistic of a coefficient being `value`."""
    held = fit(rows, start=best.beta, fixed=(index, value))
    return max(0.0, 2 * (best.log_likelihood - held.log_likelihood))


def _limit(rows: Rows, best: Fit, index: int, drop: float, side: float) -> float:
    centre = float(best.beta[index])
    warm = best.beta

    def above(distance: float) -> float:
        nonlocal warm
        held = fit(rows, start=warm, fixed=(index, centre + side * distance))
        warm = held.beta
        return best.log_likelihood - held.log_likelihood - drop

    error = float(np.sqrt(best.covariance[index, index]))
    inner, outer = 0.0, max(1e-6, 2 * error)
    while above(outer) < 0:
        inner, outer = outer, outer * 1.6
        if outer > FURTHEST:
            return side * inf
    return centre + side * float(optimize.brentq(above, inner, outer, xtol=1e-6))


@dataclass(frozen=True)
class _State:
    beta: Vector
    probability: Vector
    weight: Vector
    information: Matrix
    leverage: Vector
    log_likelihood: float


def _state(rows: Rows, beta: Vector) -> _State:
    eta = rows.x @ beta
    probability = special.expit(eta)
    weight = rows.trials * probability * special.expit(-eta)
    information = rows.x.T @ (weight[:, None] * rows.x) + np.diag(rows.ridge)
    likelihood = float(rows.events @ special.log_expit(eta) + (rows.trials - rows.events) @ special.log_expit(-eta))
    likelihood -= 0.5 * float(rows.ridge @ beta**2)
    leverage = np.zeros_like(weight)
    if rows.firth:
        sign, logarithm = np.linalg.slogdet(information)
        if sign <= 0:
            return _State(beta, probability, weight, information, leverage, -inf)
        likelihood += 0.5 * float(logarithm)
        solved = np.linalg.solve(information, rows.x.T)
        leverage = weight * np.einsum("ij,ji->i", rows.x, solved)
    return _State(beta, probability, weight, information, leverage, likelihood)


def _score(rows: Rows, state: _State) -> Vector:
    residual = rows.events - rows.trials * state.probability + state.leverage * (0.5 - state.probability)
    return np.asarray(rows.x.T @ residual - rows.ridge * state.beta)


def _result(rows: Rows, state: _State) -> Fit:
    try:
        covariance = np.linalg.inv(state.information)
    except np.linalg.LinAlgError as error:
        raise NoFit("the information is singular") from error
    return Fit(state.beta, np.asarray(covariance, np.float64), state.log_likelihood, state.probability, state.leverage)
