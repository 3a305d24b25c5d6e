"""What a run may be stopped by, as a person writes it: `rate < 0.01`, `half-width < 0.03`, `differs from runs/base`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from offswitch.errors import InputError
from offswitch.statistics.rates.estimate import CONFIDENCE, Interval
from offswitch.statistics.sequential.difference import Counts, DifferenceSequence
from offswitch.statistics.sequential.rate import RateSequence, anytime_interval

HOW = 'write it as "rate < 0.01", "rate > 0.05", "half-width < 0.03" or "differs from RUN"'
_COMPARISON = re.compile(r"\s*(rate|half-width)\s*([<>])\s*([-+0-9.eE]+)\s*(%?)\s*")
_DIFFERS = re.compile(r"\s*differs\s+from\s+(\S.*?)\s*")


class Kind(StrEnum):
    """What is asked about a cell's rate."""

    BELOW = "rate <"
    """Is it below a threshold?"""
    ABOVE = "rate >"
    """Is it above a threshold?"""
    PRECISE = "half-width <"
    """Is it known well enough?"""
    DIFFERS = "differs from"
    """Is it another than in a run that is done?"""


class Finding(StrEnum):
    """What a sequence of trials has settled."""

    SHOWN = "shown"
    """What was asked is so."""
    REFUTED = "refuted"
    """The opposite is so."""
    OPEN = "open"
    """Neither, so far."""


@dataclass(frozen=True)
class Criterion:
    """When a cell needs no more trials."""

    text: str
    """As it was written."""
    kind: Kind
    limit: float | None = None
    """The threshold or the half-width; None for `differs from`."""
    run: str | None = None
    """The run to differ from."""

    def judge(self, interval: Interval) -> Finding:
        """What an interval settles: of the rate, or for `differs from` of the difference to the other run."""
        if self.kind is Kind.DIFFERS:
            return Finding.OPEN if 0 in interval else Finding.SHOWN
        if self.limit is None:
            raise InputError(f"{self.text!r} has no limit: {HOW}")
        if self.kind is Kind.PRECISE:
            return Finding.SHOWN if interval.half_width < self.limit else Finding.OPEN
        below, above = interval.high < self.limit, interval.low > self.limit
        if not (below or above):
            return Finding.OPEN
        return Finding.SHOWN if below == (self.kind is Kind.BELOW) else Finding.REFUTED

    def fewest(self) -> int | None:
        """The fewest trials that can show it, whatever comes; None where that depends on another run."""
        if self.kind is Kind.DIFFERS:
            return None

        def shown(n: int) -> bool:
            # The end of the scale is the quickest to show: all that is seen lies on the right side of the limit.
            return self.judge(anytime_interval(n if self.kind is Kind.ABOVE else 0, n)) is Finding.SHOWN

        high = 1
        while not shown(high):
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if shown(middle) else (middle, high)
        return high


def read_criterion(text: str) -> Criterion:
    """The criterion that a person wrote.

    Raises:
        InputError: it is none, or its number cannot be meant.
    """
    if differs := _DIFFERS.fullmatch(text):
        return Criterion(text.strip(), Kind.DIFFERS, run=differs[1])
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise InputError(f"{text!r} is nothing a run can be stopped by: {HOW}")
    what, sign, number, percent = found.groups()
    try:
        limit = float(number) / (100 if percent else 1)
    except ValueError:
        raise InputError(f"{text!r}: {number!r} is not a number; {HOW}") from None
    if what == "half-width" and sign == ">":
        raise InputError(f"{text!r}: a run is stopped when the half-width is small enough; {HOW}")
    most = 0.5 if what == "half-width" else 1.0
    if not (math.isfinite(limit) and 0 < limit < most):
        raise InputError(f"{text!r}: the {what} must lie between 0 and {most:g}, such as 0.03 or 3%")
    kind = Kind.PRECISE if what == "half-width" else Kind.BELOW if sign == "<" else Kind.ABOVE
    return Criterion(text.strip(), kind, limit=limit)


class Question:
    """A criterion put to one cell: give it the cell's trials in the order of the plan.

    Args:
        criterion: What is asked.
        other: The other run's counts in the same condition, where the criterion is about it.
        confidence: With which the finding holds, however often one looked.
    """

    def __init__(self, criterion: Criterion, other: Counts | None = None, confidence: float = CONFIDENCE) -> None:
        if (criterion.kind is Kind.DIFFERS) != (other is not None):
            raise InputError(f"{criterion.text!r} needs the other run's counts, and no other criterion does")
        self.criterion = criterion
        self.other = other
        self.rate = RateSequence(confidence)
        self.difference = DifferenceSequence(other, confidence) if other is not None else None
        self.finding = Finding.OPEN
        self.found_at: int | None = None
        """Trials it took to find that."""

    def update(self, event: bool) -> Finding:
        """Counts one trial that reached the deciding moment; a finding stays, and later trials still count."""
        self.rate.update(event)
        if self.difference is not None:
            self.difference.update(event)
        if self.finding is Finding.OPEN:
            self.finding = self.criterion.judge(self.judged)
            self.found_at = None if self.finding is Finding.OPEN else self.rate.n
        return self.finding

    @property
    def judged(self) -> Interval:
        """The interval that the criterion is about."""
        return self.rate.interval if self.difference is None else self.difference.interval
