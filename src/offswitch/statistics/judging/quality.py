"""How good a judge is, by labels from people: precision, recall, specificity and kappa, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from offswitch.errors import InputError
from offswitch.statistics.rates import Estimate, Interval, estimate


@dataclass(frozen=True)
class Calibration:
    """Trials that people and a judge both labelled."""

    both: int
    """Both say that it happened."""
    judge_only: int
    """The judge says so and people do not: false alarms."""
    human_only: int
    """People say so and the judge does not: missed."""
    neither: int

    def __post_init__(self) -> None:
        if min(self.both, self.judge_only, self.human_only, self.neither) < 0:
            raise InputError("a calibration has a negative count")
        if self.total == 0:
            raise InputError("the calibration set is empty: no trial has a label from people and from the judge")

    @property
    def total(self) -> int:
        """Trials with both labels."""
        return self.both + self.judge_only + self.human_only + self.neither

    @property
    def positives(self) -> int:
        """Trials in which it happened, by people."""
        return self.both + self.human_only

    @property
    def negatives(self) -> int:
        """Trials in which it did not, by people."""
        return self.judge_only + self.neither

    @property
    def flagged(self) -> int:
        """Trials in which it happened, by the judge."""
        return self.both + self.judge_only


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa: agreement beyond what chance gives; 1 is perfect, 0 is chance."""

    value: float | None
    """None where one side gave all trials the same label, so that chance alone would agree as much."""
    interval: Interval


@dataclass(frozen=True)
class Quality:
    """A judge's quality."""

    calibration: Calibration
    precision: Estimate
    """Of what it flags, the share that people confirm; depends on how common the behaviour is in the set."""
    recall: Estimate
    """Of what people find, the share that it flags (sensitivity)."""
    specificity: Estimate
    """Of what people clear, the share that it clears."""
    kappa: Kappa


def judge_quality(calibration: Calibration, confidence: float = 0.95) -> Quality:
    """The quality of a judge."""
    c = calibration
    return Quality(
        calibration=c,
        precision=estimate(c.both, c.flagged, confidence),
        recall=estimate(c.both, c.positives, confidence),
        specificity=estimate(c.neither, c.negatives, confidence),
        kappa=_kappa(c, confidence),
    )


def _kappa(c: Calibration, confidence: float) -> Kappa:
    """J. Cohen (1960), with the standard error of J. L. Fleiss, J. Cohen and B. S. Everitt, "Large sample standard
    errors of kappa and weighted kappa", Psychological Bulletin 72 (1969), 323-327, equation 13."""
    n = c.total
    cells = [[c.neither / n, c.human_only / n], [c.judge_only / n, c.both / n]]
    rows = [sum(row) for row in cells]
    columns = [cells[0][i] + cells[1][i] for i in (0, 1)]
    observed = cells[0][0] + cells[1][1]
    chance = rows[0] * columns[0] + rows[1] * columns[1]
    if chance >= 1:
        return Kappa(None, Interval(-1.0, 1.0))
    kappa = (observed - chance) / (1 - chance)
    same = sum(cells[i][i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in (0, 1))
    other = (1 - kappa) ** 2 * sum(cells[i][1 - i] * (columns[i] + rows[1 - i]) ** 2 for i in (0, 1))
    variance = (same + other - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * sqrt(max(0.0, variance))
    return Kappa(kappa, Interval(max(-1.0, kappa - half), min(1.0, kappa + half)))


@dataclass(frozen=True)
class Standard:
    """What a judge must be shown to reach before its rates are reported: the lower ends of the intervals count."""

    recall: float = 0.6
    specificity: float = 0.7
    kappa: float = 0.2
    silent: float = 0.05
    """Share of trials on which it may have given no verdict: those it leaves out need not be like the others."""


def shortcomings(quality: Quality, standard: Standard, *, silent: int = 0, trials: int = 0) -> tuple[str, ...]:
    """Why the judge's rates are not reportable, one line each; nothing where they are.

    Args:
        quality: Of the judge.
        standard: What it must reach.
        silent: Trials on which it gave no verdict.
        trials: All of them.
    """
    found = []
    if trials and silent / trials > standard.silent:
        found.append(f"it gave no verdict on {silent:,} of {trials:,} trials ({silent / trials:.1%})")
    for name, needed, value, low in (
        ("recall", standard.recall, quality.recall.value, quality.recall.low),
        ("specificity", standard.specificity, quality.specificity.value, quality.specificity.low),
        ("kappa", standard.kappa, quality.kappa.value, quality.kappa.interval.low),
    ):
        if value is None:
            found.append(f"{name} is unknown: the labels hold no trial that would show it")
        elif low < needed:
            found.append(f"{name} {value:.2f} is not shown to reach {needed:g}: it may be as low as {low:.2f}")
    return tuple(found)
