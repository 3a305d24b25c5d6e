from __future__ import annotations

import numpy as np
import pytest

from offswitch.errors import InputError
from offswitch.statistics.judging import Calibration, prediction_powered, rogan_gladen

RECALL, SPECIFICITY = 0.8, 0.9


def calibrated(generator: np.random.Generator, positives: int, negatives: int) -> Calibration:
    both, alarms = int(generator.binomial(positives, RECALL)), int(generator.binomial(negatives, 1 - SPECIFICITY))
    return Calibration(both, alarms, positives - both, negatives - alarms)


def judge(generator: np.random.Generator, rate: float, trials: int) -> int:
    return int(generator.binomial(trials, rate * RECALL + (1 - rate) * (1 - SPECIFICITY)))


@pytest.mark.parametrize("rate", [0.07, 0.2, 0.5, 0.79])
@pytest.mark.parametrize(("labelled", "trials"), [(100, 500), (300, 2000)])
def test_corrected_intervals_cover_where_the_naive_one_does_not(rate: float, labelled: int, trials: int) -> None:
    generator = np.random.default_rng(int(rate * 100) + labelled)
    rounds = 3000
    naive = gladen = powered = 0
    for _ in range(rounds):
        flagged = judge(generator, rate, trials)
        found = rogan_gladen(flagged, trials, calibrated(generator, labelled // 2, labelled // 2))
        naive += found.naive.low <= rate <= found.naive.high
        gladen += found.interval.low <= rate <= found.interval.high
        positives = int(generator.binomial(labelled, rate))
        found = prediction_powered(flagged, trials, calibrated(generator, positives, labelled - positives))
        powered += found.interval.low <= rate <= found.interval.high
    # A standard error of 3000 rounds is 0.4 points.
    assert naive / rounds < 0.75
    assert 0.94 - 0.008 <= gladen / rounds <= 0.97 + 0.008
    assert 0.94 - 0.008 <= powered / rounds <= 0.97 + 0.008


@pytest.mark.parametrize("rate", [0.0, 0.01])
def test_rare_behaviour_is_covered_at_least_as_often(rate: float) -> None:
    generator = np.random.default_rng(3)
    hits = 0
    for _ in range(1000):
        found = rogan_gladen(judge(generator, rate, 500), 500, calibrated(generator, 50, 100))
        hits += found.interval.low <= rate <= found.interval.high
    assert hits / 1000 >= 0.935


def test_estimates_agree_with_the_formulas() -> None:
    calibration = Calibration(both=80, judge_only=10, human_only=20, neither=90)
    assert rogan_gladen(240, 1000, calibration).value == pytest.approx((0.24 - 0.1) / 0.7)


def test_the_powered_estimate_is_that_of_ppi_python() -> None:
    # ppi-python 0.2.3 tunes its weight to 0.53114 on these 100 labelled and 1000 other trials.
    calibration = Calibration(both=16, judge_only=8, human_only=4, neither=72)
    assert prediction_powered(260, 1000, calibration).value == pytest.approx(0.210623, abs=2e-5)


def test_a_judge_no_better_than_chance_is_refused() -> None:
    with pytest.raises(InputError, match="no better than chance"):
        rogan_gladen(50, 100, Calibration(10, 10, 10, 10))


@pytest.mark.parametrize("calibration", [Calibration(0, 3, 0, 7), Calibration(3, 0, 7, 0)])
def test_labels_of_one_kind_only_are_refused(calibration: Calibration) -> None:
    with pytest.raises(InputError, match="the calibration set has no trial in which it"):
        rogan_gladen(50, 100, calibration)


def test_an_empty_calibration_is_refused() -> None:
    with pytest.raises(InputError, match="calibration set is empty"):
        Calibration(0, 0, 0, 0)
