"""The difference between two rates, valid whenever either side is looked at.

For each side the likelihood of its trials mixed over Beta(½, ½), over their likelihood at a candidate rate, is expected
to be 1 under that rate at every moment, and so is the product of both sides at a pair of rates. The pairs at which the
product has stayed below 1/α are a joint confidence sequence; the differences they allow are one for the difference.

Sources: as in `offswitch.statistics.sequential.rate`; the projection of a joint set is L. Wasserman, A. Ramdas and
S. Balakrishnan, "Universal inference", PNAS 117 (2020), 16880-16890, section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from offswitch.statistics.rates.estimate import (
    CONFIDENCE,
    Interval,
    check_confidence,
    check_counts,
)

_STEPS = 60
_SHAPE = 0.5


@dataclass(frozen=True)
class Counts:
    """What one side has shown."""

    events: int
    n: int

    @property
    def rate(self) -> float:
        """Between 0 and 1; needs a trial."""
        return self.events / self.n

    @property
    def _log_mixture(self) -> float:
        """Of the trials under Beta(½, ½), whose own constant is π."""
        events, others = self.events + _SHAPE, self.n - self.events + _SHAPE
        return math.lgamma(events) + math.lgamma(others) - math.lgamma(events + others) - math.log(math.pi)

    def log_evidence_against(self, rate: float) -> float:
        """The logarithm of the mixture's likelihood over that of a rate."""
        others = self.n - self.events
        found = self._log_mixture
        if self.events:
            found -= self.events * math.log(rate) if rate > 0 else -math.inf
        if others:
            found -= others * math.log1p(-rate) if rate < 1 else -math.inf
        return found


def anytime_difference(first: Counts, second: Counts, confidence: float = CONFIDENCE) -> Interval:
    """The differences, first less second, that agree with what was seen, at any moment of either side.

    Raises:
        InputError: counts that are no counts, or a confidence outside (0, 1).
    """
    for side in (first, second):
        check_counts(side.events, side.n)
    bar = -math.log(1 - check_confidence(confidence))
    if first.n == 0 or second.n == 0:
        return Interval(-1.0, 1.0)
    return Interval(-_most(second, first, bar), _most(first, second, bar))


class DifferenceSequence:
    """A confidence sequence for the difference to a side that is known already.

    Args:
        other: What the other side has shown; it does not change.
        confidence: That the true difference is inside at every look.
    """

    def __init__(self, other: Counts, confidence: float = CONFIDENCE) -> None:
        self._other = other
        self._confidence = check_confidence(confidence)
        self._low, self._high = -1.0, 1.0
        self.events = 0
        self.n = 0

    def update(self, event: bool) -> None:
        """Counts one trial that reached the deciding moment."""
        self.n += 1
        self.events += event
        found = anytime_difference(Counts(self.events, self.n), self._other, self._confidence)
        self._low, self._high = max(self._low, min(found.low, self._high)), min(self._high, max(found.high, self._low))

    @property
    def interval(self) -> Interval:
        """The differences that no look so far has refuted."""
        return Interval(self._low, self._high)


def _most(up: Counts, down: Counts, bar: float) -> float:
    """The largest rate of `up` less that of `down` in the joint set.

    At the largest difference a step of `up` costs as much evidence as one of `down`. For a given cost each side's rate
    is the root of a quadratic, and the evidence of the pair rises with the cost, so the cost is found by bisection.
    """
    low, high = 1e-9, 1.0

    def pair(cost: float) -> tuple[float, float]:
        return _at_cost(up, cost), 1 - _at_cost(Counts(down.n - down.events, down.n), cost)

    def evidence(cost: float) -> float:
        above, below = pair(cost)
        return up.log_evidence_against(above) + down.log_evidence_against(below)

    while evidence(high) < bar and high < 1e12:
        high *= 4
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        if evidence(middle) < bar:
            low = middle
        else:
            high = middle
    above, below = pair(high)
    return above - below


def _at_cost(side: Counts, cost: float) -> float:
    """The rate above the observed one at which a step further costs so much: others/(1-p) - events/p = cost."""
    linear = side.n - cost
    root = math.sqrt(linear * linear + 4 * cost * side.events)
    # The same root in the form that loses no digits.
    return 2 * side.events / (linear + root) if linear > 0 else (root - linear) / (2 * cost)
