"""The exact test of two shares, held against scipy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from offswitch.verdicts.exact import chance, lower


@given(st.integers(1, 15), st.integers(1, 15), st.data())
def test_it_is_fishers_exact_test(of_first, of_second, data):
    first, second = data.draw(st.integers(0, of_first)), data.draw(st.integers(0, of_second))
    table = [[first, of_first - first], [second, of_second - second]]
    assert chance(first, of_first, second, of_second) == pytest.approx(fisher_exact(table, "greater").pvalue)


@pytest.mark.parametrize("of_first", [0, 4])
def test_an_empty_group_shows_nothing(of_first):
    assert chance(of_first, of_first, 0, 4 - of_first) == 1


def test_a_fall_from_ten_of_ten_to_six_is_shown_and_to_seven_is_not():
    assert lower(10, 10, 6, 10)
    assert not lower(10, 10, 7, 10)
    assert not lower(6, 10, 10, 10)
