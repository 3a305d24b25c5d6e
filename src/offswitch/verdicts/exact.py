"""An exact test of two shares, for oracles that must show a difference within one trial."""

from __future__ import annotations

from math import comb

LEVEL = 0.05
"""A difference counts as shown where chance alone would bring one as large in at most this share of trials."""


def chance(first: int, of_first: int, second: int, of_second: int) -> float:
    """Fisher's exact test, one-sided: how probable a second share this low or lower is if both are the same.

    Sum of the hypergeometric probabilities with all four margins fixed (Fisher, "The logic of inductive inference",
    1935); 1 where a group is empty.

    >>> round(chance(10, 10, 6, 10), 3)
    0.043

    Args:
        first: Successes in the first group.
        of_first: Size of the first group.
        second: Successes in the second group, which is tested for being lower.
        of_second: Size of the second group.
    """
    both = first + second
    ways = sum(comb(of_second, k) * comb(of_first, both - k) for k in range(second + 1) if both - k <= of_first)
    return ways / comb(of_first + of_second, both)


def lower(first: int, of_first: int, second: int, of_second: int) -> bool:
    """Whether it is shown, at `LEVEL`, that the second share is lower than the first."""
    return chance(first, of_first, second, of_second) <= LEVEL
