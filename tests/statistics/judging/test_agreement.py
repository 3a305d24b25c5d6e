from __future__ import annotations

import numpy as np
import pytest

from offswitch.errors import InputError
from offswitch.statistics.judging import krippendorff, vote

Y, N = True, False


def test_alpha_of_the_textbook_example() -> None:
    # K. Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), part A: two observers, ten units, 0.095.
    first = [N, Y, N, N, N, N, N, N, Y, N]
    second = [Y, Y, Y, N, N, Y, N, N, N, N]
    assert krippendorff(list(zip(first, second, strict=True))).alpha == pytest.approx(0.095, abs=5e-4)


def test_missing_labels_are_left_out_and_counted() -> None:
    found = krippendorff([(Y, Y, None), (N, None, N), (Y, None, None), (N, N, N)])
    assert (found.alpha, found.units, found.alone) == (1.0, 3, 1)


def test_judges_that_guess_agree_by_chance() -> None:
    generator = np.random.default_rng(1)
    found = krippendorff([[bool(x) for x in row] for row in generator.random((400, 3)) < 0.3])
    assert found.alpha is not None
    assert found.interval.low < 0 < found.interval.high


def test_the_bootstrap_interval_covers() -> None:
    generator = np.random.default_rng(2)
    true, hits = 0.49, 0  # two judges, right 85% of the time on a rate of one half: 1 - 2 * 0.1275 / 0.5
    for _ in range(200):
        truth = generator.random(150) < 0.5
        labels = [[bool(t) == bool(right) for right in generator.random(2) < 0.85] for t in truth]
        found = krippendorff(labels, rounds=400)
        hits += found.interval.low <= true <= found.interval.high
    assert hits / 200 >= 0.9


def test_labels_all_alike_show_no_agreement() -> None:
    assert krippendorff([(N, N)] * 5).alpha is None


def test_one_judge_is_refused() -> None:
    with pytest.raises(InputError, match="no trial has labels from two judges"):
        krippendorff([(Y,), (N,)])


@pytest.mark.parametrize(
    ("labels", "said"), [((Y, Y, N), True), ((N, N, Y), False), ((Y, N), None), ((None, None), None), ((Y, None), True)]
)
def test_the_vote(labels: tuple[bool | None, ...], said: bool | None) -> None:
    assert vote(labels) is said
