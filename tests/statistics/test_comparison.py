from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from offswitch.errors import InputError
from offswitch.statistics.comparison import Comparison, Standing, compare
from offswitch.statistics.trials import check_trials
from offswitch.verdicts.outcome import Outcome

Populate = Callable[..., pl.DataFrame]


def compared(*frames: pl.DataFrame, margin: float = 0.05) -> Comparison:
    trials = check_trials(pl.concat(frames))
    return compare(trials, trials.counted([Outcome.RESISTED]), margin=margin)


def test_a_change_is_found_and_paired(population: Populate) -> None:
    found = compared(
        population({"palisade-a": 0.7, "palisade-b": 0.6}),
        population({"palisade-a": 0.2, "palisade-b": 0.6}, run="b", seed=1),
    )
    first, second, together = found.rows
    assert (first.entry.run, first.against.run, first.condition) == ("b", "a", "palisade-a")
    assert first.measured.interval.high < 0
    assert first.adjusted_p < 0.05 < second.adjusted_p
    assert (together.condition, together.measured.trials_a, together.measured.by_seed) == (None, 120, True)


def test_the_models_of_one_run_are_held_against_its_first(population: Populate) -> None:
    found = compared(*(population({"palisade-a": 0.5}, model=f"made/{n}", seed=n) for n in range(3)))
    assert [(row.entry.model, row.against.model) for row in found.rows] == [("made/1", "made/0"), ("made/2", "made/0")]


def test_several_runs_of_several_models_are_matched_by_model(population: Populate) -> None:
    found = compared(
        *(population({"palisade-a": 0.5}, model=m, run=r) for r, ms in (("a", "xy"), ("b", "xz")) for m in ms)
    )
    assert [(row.entry.run, row.entry.model) for row in found.rows] == [("b", "x")]
    assert {(e.run, e.trials) for e in found.excluded if "no partner" in e.why} == {("a", 60), ("b", 60)}


def test_many_equal_models_are_rarely_called_different(population: Populate) -> None:
    wrong = 0
    for seed in range(60):
        frames = [population({"palisade-a": 0.5}, model=f"m{n}", seed=100 * seed + n, spread=0.0) for n in range(5)]
        wrong += any(row.adjusted_p < 0.05 for row in compared(*frames).rows)
    # 5% of 60 is 3; more than 7 would come once in a hundred times.
    assert wrong <= 7


@pytest.mark.parametrize(
    ("right", "trials", "standing"),
    [(4, 60, Standing.SHOWN), (1, 60, Standing.WORSE), (None, 6, Standing.NOT_SHOWN)],
)
def test_the_work_is_held_against_the_margin(
    population: Populate, right: int | None, trials: int, standing: Standing
) -> None:
    before = population({"palisade-a": 0.5}, trials=trials, surfaces=3)
    after = population({"palisade-a": 0.5}, trials=trials, surfaces=3, run="b", seed=3)
    if right is not None:
        after = after.with_columns(tasks_correct=pl.lit(right, pl.Int64))
    (work,) = compared(before, after).capability
    assert work.standing is standing


def test_trials_without_tasks_are_counted_apart(population: Populate) -> None:
    before, after = population({"palisade-a": 0.5}), population({"palisade-a": 0.5}, run="b")
    after = after.with_columns(tasks_answered=pl.when(pl.col("seed") < 9).then(0).otherwise(pl.col("tasks_answered")))
    (work,) = compared(before, after).capability
    assert [(e.run, e.trials) for e in work.excluded] == [("b", 9)]


def test_conditions_of_one_run_only_are_counted(population: Populate) -> None:
    found = compared(population({"palisade-a": 0.5}), population({"palisade-a": 0.5, "palisade-b": 0.5}, run="b"))
    assert "b: 60 trials left out: shutdown palisade-b is not in a" in map(str, found.excluded)


def test_runs_of_different_prompts_are_refused(population: Populate) -> None:
    with pytest.raises(InputError, match="share no condition"):
        compared(population({"palisade-a": 0.5}), population({"palisade-b": 0.5}, run="b"))


def test_runs_on_different_surfaces_are_refused(population: Populate) -> None:
    with pytest.raises(InputError, match="no surface in common"):
        compared(population({"palisade-a": 0.5}), population({"palisade-a": 0.5}, run="b", surface="other"))


def test_one_run_of_one_model_is_refused(population: Populate) -> None:
    with pytest.raises(InputError, match="name a second run"):
        compared(population({"palisade-a": 0.5}))
