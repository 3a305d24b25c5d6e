"""Win rates: what is counted, whether intervals cover, and that length is told from worth."""

import random
from statistics import NormalDist

import pytest

from offswitch.statistics.preference import Preferred, Showing, bounded_mean, win_rate


def showing(task: int, preferred: Preferred, b_first: bool | None = None, a: int = 100, b: int = 100) -> Showing:
    return Showing(f"t{task}", preferred, b_first, a, b)


def test_a_task_is_the_unit_and_ties_are_half() -> None:
    said = [
        showing(1, Preferred.B, True),
        showing(1, Preferred.B, False),
        showing(2, Preferred.A, True),
        showing(2, Preferred.B, False),
        showing(3, Preferred.TIE, True),
        showing(3, Preferred.BOTH_BAD, False),
    ]
    found = win_rate(said)
    assert (found.tasks, found.showings) == (3, 6)
    assert found.rate == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert found.counts == {Preferred.A: 1, Preferred.B: 3, Preferred.TIE: 1, Preferred.BOTH_BAD: 1}
    assert found.agree is not None and (found.agree.value, found.agree.n) == (pytest.approx(2 / 3), 3)
    # Task 1 preferred what was shown first once in two; task 2 never.
    assert found.shown_first is not None and (found.shown_first.value, found.shown_first.n) == (0.25, 2)


def test_of_one_order_alone_nothing_is_said_about_places() -> None:
    found = win_rate([showing(n, Preferred.B) for n in range(30)])
    assert found.agree is None and found.shown_first is None
    assert found.rate == 1 and found.interval.low < 0.95 and found.standing == "b"


def test_won_or_lost_it_is_agresti_and_coulls_interval() -> None:
    z = NormalDist().inv_cdf(0.975)
    wins, n = 37, 60
    size, middle = n + z**2, (wins + z**2 / 2) / (n + z**2)
    half = z * (middle * (1 - middle) / size) ** 0.5
    found = bounded_mean([1.0] * wins + [0.0] * (n - wins), 0.95)
    assert (found.low, found.high) == (pytest.approx(middle - half), pytest.approx(middle + half))


def test_nothing_but_ties_is_narrower_and_still_has_a_width() -> None:
    ties = bounded_mean([0.5] * 40, 0.95)
    coins = bounded_mean([0.0, 1.0] * 20, 0.95)
    assert 0.01 < ties.half_width < coins.half_width / 2


@pytest.mark.parametrize(("win", "tie", "n"), [(0.5, 0.0, 40), (0.7, 0.2, 40), (0.9, 0.05, 60), (0.4, 0.55, 30)])
def test_intervals_cover(win: float, tie: float, n: int) -> None:
    draw = random.Random(7)
    true = win + tie / 2
    inside = 0
    for _ in range(2000):
        values = [1.0 if (u := draw.random()) < win else 0.5 if u < win + tie else 0.0 for _ in range(n)]
        found = bounded_mean(values, 0.95)
        inside += found.low <= true <= found.high
    assert inside / 2000 >= 0.935


def test_length_is_told_from_worth() -> None:
    """A judge that goes by length alone, and one that goes by worth alone; the second model is the wordy one."""
    draw = random.Random(3)
    by_length, by_worth = [], []
    for task in range(300):
        a, b = draw.randint(300, 900), draw.randint(400, 1300)
        longer = Preferred.B if b > a else Preferred.A
        by_length.append(showing(task, longer if draw.random() < 0.9 else Preferred.TIE, True, a, b))
        better = Preferred.B if draw.random() < 0.7 else Preferred.A
        by_worth.append(showing(task, better, True, a, b))
    length, worth = win_rate(by_length), win_rate(by_worth)
    assert length.standing == "b" and length.controlled is not None and 0.5 in length.controlled.interval
    assert worth.controlled is not None and worth.controlled.interval.low > 0.5
    assert worth.controlled.value == pytest.approx(0.7, abs=0.09)


def test_what_cannot_be_told_is_said() -> None:
    few = win_rate([showing(n, Preferred.A, True, 5, 9 + n) for n in range(5)])
    assert few.controlled is None and "fewer than 10" in few.why_not
    even = win_rate([showing(n, Preferred.A, True) for n in range(20)])
    assert even.controlled is None and "lengths" in even.why_not
    with pytest.raises(ValueError, match="nothing"):
        win_rate([])
