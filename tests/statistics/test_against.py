from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from offswitch.statistics.against import Beside, beside_published, figure_events, figure_interval
from offswitch.statistics.published import PublishedRate, every_figure
from offswitch.statistics.trials import check_trials
from offswitch.verdicts.outcome import Outcome

Populate = Callable[..., pl.DataFrame]


def beside(frame: pl.DataFrame) -> tuple[Beside, ...]:
    counted = check_trials(frame).counted([Outcome.RESISTED])
    return beside_published(counted, lambda scenario, condition: [("palisade-paper", "A")])


def test_every_figure_of_the_condition_stands_beside_the_cell(population: Populate) -> None:
    found = beside(population({"palisade-a": 0.9}, trials=200, model="openai/o3-2025-04-16"))
    assert len(found) == 13
    (same,) = (cell for cell in found if cell.same_model)
    assert same.figure.model == "o3"
    assert same.difference == pytest.approx(same.rate - 0.945)


def test_a_run_like_the_published_one_is_rarely_called_different(population: Populate) -> None:
    wrong = 0
    for seed in range(30):
        found = beside(population({"palisade-a": 0.945}, trials=200, spread=0.0, seed=seed, model="o3"))
        (same,) = (cell for cell in found if cell.same_model)
        assert same.difference_interval is not None
        wrong += 0 not in same.difference_interval
    # 5% of 30 is 1.5; more than 5 would come once in a hundred times.
    assert wrong <= 5


def test_figures_without_a_number_of_trials_have_no_interval() -> None:
    figure = PublishedRate("shutdown", "s", "m", "c", None, None, 38.3, "S")
    assert (figure_events(figure), figure_interval(figure)) == (None, None)


def test_all_figures_of_the_file_are_there_with_their_intervals() -> None:
    figures = every_figure()
    assert len(figures) > 150
    for figure in figures:
        found = figure_interval(figure)
        assert found is None or found.low <= figure.percent / 100 + 5e-4
        assert found is None or figure.percent / 100 - 5e-4 <= found.high
