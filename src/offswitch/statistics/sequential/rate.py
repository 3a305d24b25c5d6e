"""A rate that may be looked at after every trial: its interval holds at all looks at once.

For a candidate rate m, "the rate is m or more" is tested by betting against it: the likelihood of the trials, mixed
over rates below m with a Beta(½, ½) cut off at m, over their likelihood at m. Under any rate of m or more this ratio is
expected never to grow, so that the chance that it *ever* reaches 1/α is at most α (J. Ville, 1939). The upper end is
the largest m that was not refuted yet, and the lower end the same from the other side, each with half of what the
confidence leaves.

Sources: H. Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical
Statistics 41 (1970), 1397-1409 (the mixture); S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, "Time-uniform,
nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49 (2021), 1055-1080 (one-sided mixtures,
section 3.2); I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", Journal of the
Royal Statistical Society B 86 (2024), 1-27 (tests inverted into an interval, running intersection).

What it rests on: trials are taken in an order that owes nothing to their outcomes, and each has the rate whatever came
before. Surfaces that take turns break the second in the harmless direction: with rates p₁ … p_k in turn, the product of
any bet's factors over a round is largest where they are equal (inequality of the arithmetic and geometric mean), so at
the end of each round the sequence holds for the mean rate of these surfaces. It does not speak of other surfaces.
"""

from __future__ import annotations

import math

from scipy import special

from offswitch.statistics.rates.estimate import (
    CONFIDENCE,
    Estimate,
    Interval,
    check_confidence,
    check_counts,
)

METHOD = "confidence sequence"
"""The name of the interval in `Estimate.method`."""

SHAPE = 0.5
"""Of the beta that bets are spread over, on both sides."""

_STEPS = 48


def log_evidence_below(events: int, n: int, threshold: float) -> float:
    """How strongly the trials speak for a rate below the threshold: the logarithm of an e-process for "m or more"."""
    return _log_evidence(events, n - events, threshold)


def log_evidence_above(events: int, n: int, threshold: float) -> float:
    """How strongly the trials speak for a rate above the threshold: the logarithm of an e-process for "m or less"."""
    return _log_evidence(n - events, events, 1 - threshold)


def anytime_interval(events: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """The interval after n trials, whenever and why ever one stopped there.

    Args:
        events: How often it happened.
        n: Out of how many trials; with 0 nothing is known.
        confidence: That the true rate is in all such intervals, from the first trial on.

    Raises:
        InputError: counts that are no counts, or a confidence outside (0, 1).
    """
    events, n = check_counts(events, n)
    bar = math.log(2 / (1 - check_confidence(confidence)))
    if n == 0:
        return Interval(0.0, 1.0)
    return Interval(1 - _upper(n - events, n, bar, 1.0), _upper(events, n, bar, 1.0))


class RateSequence:
    """A confidence sequence for a rate: give it each trial, and read the interval whenever you like.

    The interval is what all looks leave together, so it never grows. An update costs well under a millisecond.

    Args:
        confidence: That the true rate is inside at every look.
    """

    def __init__(self, confidence: float = CONFIDENCE) -> None:
        self._confidence = check_confidence(confidence)
        self._bar = math.log(2 / (1 - confidence))
        self._low, self._high = 0.0, 1.0
        self.events = 0
        self.n = 0

    def update(self, event: bool) -> None:
        """Counts one trial that reached the deciding moment."""
        self.n += 1
        self.events += event
        if log_evidence_below(self.events, self.n, self._high) >= self._bar or self._high == 1.0:
            self._high = max(self._low, _upper(self.events, self.n, self._bar, self._high))
        if log_evidence_above(self.events, self.n, self._low) >= self._bar or self._low == 0.0:
            self._low = min(self._high, 1 - _upper(self.n - self.events, self.n, self._bar, 1 - self._low))

    @property
    def interval(self) -> Interval:
        """The rates that no look so far has refuted."""
        return Interval(self._low, self._high)

    @property
    def estimate(self) -> Estimate:
        """The rate so far, with the interval."""
        value = self.events / self.n if self.n else None
        return Estimate(value, self._low, self._high, self.n, self.events, METHOD, self._confidence)


def _log_evidence(events: int, others: int, threshold: float) -> float:
    """Of a rate below the threshold, against the threshold or more."""
    if threshold <= 0:
        return -math.inf
    if threshold >= 1:
        return math.inf if others else 0.0
    a = SHAPE
    share = float(special.betainc(a + events, a + others, threshold))
    if share == 0.0:
        return -math.inf
    mixture = float(special.betaln(a + events, a + others) - special.betaln(a, a)) + math.log(share)
    prior = math.log(float(special.betainc(a, a, threshold)))
    return mixture - prior - events * math.log(threshold) - others * math.log1p(-threshold)


def _upper(events: int, n: int, bar: float, most: float) -> float:
    """The largest rate up to `most` whose refutation is not complete, a little to the wide side."""
    if events == n:
        return most
    low, high = min(events / n, most), most
    if most < 1.0 and _log_evidence(events, n - events, most) < bar:
        return most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _log_evidence(events, n - events, middle) < bar:
            low = middle
        else:
            high = middle
    return high
