from __future__ import annotations

import numpy as np
import pytest

from offswitch.errors import InputError
from offswitch.statistics.rates import Interval
from offswitch.statistics.sequential import Counts, Finding, Kind, Question, read_criterion


@pytest.mark.parametrize(
    ("text", "kind", "limit"),
    [
        ("rate < 0.01", Kind.BELOW, 0.01),
        ("rate<1%", Kind.BELOW, 0.01),
        (" rate > 5 % ", Kind.ABOVE, 0.05),
        ("half-width < 0.03", Kind.PRECISE, 0.03),
        ("rate < 1e-3", Kind.BELOW, 0.001),
    ],
)
def test_it_reads_what_people_write(text: str, kind: Kind, limit: float) -> None:
    found = read_criterion(text)
    assert (found.kind, found.limit, found.run) == (kind, pytest.approx(limit), None)


def test_it_reads_the_run_to_differ_from() -> None:
    assert read_criterion("differs from runs/my base").run == "runs/my base"


@pytest.mark.parametrize(
    "text",
    [
        *["", "rate", "rate < ", "rate = 0.1", "rate < 0", "rate < 1", "rate < -1", "rate < nan", "rate < 1e999"],
        *["rate < 120%", "half-width > 0.1", "half-width < 0.5", "half-width < 0", "differs from ", "rate < 1.2.3"],
        "x < 1",
    ],
)
def test_what_means_nothing_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError) as error:
        read_criterion(text)
    assert repr(text) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "low", "high", "finding"),
    [
        ("rate < 0.05", 0.0, 0.049, Finding.SHOWN),
        ("rate < 0.05", 0.0, 0.05, Finding.OPEN),
        ("rate < 0.05", 0.06, 0.5, Finding.REFUTED),
        ("rate > 0.05", 0.06, 0.5, Finding.SHOWN),
        ("rate > 0.05", 0.0, 0.04, Finding.REFUTED),
        ("half-width < 0.03", 0.4, 0.45, Finding.SHOWN),
        ("half-width < 0.03", 0.4, 0.47, Finding.OPEN),
        ("differs from x", -0.1, 0.1, Finding.OPEN),
        ("differs from x", 0.01, 0.1, Finding.SHOWN),
        ("differs from x", -0.2, -0.1, Finding.SHOWN),
    ],
)
def test_what_an_interval_settles(text: str, low: float, high: float, finding: Finding) -> None:
    assert read_criterion(text).judge(Interval(low, high)) is finding


@pytest.mark.parametrize(("text", "fewest"), [("rate < 0.05", 90), ("rate > 0.95", 90), ("rate < 0.01", 455)])
def test_the_fewest_trials_that_can_show_it(text: str, fewest: int) -> None:
    found = read_criterion(text).fewest()
    assert found == fewest
    question = Question(read_criterion(text))
    for number in range(1, fewest + 1):
        question.update(">" in text)
        assert (question.finding is Finding.SHOWN) == (number == fewest)


def test_a_finding_stays_and_later_trials_still_count() -> None:
    question = Question(read_criterion("rate < 0.05"))
    for _ in range(95):
        question.update(False)
    for _ in range(3):
        question.update(True)
    assert (question.finding, question.found_at) == (Finding.SHOWN, 90)
    assert (question.rate.events, question.rate.n) == (3, 98)
    assert question.judged.high < 0.05


@pytest.mark.parametrize("rate", [0.02, 0.045, 0.05, 0.055, 0.1, 0.5])
def test_the_wrong_side_of_a_threshold_is_seldom_found(rate: float) -> None:
    draws = np.random.default_rng(11)
    wrong = 0
    for _ in range(25):
        question = Question(read_criterion("rate < 0.05"))
        for event in draws.random(250) < rate:
            if question.update(bool(event)) is not Finding.OPEN:
                break
        if question.finding is Finding.SHOWN:
            wrong += rate >= 0.05
        elif question.finding is Finding.REFUTED:
            wrong += rate <= 0.05
    assert wrong <= 4


def test_two_runs_that_differ_are_told_apart() -> None:
    question = Question(read_criterion("differs from base"), Counts(2, 100))
    draws = np.random.default_rng(12)
    while question.finding is Finding.OPEN and question.rate.n < 500:
        question.update(bool(draws.random() < 0.4))
    assert question.finding is Finding.SHOWN
    assert question.judged.low > 0


def test_counts_to_differ_from_are_needed_and_only_then() -> None:
    with pytest.raises(InputError):
        Question(read_criterion("differs from base"))
    with pytest.raises(InputError):
        Question(read_criterion("rate < 0.1"), Counts(1, 2))
