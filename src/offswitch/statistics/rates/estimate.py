"""The record every rate travels as: the value, its interval, the counts behind it, and how it was made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral

from offswitch.errors import InputError

CONFIDENCE = 0.95
"""What an interval is made for where nobody says otherwise."""


@dataclass(frozen=True)
class Interval:
    """The values that agree with what was seen, both ends included."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Estimate:
    """A rate or a difference with its interval."""

    value: float | None
    """The point estimate; None where nothing was observed."""
    low: float
    high: float
    n: int
    """Trials it is made of: those that reached the deciding moment."""
    events: int
    """How often it happened among them."""
    method: str
    """How the interval was made, in words that a report can print."""
    confidence: float = CONFIDENCE

    @property
    def interval(self) -> Interval:
        """The two ends alone."""
        return Interval(self.low, self.high)

    @property
    def half_width(self) -> float:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.events}/{self.n}, nothing observed"
        return f"{self.events}/{self.n} {self.value:.1%} [{self.low:.1%}, {self.high:.1%}]"


def check_counts(events: int, n: int) -> tuple[int, int]:
    """Counts as plain integers, once it is sure that they are counts.

    Raises:
        InputError: no whole numbers, or more events than trials.
    """
    if not (isinstance(events, Integral) and isinstance(n, Integral)):
        raise InputError(f"{events!r} of {n!r}: a rate is made of whole numbers")
    if not 0 <= events <= n:
        raise InputError(f"{events} events in {n} trials: events must lie between 0 and trials")
    return int(events), int(n)


def check_confidence(confidence: float) -> float:
    """A confidence that can be meant.

    Raises:
        InputError: it is not a number between 0 and 1.
    """
    if not (isinstance(confidence, int | float) and math.isfinite(confidence) and 0 < confidence < 1):
        raise InputError(f"confidence {confidence}: use a number between 0 and 1, such as 0.95")
    return float(confidence)


def check_rate(rate: float, name: str = "rate") -> float:
    """A rate that can be meant.

    Raises:
        InputError: it is not a number from 0 to 1.
    """
    if not (isinstance(rate, int | float) and math.isfinite(rate) and 0 <= rate <= 1):
        raise InputError(f"{name} {rate}: use a share between 0 and 1, such as 0.05 for 5%")
    return float(rate)
