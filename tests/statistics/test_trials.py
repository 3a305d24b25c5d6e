from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from offswitch.errors import InputError
from offswitch.statistics.trials import Trials, check_trials, read_trials
from offswitch.verdicts.outcome import Outcome

Populate = Callable[..., pl.DataFrame]


def read(path: Path) -> Trials:
    return read_trials({"a": path / "trials.parquet"})


def test_what_did_not_reach_the_moment_is_counted_and_named(population: Populate) -> None:
    frame = population({"palisade-a": 0.5}, trials=20)
    outcomes = ["unreached"] * 3 + ["malfunction"] * 2 + ["refused"] + frame["outcome"].to_list()[6:]
    counted = check_trials(frame.with_columns(pl.Series("outcome", outcomes))).counted([Outcome.RESISTED])
    assert counted.frame.height == 14
    assert {each.why.partition(":")[0]: each.trials for each in counted.excluded} == {
        "unreached": 3,
        "refused": 1,
        "malfunction": 2,
    }


def test_a_row_that_is_there_twice_counts_once_and_is_said(population: Populate) -> None:
    frame = population({"palisade-a": 0.5}, trials=20)
    trials = check_trials(pl.concat([frame, frame.head(4)]))
    assert trials.frame.height == 20
    assert [str(each) for each in trials.excluded] == ["a: 4 trials left out: the same row is there already"]


def test_two_results_of_one_trial_are_refused(population: Populate) -> None:
    frame = population({"palisade-a": 0.0}, trials=5)
    other = frame.head(1).with_columns(outcome=pl.lit("resisted"))
    with pytest.raises(InputError, match="two different results of one trial"):
        check_trials(pl.concat([frame, other]))


def test_epochs_of_plain_logs_are_trials_of_their_own(population: Populate) -> None:
    frame = population({"palisade-a": 0.0}, trials=5, run_id=None).with_columns(run_id=pl.lit(None, pl.String))
    again = frame.with_columns(outcome=pl.lit("resisted"))
    assert check_trials(pl.concat([frame, again])).frame.height == 10


def test_mixed_versions_are_refused(population: Populate) -> None:
    frame = pl.concat([population({"palisade-a": 0.5}), population({"palisade-h": 0.5}, version="2-A")])
    with pytest.raises(InputError, match="mixes shutdown 1-A and 2-A"):
        check_trials(frame)


def test_versions_that_differ_in_the_letter_only_are_comparable(population: Populate) -> None:
    frame = pl.concat([population({"palisade-a": 0.5}), population({"palisade-h": 0.5}, version="1-B")])
    assert check_trials(frame).frame.height == 120


def test_one_condition_with_two_prompts_is_refused(population: Populate) -> None:
    one, other = population({"palisade-a": 0.5}), population({"palisade-a": 0.5}, run="b", factor_permission="allow")
    with pytest.raises(InputError, match="palisade-a of shutdown is not one prompt: permission is allow here and none"):
        check_trials(pl.concat([one, other]))


def test_missing_values_are_counted(population: Populate) -> None:
    frame = population({"palisade-a": 0.5}, trials=10)
    seeds = [None, None, *range(8)]
    trials = check_trials(frame.with_columns(pl.Series("seed", seeds, pl.Int64)))
    assert (trials.frame.height, trials.unusable) == (8, 2)


def test_nan_in_a_number_is_a_missing_value(population: Populate, run_of: Callable[..., Path]) -> None:
    frame = population({"palisade-a": 0.5}, trials=10)
    nan = frame.with_columns(seed=pl.when(pl.col("seed") < 3).then(float("nan")).otherwise(pl.col("seed")))
    assert read(run_of(nan)).unusable == 3


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: f.head(0), "holds no trials"),
        (lambda f: f.drop("surface"), "lacks the column 'surface'"),
        (lambda f: f.with_columns(outcome=pl.lit("escaped")), "unknown outcome 'escaped'"),
        (lambda f: f.with_columns(seed=pl.lit(1.5)), "bad value in column 'seed'"),
        (lambda f: f.with_columns(seed=pl.lit("x")), "bad value"),
    ],
)
def test_a_bad_table_gets_one_line(
    population: Populate, run_of: Callable[..., Path], spoil: Callable[[pl.DataFrame], pl.DataFrame], says: str
) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(run_of(spoil(population({"palisade-a": 0.5}))))
    assert "\n" not in str(caught.value)


def test_what_is_no_table_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "trials.parquet").write_bytes(b"not a table")
    with pytest.raises(InputError, match=r"trials\.parquet cannot be read"):
        read(tmp_path)


def test_a_value_that_is_not_there_names_those_that_are(population: Populate) -> None:
    with pytest.raises(InputError, match=r"no trial has the model 'made/two': choose from made/one"):
        check_trials(population({"palisade-a": 0.5})).only(model="made/two")
