"""How many trials a question takes, with a number fixed beforehand and with stopping early.

Sizes with a fixed number are of the intervals that reports use and, for differences, of the usual two-sided test;
sizes with stopping early are what is expected of the confidence sequences behind `--until`. Both are counts of trials
that reach the deciding moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from offswitch.errors import InputError
from offswitch.statistics.rates.estimate import CONFIDENCE, check_confidence, check_rate
from offswitch.statistics.rates.intervals import interval
from offswitch.statistics.sequential.criterion import Criterion, Finding, Kind
from offswitch.statistics.sequential.difference import Counts, anytime_difference
from offswitch.statistics.sequential.rate import anytime_interval

MOST = 1 << 22
"""Four million trials: what takes more is not planned but given up."""
POWER = 0.8


@dataclass(frozen=True)
class Sizes:
    """Trials that a question takes in each condition."""

    fixed: int
    """With a number fixed beforehand."""
    sequential: int
    """Expected with stopping early, at the rate planned for."""


def for_half_width(rate: float, half_width: float, confidence: float = CONFIDENCE) -> Sizes:
    """Until the interval around a rate is so narrow.

    Args:
        rate: What it is expected to be.
        half_width: Half of the interval's width, at most.
        confidence: Of the interval.

    Raises:
        InputError: a number that cannot be meant, or more trials than anybody runs.
    """
    rate, confidence = check_rate(rate), check_confidence(confidence)
    half_width = _open_share(half_width, "half-width", 0.5)

    def fixed(n: int) -> bool:
        return interval(round(rate * n), n, confidence).half_width <= half_width

    def sequential(n: int) -> bool:
        return anytime_interval(round(rate * n), n, confidence).half_width <= half_width

    what = f"a half-width of {half_width:g} around {rate:g}"
    return Sizes(_fewest(fixed, what), _fewest(sequential, what))


def for_threshold(rate: float, threshold: float, power: float = POWER, confidence: float = CONFIDENCE) -> Sizes:
    """Until a rate is shown to lie on its side of a threshold.

    With a fixed number: the smallest from which the interval excludes the threshold with the power, exactly.

    Args:
        rate: What it is expected to be.
        threshold: What it is held against.
        power: Chance of showing it, with a fixed number.
        confidence: Of the interval.

    Raises:
        InputError: a number that cannot be meant, or more trials than anybody runs.
    """
    rate, threshold = check_rate(rate), _open_share(threshold, "threshold", 1.0)
    power, confidence = _open_share(power, "power", 1.0), check_confidence(confidence)
    if rate == threshold:
        raise InputError(f"a rate of {rate:g} lies on no side of {threshold:g}: plan for another")
    below = rate < threshold

    def fixed(n: int) -> bool:
        low, high = 0, n
        # The count furthest from the expected end that still excludes the threshold.
        while low < high:
            middle = (low + high + below) // 2
            found = interval(middle, n, confidence)
            if below:
                low, high = (middle, high) if found.high < threshold else (low, middle - 1)
            else:
                low, high = (low, middle) if found.low > threshold else (middle + 1, high)
        found = interval(low, n, confidence)
        if not (found.high < threshold if below else found.low > threshold):
            return False
        chance = special.bdtr(low, n, rate) if below else special.bdtrc(low - 1, n, rate) if low else 1.0
        return bool(chance >= power)

    criterion = Criterion("planned", Kind.BELOW if below else Kind.ABOVE, limit=threshold)

    def sequential(n: int) -> bool:
        return criterion.judge(anytime_interval(round(rate * n), n, confidence)) is Finding.SHOWN

    what = f"a rate of {rate:g} held against {threshold:g}"
    return Sizes(_fewest(fixed, what), _fewest(sequential, what))


def for_difference(rate: float, difference: float, power: float = POWER, confidence: float = CONFIDENCE) -> Sizes:
    """Until two conditions with as many trials each are shown to differ; trials of *each*.

    With a fixed number: J. L. Fleiss, B. Levin and M. C. Paik, "Statistical Methods for Rates and Proportions" (3rd
    edition, 2003), section 4.2, formula 4.14, with the continuity correction of 4.17.

    Args:
        rate: Of one condition.
        difference: By how much the other's is higher, or lower where negative.
        power: Chance of showing it, with a fixed number.
        confidence: Of the difference's interval.

    Raises:
        InputError: a number that cannot be meant, or more trials than anybody runs.
    """
    rate, power, confidence = check_rate(rate), _open_share(power, "power", 1.0), check_confidence(confidence)
    other = rate + difference
    if not (math.isfinite(other) and 0 <= other <= 1):
        raise InputError(f"difference {difference:g} from {rate:g}: the other rate would be {other:g}, not in [0, 1]")
    if difference == 0:
        raise InputError("difference 0: there is nothing to show; name what would matter")
    mean = (rate + other) / 2
    z_alpha, z_beta = float(special.ndtri((1 + confidence) / 2)), float(special.ndtri(power))
    spread = z_alpha * math.sqrt(2 * mean * (1 - mean)) + z_beta * math.sqrt(rate * (1 - rate) + other * (1 - other))
    plain = (spread / difference) ** 2
    fixed = math.ceil(plain / 4 * (1 + math.sqrt(1 + 4 / (plain * abs(difference)))) ** 2) if plain > 0 else 1
    if fixed > MOST:
        raise InputError(f"a difference of {difference:g} takes {fixed} trials of each: plan for a larger one")

    def sequential(n: int) -> bool:
        found = anytime_difference(Counts(round(rate * n), n), Counts(round(other * n), n), confidence)
        return 0 not in found

    return Sizes(fixed, _fewest(sequential, f"a difference of {difference:g} from {rate:g}"))


def _fewest(enough: Callable[[int], bool], what: str) -> int:
    """The number from which on it is enough, as far as rounding lets it be said."""
    high = 1
    while not enough(high):
        high *= 2
        if high > MOST:
            raise InputError(f"{what} takes more than {MOST:,} trials: plan for something coarser")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    # Counts are whole, so what holds at a number may fail just after it.
    ahead = np.unique(np.linspace(high, 1.15 * high + 3, 24).astype(int))
    failed = [int(n) for n in ahead if not enough(int(n))]
    return max(failed) + 1 if failed else high


def _open_share(value: float, name: str, most: float) -> float:
    if not (isinstance(value, int | float) and math.isfinite(value) and 0 < value < most):
        raise InputError(f"{name} {value}: use a number between 0 and {most:g}")
    return float(value)
