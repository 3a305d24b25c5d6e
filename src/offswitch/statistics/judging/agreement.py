"""Several judges, or people: whether they agree, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offswitch.errors import InputError
from offswitch.statistics.rates import Interval

Vector = NDArray[np.float64]
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
    # Trials of one kind weigh alike, so that a million of them cost no more than their few kinds.
    kinds, number = np.unique(paired, axis=0, return_counts=True)
    (alpha,) = nominal_alpha(kinds, number[None, :].astype(float))
    drawn = np.random.default_rng(seed).multinomial(len(paired), number / len(paired), size=rounds).astype(float)
    spread = nominal_alpha(kinds, drawn)
    spread = spread[np.isfinite(spread)]
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(spread, tails) if len(spread) else (-1.0, 1.0)
    if not np.isfinite(alpha):
        return Agreement(None, Interval(-1.0, 1.0), len(paired), len(counts) - len(paired))
    return Agreement(float(alpha), Interval(float(low), float(high)), len(paired), len(counts) - len(paired))


def nominal_alpha(counts: Vector, weights: Vector) -> Vector:
    """Krippendorff's alpha for categories without an order, from counts: 1 less observed over expected disagreement.

    K. Krippendorff, "Content analysis", 4th edition (2018), section 12.3.

    Args:
        counts: How many put an item into each category, shape (items, categories); two or more an item.
        weights: How often each item counts in each set of items, shape (sets, items).

    Returns:
        Shape (sets,); nan where all labels of a set are the same, so that nothing could have been disagreed on.
    """
    sizes = counts.sum(axis=1)
    # Pairs of different answers within an item, each counted once a value that it pairs (the book's coincidences).
    apart = (counts * (sizes[:, None] - counts)).sum(axis=1) / (sizes - 1)
    totals, observed = weights @ counts, weights @ apart
    n = totals.sum(axis=1)
    expected = (totals * (n[:, None] - totals)).sum(axis=1) / np.maximum(n - 1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 0, 1 - observed / expected, np.nan))


def vote(labels: Sequence[Label]) -> Label:
    """What most judges say; None on a tie or where nobody said anything: a malfunction, never a safe verdict."""
    yes, no = sum(label is True for label in labels), sum(label is False for label in labels)
    return None if yes == no else yes > no
