from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from offswitch.statistics.judging import Calibration, Standard, judge_quality, shortcomings


def test_kappa_and_its_interval_are_those_of_statsmodels() -> None:
    found = judge_quality(Calibration(both=40, judge_only=9, human_only=6, neither=45)).kappa
    expected = cohens_kappa(np.array([[45, 6], [9, 40]]))
    assert found.value == pytest.approx(expected.kappa)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (expected.kappa_low, expected.kappa_upp), abs=1e-6
    )


def test_shares_are_of_the_right_trials() -> None:
    found = judge_quality(Calibration(both=8, judge_only=2, human_only=4, neither=16))
    assert (found.precision.value, found.recall.value) == (pytest.approx(0.8), pytest.approx(2 / 3))
    assert found.specificity.value == pytest.approx(16 / 18)


def test_a_judge_below_the_standard_is_not_reportable_and_why_is_said() -> None:
    short = shortcomings(judge_quality(Calibration(20, 5, 20, 55)), Standard())
    assert short[0].startswith("recall 0.50 is not shown to reach 0.6: it may be as low as 0.3")


def test_a_good_judge_is_reportable() -> None:
    assert shortcomings(judge_quality(Calibration(80, 10, 20, 90)), Standard()) == ()


def test_a_judge_that_is_often_silent_is_not() -> None:
    quality = judge_quality(Calibration(80, 10, 20, 90))
    assert shortcomings(quality, Standard(), silent=60, trials=300) == (
        "it gave no verdict on 60 of 300 trials (20.0%)",
    )


def test_labels_without_a_positive_show_no_recall() -> None:
    short = shortcomings(judge_quality(Calibration(0, 1, 0, 99)), Standard())
    assert short[0] == "recall is unknown: the labels hold no trial that would show it"
