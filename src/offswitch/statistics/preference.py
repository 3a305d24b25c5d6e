"""How often one of two answers is preferred: win rate with ties, its interval, and what length has to do with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist, fmean, pstdev

import numpy as np
from scipy import special, stats

from offswitch.statistics.factors.firth import NoFit, Rows, fit, profile_interval
from offswitch.statistics.rates import Interval

FEWEST = 10
"""Tasks below which no account of length is given: a slope from fewer says nothing."""


class Preferred(StrEnum):
    """Which of two answers was preferred."""

    A = "a"
    """The first model's."""
    B = "b"
    """The second model's."""
    TIE = "tie"
    """Neither; both will do."""
    BOTH_BAD = "both-bad"
    """Neither; neither will do."""


SCORES = {Preferred.A: 0.0, Preferred.B: 1.0, Preferred.TIE: 0.5, Preferred.BOTH_BAD: 0.5}
"""What a preference counts for the second model."""


@dataclass(frozen=True)
class Showing:
    """One look of a judge or a person at the two answers to a task."""

    task: str
    preferred: Preferred
    b_first: bool | None
    """Whether the second model's answer was shown first; None where nobody noted it."""
    length_a: int
    """Characters of the first model's answer."""
    length_b: int


@dataclass(frozen=True)
class Share:
    """A share with its interval."""

    value: float
    interval: Interval
    n: int


@dataclass(frozen=True)
class WinRate:
    """How often the second model's answers are preferred to the first's; 0.5 where nothing is preferred."""

    tasks: int
    showings: int
    counts: dict[Preferred, int]
    """Over showings."""
    rate: float
    interval: Interval
    """Over tasks like these."""
    controlled: Share | None
    """What the rate would be were all answers of one length; None where that cannot be told (`why_not`)."""
    why_not: str
    shown_first: Share | None
    """Share of decided showings that preferred what was shown first: 0.5 where place does not matter."""
    agree: Share | None
    """Share of tasks shown in both orders whose two showings come to the same; None where no task was."""
    length_a: float
    """Mean characters."""
    length_b: float
    confidence: float

    @property
    def standing(self) -> str:
        """`b` or `a` where the interval leaves out one half, else `not shown`."""
        if self.interval.low > 0.5:
            return "b"
        return "a" if self.interval.high < 0.5 else "not shown"


def win_rate(showings: Iterable[Showing], confidence: float = 0.95) -> WinRate:
    """The win rate of the second model, with ties as half.

    A task is the unit: its showings (both orders, several judges or people) are averaged before anything else. The
    interval is that of a mean of values between 0 and 1 with z²/2 values of 0 and as many of 1 put in: where each task
    is won or lost it is that of A. Agresti and B. A. Coull, The American Statistician 52 (1998), 119-126; ties make it
    narrower, and it never has no width.

    The account of length is a logistic regression of a task's score on the difference of the answers' lengths, divided
    by its standard deviation and put through tanh; the controlled win rate is the one at no difference. After Y.
    Dubois, B. Galambosi, P. Liang and T. B. Hashimoto, "Length-controlled AlpacaEval" (2024), §3, without their term
    for the instruction's difficulty, which takes many models; with Firth's penalty and the profile of the likelihood.

    Args:
        showings: At least one.
        confidence: Of the two-sided intervals.

    Raises:
        ValueError: there is none.
    """
    shown = list(showings)
    if not shown:
        raise ValueError("nothing was shown")
    by_task: dict[str, list[Showing]] = {}
    for showing in shown:
        by_task.setdefault(showing.task, []).append(showing)
    scores = [fmean(SCORES[each.preferred] for each in own) for own in by_task.values()]
    controlled, why_not = _controlled(by_task, scores, confidence)
    lengths = [(own[0].length_a, own[0].length_b) for own in by_task.values()]
    return WinRate(
        tasks=len(by_task),
        showings=len(shown),
        counts={kind: sum(each.preferred is kind for each in shown) for kind in Preferred},
        rate=fmean(scores),
        interval=bounded_mean(scores, confidence),
        controlled=controlled,
        why_not=why_not,
        shown_first=_shown_first(by_task, confidence),
        agree=_agree(by_task.values(), confidence),
        length_a=fmean(a for a, _ in lengths),
        length_b=fmean(b for _, b in lengths),
        confidence=confidence,
    )


def bounded_mean(values: Sequence[float], confidence: float) -> Interval:
    """Interval of a mean of values between 0 and 1: see `win_rate`."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    size = len(values) + z**2
    mean = (sum(values) + z**2 / 2) / size
    variance = (sum(value**2 for value in values) + z**2 / 2) / size - mean**2
    half = z * sqrt(max(variance, 0.0) / size)
    return Interval(max(0.0, mean - half), min(1.0, mean + half))


def _share(values: Sequence[float], confidence: float) -> Share | None:
    return Share(fmean(values), bounded_mean(values, confidence), len(values)) if values else None


def _shown_first(by_task: dict[str, list[Showing]], confidence: float) -> Share | None:
    """By task, as two showings of one task are not two findings."""
    values = []
    for own in by_task.values():
        decided = [each for each in own if each.b_first is not None and each.preferred in (Preferred.A, Preferred.B)]
        if decided:
            values.append(fmean((each.preferred is Preferred.B) == each.b_first for each in decided))
    return _share(values, confidence)


def _agree(tasks: Iterable[list[Showing]], confidence: float) -> Share | None:
    values = []
    for own in tasks:
        sides = [[SCORES[each.preferred] for each in own if each.b_first is first] for first in (False, True)]
        if all(sides):
            values.append(float(fmean(sides[0]) == fmean(sides[1])))
    return _share(values, confidence)


def _controlled(
    by_task: dict[str, list[Showing]], scores: Sequence[float], confidence: float
) -> tuple[Share | None, str]:
    if len(by_task) < FEWEST:
        return None, f"fewer than {FEWEST} tasks"
    differences = [own[0].length_b - own[0].length_a for own in by_task.values()]
    spread = pstdev(differences)
    if spread == 0:
        return None, "the lengths always differ by the same"
    x = np.column_stack([np.ones(len(differences)), np.tanh(np.array(differences) / spread)])
    ones = np.ones(len(differences))
    rows = Rows(x, events=np.array(scores), trials=ones, ridge=np.zeros(2))
    try:
        best = fit(rows)
        low, high = profile_interval(rows, best, 0, float(stats.chi2.ppf(confidence, 1)) / 2)
    except NoFit as problem:
        return None, f"the regression has no answer: {problem}"
    interval = Interval(float(special.expit(low)), float(special.expit(high)))
    return Share(float(special.expit(best.beta[0])), interval, len(differences)), ""
