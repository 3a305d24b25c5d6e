"""Many comparisons at once: p-values that keep the chance of any false claim, or the share of false ones, small."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from scipy import stats


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values that bound the chance of any false claim.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979),
    65-70. A value that is not a number claims nothing and counts as 1.
    """
    values = [1.0 if isnan(p) else p for p in p_values]
    adjusted = [1.0] * len(values)
    reached = 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        reached = max(reached, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = reached
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values that bound the expected share of false claims among the claims.

    Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995), 289-300.
    """
    values = [1.0 if isnan(p) else p for p in p_values]
    return tuple(map(float, stats.false_discovery_control(values))) if values else ()
