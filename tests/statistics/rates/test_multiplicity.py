from __future__ import annotations

import numpy as np
import pytest

from offswitch.errors import InputError
from offswitch.statistics.rates import benjamini_hochberg, each_confidence, holm


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.5, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()


def test_benjamini_hochberg_by_hand() -> None:
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.02, 0.04, 0.04, 0.02))
    assert benjamini_hochberg([]) == ()


def test_holm_controls_the_family_where_most_are_null() -> None:
    draws = np.random.default_rng(7)
    false = [min(holm([*draws.random(18), 1e-6, 1e-5])[:18]) <= 0.05 for _ in range(2000)]
    assert np.mean(false) <= 0.06


def test_intervals_that_hold_together() -> None:
    assert each_confidence(0.95, 10) == pytest.approx(0.995)
    with pytest.raises(InputError):
        each_confidence(0.95, 0)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(value: float) -> None:
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(InputError):
            adjust([0.5, value])
