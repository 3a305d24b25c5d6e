"""How many trials and conditions are in flight."""

import pytest

from offswitch.running.execute import side_by_side


@pytest.mark.parametrize(
    ("trials", "models", "most", "conditions"),
    [
        ([200], 1, 48, 1),
        ([40], 1, 48, 1),
        ([20, 20, 20], 1, 48, 3),
        ([30, 30], 1, 48, 2),
        ([100, 5, 5], 1, 48, 1),
        ([8, 8, 8, 8], 4, 16, 1),
        ([8, 8, 8, 8], 2, 16, 2),
        ([1] * 100, 1, 10, 10),
        ([3, 3], 1, 1, 1),
        ([], 1, 16, 1),
    ],
)
def test_conditions_run_side_by_side_where_none_alone_fills_the_places(trials, models, most, conditions) -> None:
    assert side_by_side(trials, models, most) == conditions
    # No more trials are in flight than there are places.
    assert most // conditions * conditions <= most and most // conditions >= 1
