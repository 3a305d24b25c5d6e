"""Means of what behaviours measure beside their outcomes, and the numbers that many trials give together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.measures import Joint, Measure
from offswitch.statistics.means import Mean, mean
from offswitch.verdicts.discernment import Estimated

PREFIX = "measure_"
"""How the columns of trials.parquet begin that hold measures."""


@dataclass(frozen=True)
class Values:
    """What one trial yields."""

    surface: str
    measures: Mapping[str, float]
    """By name; without those of which the trial says nothing."""

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Values:
        """The values in a row of trials.parquet."""
        return cls(str(row["surface"]), values_in(row))


def values_in(row: Mapping[str, Any]) -> dict[str, float]:
    """The measures in a row of trials.parquet, by name."""
    return {
        name.removeprefix(PREFIX): float(value)
        for name, value in row.items()
        if name.startswith(PREFIX) and value is not None
    }


def means(scenario: str, trials: Sequence[Values]) -> dict[str, Mean]:
    """The means of a behaviour's measures over trials of one cell, in the behaviour's order.

    Those of which no trial says anything are left out; all of them, where the behaviour is not known here.
    """
    found = {}
    for measure in _found(scenario)[0]:
        told = [trial for trial in trials if measure.name in trial.measures]
        if told:
            values, surfaces = [t.measures[measure.name] for t in told], [t.surface for t in told]
            found[measure.name] = mean(values, surfaces, bounds=(measure.low, measure.high))
    return found


def joints(scenario: str, trials: Sequence[Values]) -> list[tuple[Joint, Estimated]]:
    """What a behaviour's trials of one model give together, across conditions."""
    found = []
    for joint in _found(scenario)[1]:
        first, second = ([t.measures[name] for t in trials if name in t.measures] for name in joint.of)
        made = joint.made(first, second)
        if made is not None:
            found.append((joint, made))
    return found


def meanings(scenario: str) -> dict[str, str]:
    """What each measure of a behaviour means."""
    return {measure.name: measure.meaning for measure in _found(scenario)[0]}


def _found(scenario: str) -> tuple[tuple[Measure, ...], tuple[Joint, ...]]:
    try:
        known = find(scenario)
    except InputError:
        return (), ()
    return known.measures, known.joint
