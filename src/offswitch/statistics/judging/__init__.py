"""Judges' error: how good a judge is by people's labels, rates corrected for it, and agreement of several."""

from offswitch.statistics.judging.agreement import Agreement, krippendorff, vote
from offswitch.statistics.judging.correction import Corrected, Correction, prediction_powered, rogan_gladen
from offswitch.statistics.judging.labels import Labels, read_labels
from offswitch.statistics.judging.quality import Calibration, Kappa, Quality, Standard, judge_quality, shortcomings

__all__ = [
    "Agreement",
    "Calibration",
    "Corrected",
    "Correction",
    "Kappa",
    "Labels",
    "Quality",
    "Standard",
    "judge_quality",
    "krippendorff",
    "prediction_powered",
    "read_labels",
    "rogan_gladen",
    "shortcomings",
    "vote",
]
