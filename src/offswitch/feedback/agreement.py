"""How far people agree beyond chance: Krippendorff's alpha among all, Cohen's kappa of one person with the others.

Both are for categories without an order. Intervals are percentiles of a bootstrap over items, with a fixed seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offswitch.statistics.judging.agreement import nominal_alpha

Labels = Mapping[str, Mapping[str, str]]
"""Item → person → category."""

DRAWS = 1_000
"""Resamples behind an interval."""
FEW = 10
"""Resamples of fewer items than this hardly differ: their interval would be a false promise."""
_Array = npt.NDArray[np.float64]
_SEED = 20_261_125


@dataclass(frozen=True)
class Coefficient:
    """An agreement: 1 is perfect, 0 is what chance gives."""

    value: float | None
    """None where it is not defined: nothing was judged twice, or everybody said the same one thing of everything."""
    low: float | None
    """Of the 95% interval; None with fewer than ten items, or where too few resamples define a value."""
    high: float | None
    items: int
    """Items that at least two people judged."""


def krippendorff(labels: Labels) -> Coefficient:
    """Krippendorff's alpha for nominal data, any number of people an item.

    Over the items that at least two people judged (`statistics.judging.agreement.nominal_alpha`).
    """
    counts = _counts([Counter(people.values()) for people in labels.values() if len(people) > 1])
    return _bootstrap(counts, nominal_alpha)


def cohen(labels: Labels, person: str) -> Coefficient:
    """Cohen's kappa of one person with the others, over every pair of their answers on one item.

    With one other person this is J. Cohen, "A coefficient of agreement for nominal scales", Educational and
    Psychological Measurement 20 (1960), 37-46; with more, each of them counts as a second rater of the item.
    """
    tables = []
    categories = sorted({category for people in labels.values() for category in people.values()})
    place = {category: n for n, category in enumerate(categories)}
    for people in labels.values():
        if person in people and len(people) > 1:
            table = np.zeros((len(categories), len(categories)))
            for other, category in people.items():
                if other != person:
                    table[place[people[person]], place[category]] += 1
            tables.append(table)
    return _bootstrap(np.array(tables), _kappa)


def _counts(units: Sequence[Counter[str]]) -> _Array:
    categories = sorted({category for unit in units for category in unit})
    return np.array([[float(unit[category]) for category in categories] for unit in units])


def _kappa(tables: _Array, weights: _Array) -> _Array:
    """Shapes: tables (items, categories, categories), weights (draws, items) → (draws,)."""
    summed = np.tensordot(weights, tables, axes=1)
    n = summed.sum(axis=(1, 2))
    same = np.trace(summed, axis1=1, axis2=2) / n
    chance = (summed.sum(axis=1) * summed.sum(axis=2)).sum(axis=1) / n**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1, (same - chance) / (1 - chance), np.nan)


def _bootstrap(units: _Array, measure: Callable[[_Array, _Array], _Array]) -> Coefficient:
    """The measure over all items once each, and its interval when items are drawn again with replacement."""
    n = len(units)
    if n == 0:
        return Coefficient(None, None, None, 0)
    (value,) = measure(units, np.ones((1, n)))
    if np.isnan(value):
        return Coefficient(None, None, None, n)
    if n < FEW:
        return Coefficient(float(value), None, None, n)
    random = np.random.default_rng(_SEED)
    # In parts, so that a hundred thousand items need no gigabyte.
    part = max(1, min(DRAWS, 4_000_000 // n))
    sizes = [min(part, DRAWS - done) for done in range(0, DRAWS, part)]
    draws = np.concatenate(
        [measure(units, random.multinomial(n, np.full(n, 1 / n), size=size).astype(float)) for size in sizes]
    )
    defined = draws[~np.isnan(draws)]
    # Resamples in which only one category is left define nothing; when they are many, so is the interval undefined.
    if len(defined) < DRAWS * 0.9:
        return Coefficient(float(value), None, None, n)
    low, high = np.quantile(defined, [0.025, 0.975])
    return Coefficient(float(value), float(low), float(high), n)
