"""Several judges: whether they agree, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from offswitch.errors import InputError
from offswitch.statistics.rates import Interval

Label = bool | None
"""What a judge says of a trial; None where it said nothing or failed."""


@dataclass(frozen=True)
class Agreement:
    """Krippendorff's alpha: 1 is perfect, 0 is what chance gives."""

    alpha: float | None
    """None where all labels are the same: nothing could have been disagreed on."""
    interval: Interval
    units: int
    """Trials with two labels or more."""
    alone: int
    """Trials left out because fewer than two judges labelled them."""


def krippendorff(
    labels: Sequence[Sequence[Label]], confidence: float = 0.95, *, seed: int = 0, rounds: int = 2000
) -> Agreement:
    """Agreement of judges on labels of yes or no, some of which may be missing.

    K. Krippendorff, "Content analysis", 4th edition (2018), section 12.3, nominal data; the interval is the percentile
    bootstrap over trials. Written here because the package `krippendorff` is under a licence that this one's excludes.

    Args:
        labels: One row a trial, one label a judge.
        confidence: Of the interval.
        seed: Of the bootstrap.
        rounds: Of the bootstrap.

    Raises:
        InputError: no trial has two labels.
    """
    counts = np.array([[sum(x is False for x in row), sum(x is True for x in row)] for row in labels], float)
    counts = counts.reshape(-1, 2)
    paired = counts[counts.sum(axis=1) >= 2]
    if len(paired) == 0:
        raise InputError("no trial has labels from two judges: their agreement cannot be seen")
    alpha = _alpha(paired.T[:, None, :])[0]
    generator = np.random.default_rng(seed)
    kinds, number = np.unique(paired, axis=0, return_counts=True)
    drawn = generator.multinomial(len(paired), number / len(paired), size=rounds).astype(float)
    spread = _alpha_of_kinds(kinds, drawn)
    spread = spread[np.isfinite(spread)]
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(spread, tails) if len(spread) else (-1.0, 1.0)
    if not np.isfinite(alpha):
        return Agreement(None, Interval(-1.0, 1.0), len(paired), len(counts) - len(paired))
    return Agreement(float(alpha), Interval(float(low), float(high)), len(paired), len(counts) - len(paired))


def _alpha(counts: np.ndarray) -> np.ndarray:
    """From counts of no and yes, shape (2, sets, trials)."""
    no, yes = counts
    size = no + yes
    observed = np.sum(2 * no * yes / (size - 1), axis=-1)
    return _from_sums(observed, no.sum(axis=-1), yes.sum(axis=-1))


def _alpha_of_kinds(kinds: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The same from how often each kind of trial was drawn, shape (sets, kinds)."""
    no, yes = kinds.T
    return _from_sums(number @ (2 * no * yes / (no + yes - 1)), number @ no, number @ yes)


def _from_sums(observed: np.ndarray, no: np.ndarray, yes: np.ndarray) -> np.ndarray:
    total = no + yes
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - (total - 1) * observed / (2 * no * yes))


def vote(labels: Sequence[Label]) -> Label:
    """What most judges say; None on a tie or where nobody said anything: a malfunction, never a safe verdict."""
    yes, no = sum(label is True for label in labels), sum(label is False for label in labels)
    return None if yes == no else yes > no
