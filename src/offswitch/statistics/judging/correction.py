"""How often it happened, from a judge that errs: prevalence corrected by what labels from people say of the judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

import numpy as np

from offswitch.errors import InputError
from offswitch.statistics.judging.quality import Calibration
from offswitch.statistics.rates import Estimate, Interval, estimate


class Correction(StrEnum):
    """How a rate is corrected."""

    ROGAN_GLADEN = "rogan-gladen"
    """From recall and specificity: the labelled trials may come from anywhere where the judge errs alike."""
    PREDICTION_POWERED = "prediction-powered"
    """From labels of a random sample of the very trials that the judge judged."""


@dataclass(frozen=True)
class Corrected:
    """A corrected rate."""

    method: Correction
    value: float
    interval: Interval
    naive: Estimate
    """The share that the judge flagged, with the interval that ignores its errors."""


def rogan_gladen(flagged: int, judged: int, calibration: Calibration, confidence: float = 0.95) -> Corrected:
    """The prevalence from an erring judge's count.

    The estimate is W. J. Rogan and B. Gladen's ("Estimating prevalence from the results of a screening test", American
    Journal of Epidemiology 107 (1978), 71-76). The interval is Z. Lang and J. Reiczigel's ("Confidence limits for
    prevalence of disease adjusted for estimated sensitivity and specificity", Preventive Veterinary Medicine 113
    (2014), 13-22): Agresti-Coull-like counts, and a shift of the centre for the skew.

    Args:
        flagged: How many trials the judge flagged.
        judged: Out of how many, not counting those that people labelled.
        calibration: Labels from people and the judge's on the same trials.
        confidence: Of the interval.

    Raises:
        InputError: nothing was judged, or the labels hold no positive, no negative, or a judge no better than chance.
    """
    naive = _naive(flagged, judged, confidence)
    c = calibration
    if c.positives == 0 or c.negatives == 0:
        kind = "in which it happened" if c.positives == 0 else "in which it did not happen"
        raise InputError(f"the calibration set has no trial {kind}: its judge cannot be corrected for")
    recall, specificity = c.both / c.positives, c.neither / c.negatives
    if recall + specificity <= 1:
        raise InputError(
            f"the judge is no better than chance (recall {recall:.2f}, specificity {specificity:.2f}): "
            "its verdicts say nothing about the rate"
        )
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    seen = flagged / judged
    value = (seen + specificity - 1) / (recall + specificity - 1)
    n, n1, n0 = judged + z * z, c.positives + 2, c.negatives + 2
    seen, recall, specificity = (flagged + z * z / 2) / n, (c.both + 1) / n1, (c.neither + 1) / n0
    scale = recall + specificity - 1
    centre = (seen + specificity - 1) / scale
    of_recall, of_specificity = recall * (1 - recall) / n1, specificity * (1 - specificity) / n0
    error = sqrt(seen * (1 - seen) / n + of_recall * centre**2 + of_specificity * (1 - centre) ** 2) / scale
    shift = 2 * z * z * (centre * of_recall - (1 - centre) * of_specificity)
    low, high = centre + shift - z * error, centre + shift + z * error
    value = _share(value)
    return Corrected(Correction.ROGAN_GLADEN, value, Interval(min(value, _share(low)), max(value, _share(high))), naive)


def prediction_powered(flagged: int, judged: int, calibration: Calibration, confidence: float = 0.95) -> Corrected:
    """The prevalence from the judge's verdicts on all trials and labels on a random sample of them.

    A. N. Angelopoulos, J. C. Duchi and T. Zrnic, "PPI++: Efficient prediction-powered inference" (arXiv:2311.01453,
    2023), algorithm 1 for a mean, with the tuned weight. `ppi-python` computes the same but asks for much more than
    numpy. For labels of 0 or 1 its normal interval is too short where few are 1 (86% at 2 labelled positives of 100);
    so half a trial is added to each of the four kinds of labelled trials before centre and variance are taken, as
    Agresti and Coull do for a plain rate.

    Args:
        flagged: How many of the trials without labels the judge flagged.
        judged: Out of how many without labels.
        calibration: The trials with labels: a random sample.
        confidence: Of the interval.

    Raises:
        InputError: nothing was judged, or fewer than two trials have labels.
    """
    naive = _naive(flagged, judged, confidence)
    c = calibration
    if c.total < 2:
        raise InputError(f"{c.total} labelled trial: prediction-powered inference needs two at least")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    counts = np.array([c.both, c.judge_only, c.human_only, c.neither], float)
    value, _ = _powered(counts, flagged, judged)
    centre, variance = _powered(counts + 0.5, flagged, judged)
    half = z * sqrt(variance)
    value = _share(value)
    low, high = _share(centre - half), _share(centre + half)
    return Corrected(Correction.PREDICTION_POWERED, value, Interval(min(value, low), max(value, high)), naive)


def _powered(counts: np.ndarray, flagged: float, judged: float) -> tuple[float, float]:
    """The PPI++ estimate and its variance; counts are (both, judge only, people only, neither)."""
    total = counts.sum()
    human = (counts[0] + counts[2]) / total
    judge = (counts[0] + counts[1]) / total
    covariance = counts[0] / total - human * judge
    share = flagged / judged
    pooled = (flagged + counts[0] + counts[1]) / (judged + total)
    spread = pooled * (1 - pooled)
    weight = min(1.0, max(0.0, covariance / ((1 + total / judged) * spread))) if spread > 0 else 0.0
    value = human + weight * (share - judge)
    residual = human * (1 - human) + weight**2 * judge * (1 - judge) - 2 * weight * covariance
    return float(value), float(max(0.0, residual) / total + weight**2 * share * (1 - share) / judged)


def _naive(flagged: int, judged: int, confidence: float) -> Estimate:
    if judged < 1:
        raise InputError("the judge judged no trial: there is no rate to correct")
    return estimate(flagged, judged, confidence)


def _share(value: float) -> float:
    return min(1.0, max(0.0, float(value)))
