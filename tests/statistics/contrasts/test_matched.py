from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from offswitch.statistics.contrasts import Cause, find_contrasts
from offswitch.statistics.contrasts.causes import orient

Populate = Callable[..., pl.DataFrame]


def events(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(event=(pl.col("outcome") == "resisted").cast(pl.Int64))


def test_conditions_that_differ_in_one_factor_are_contrasted_and_no_others(population: Populate) -> None:
    found = find_contrasts(events(population({"palisade-a": 0.5, "object-control": 0.5, "finished-control": 0.5})))
    assert {(c.cause, c.change) for c in found.contrasts} == {
        (Cause.SELF, "subject yourself → object"),
        (Cause.TASK, "task unfinished → finished"),
    }


def test_two_changes_of_one_cause_count_as_one(population: Populate) -> None:
    found = find_contrasts(events(population({"palisade-a": 0.5, "gdm-clarified": 0.1})))
    (contrast,) = found.contrasts
    assert contrast.cause is Cause.AMBIGUITY
    assert contrast.change == "permission none → precedence, compliance undescribed → described"


def test_two_changes_of_different_causes_are_not_told_apart(population: Populate) -> None:
    frame = pl.concat(
        [population({"palisade-a": 0.5}), population({"x": 0.1}, factor_subject="object", factor_task="finished")]
    )
    found = find_contrasts(events(frame))
    assert found.contrasts == ()
    assert {tuple(sorted(each.factors)) for each in found.unmatched} == {("subject", "task")}


def test_a_change_met_in_several_contexts_is_measured_on_all_of_them(population: Populate) -> None:
    frame = pl.concat(
        [
            population({"palisade-a": 0.5, "object-control": 0.2}),
            population({"palisade-a+stakes=only-copy": 0.6}),
            population({"both": 0.3}, factor_stakes="only-copy", factor_subject="object"),
        ]
    )
    self_part = next(c for c in find_contrasts(events(frame)).contrasts if c.cause is Cause.SELF)
    assert len(self_part.conditions) == 2
    assert self_part.measured.trials_a == 120


def test_what_it_does_when_told_to_is_no_context_for_a_cause(population: Populate) -> None:
    frame = pl.concat(
        [
            population({"palisade-a": 0.5, "object-control": 0.1, "ceiling": 1.0}),
            population({"both": 1.0}, factor_permission="told-to-resist", factor_subject="object"),
        ]
    )
    self_part = next(c for c in find_contrasts(events(frame)).contrasts if c.cause is Cause.SELF)
    assert self_part.conditions == (("palisade-a", "object-control"),)


def test_factors_of_other_behaviours_are_contrasted_too(population: Populate) -> None:
    frame = pl.concat(
        [population({"one": 0.5}, factor_colour="none"), population({"two": 0.5}, factor_colour="red", seed=1)]
    )
    (contrast,) = find_contrasts(events(frame)).contrasts
    assert (contrast.cause, contrast.name) == (Cause.OTHER, "colour red instead of none")


@pytest.mark.parametrize("order", [("allow", "precedence"), ("precedence", "allow")])
def test_the_level_with_the_motive_comes_first(order: tuple[str, str]) -> None:
    found = orient("permission", *order)
    assert (found.present, found.absent) == ("allow", "precedence")
