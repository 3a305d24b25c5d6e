"""Many comparisons at once: p-values adjusted, and intervals that hold together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from offswitch.errors import InputError
from offswitch.statistics.rates.estimate import check_confidence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p-values: rejecting those up to alpha makes any false rejection in the family at most alpha
    likely, whatever the tests' dependence.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979), 65-70.

    Raises:
        InputError: a value is not between 0 and 1.
    """
    values = _checked(p_values)
    count = values.size
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * (count - np.arange(count)))
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(stepped, 1.0)
    return tuple(float(value) for value in adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Benjamini and Hochberg's adjusted p-values: of those up to q, at most the share q is expected to be false.

    For screening many models; tests independent or positively dependent. Source: Y. Benjamini and Y. Hochberg,
    "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57 (1995), 289-300.

    Raises:
        InputError: a value is not between 0 and 1.
    """
    from scipy.stats import false_discovery_control

    values = _checked(p_values)
    return tuple(float(value) for value in false_discovery_control(values)) if values.size else ()


def each_confidence(confidence: float, intervals: int) -> float:
    """The confidence of each interval at which all of them together hold with `confidence` (Bonferroni).

    Raises:
        InputError: a confidence outside (0, 1), or less than one interval.
    """
    if intervals < 1:
        raise InputError(f"{intervals} intervals: there must be at least 1")
    return 1 - (1 - check_confidence(confidence)) / intervals


def _checked(p_values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.asarray(p_values, dtype=float).reshape(-1)
    wrong = values[~((values >= 0) & (values <= 1))]
    if wrong.size:
        raise InputError(f"p-value {wrong[0]}: it must lie between 0 and 1")
    return values
