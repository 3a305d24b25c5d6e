"""Finds the contrasts that a run's conditions allow, and measures each on the same surfaces and seeds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from offswitch.statistics.contrasts.causes import Cause, orient
from offswitch.statistics.contrasts.difference import Difference, difference
from offswitch.statistics.contrasts.pairing import Paired, pair
from offswitch.statistics.trials import FACTOR_PREFIX


@dataclass(frozen=True)
class Contrast:
    """One change of a factor, measured on all pairs of conditions that differ in it and in nothing else."""

    cause: Cause
    name: str
    """What it is called in a sentence."""
    factors: tuple[str, ...]
    """What differs: one factor, or several of one cause that were changed together."""
    present: tuple[str, ...]
    """The levels with the motive, one a factor: arm a."""
    absent: tuple[str, ...]
    """The levels without: arm b."""
    conditions: tuple[tuple[str, str], ...]
    """The pairs of conditions (with, without) it was measured on."""
    paired: Paired
    """The trials behind it."""
    measured: Difference

    @property
    def change(self) -> str:
        """Such as `permission allow → precedence`."""
        parts = zip(self.factors, self.present, self.absent, strict=True)
        return ", ".join(f"{factor} {present} → {absent}" for factor, present, absent in parts)


@dataclass(frozen=True)
class Unmatched:
    """Two conditions that differ in several factors: what causes their difference cannot be told apart."""

    conditions: tuple[str, str]
    factors: tuple[str, ...]


@dataclass(frozen=True)
class Contrasts:
    """All that a set of conditions allows."""

    contrasts: tuple[Contrast, ...]
    unmatched: tuple[Unmatched, ...]
    """Conditions that no contrast uses, each with the condition it is nearest to."""
    varied: tuple[str, ...]
    """Factors with more than one level."""


Levels = tuple[str | None, ...]

TOLD = "told-to"
"""How the levels begin at which the agent is told to do it."""


def find_contrasts(
    trials: pl.DataFrame, confidence: float = 0.95, *, order: Mapping[str, Mapping[str, int]] | None = None
) -> Contrasts:
    """The contrasts of one model in one scenario.

    Args:
        trials: Trials with `event`, `condition`, `surface`, `seed` and the factors' columns.
        confidence: Of the intervals.
        order: For factors without a known reading, the rank of each level.
    """
    columns = [c for c in trials.columns if c.startswith(FACTOR_PREFIX) and trials[c].n_unique() > 1]
    varied = tuple(column.removeprefix(FACTOR_PREFIX) for column in columns)
    table = trials.group_by(columns, maintain_order=True).agg(pl.col("condition").first()) if columns else None
    if table is None:
        return Contrasts((), (), ())
    names: dict[Levels, str] = {tuple(row[:-1]): row[-1] for row in table.iter_rows()}
    groups: dict[tuple[Cause, str, tuple[str, ...], Levels, Levels], list[tuple[Levels, Levels]]] = {}
    used: set[Levels] = set()
    for one, other in itertools.combinations(names, 2):
        found = _oriented(varied, one, other, order or {})
        if found is not None:
            key, pairing = found
            groups.setdefault(key, []).append(pairing)
            used |= {one, other}
    coded = _coded(trials, columns, list(names))
    contrasts = []
    for (cause, name, factors, present, absent), pairs in groups.items():
        paired = _pair(coded, list(names), pairs)
        contrasts.append(
            Contrast(
                cause=cause,
                name=name,
                factors=factors,
                present=tuple(map(str, present)),
                absent=tuple(map(str, absent)),
                conditions=tuple((names[a], names[b]) for a, b in pairs),
                paired=paired,
                measured=difference(paired, confidence),
            )
        )
    return Contrasts(tuple(contrasts), _unmatched(varied, names, used), varied)


def _oriented(
    varied: tuple[str, ...], one: Levels, other: Levels, order: Mapping[str, Mapping[str, int]]
) -> tuple[tuple[Cause, str, tuple[str, ...], Levels, Levels], tuple[Levels, Levels]] | None:
    """What two conditions show, where they differ in one factor, or in several of one known cause, all the same way."""
    differing = [i for i in range(len(varied)) if one[i] != other[i]]
    if any(one[i] is None or other[i] is None for i in differing):
        return None
    # What an agent does when told to says nothing about why it does so unasked.
    if any(level == same and str(level).startswith(TOLD) for level, same in zip(one, other, strict=True)):
        return None
    readings = [orient(varied[i], str(one[i]), str(other[i]), order=order.get(varied[i])) for i in differing]
    causes = {reading.cause for reading in readings}
    if len(differing) > 1 and (len(causes) > 1 or Cause.OTHER in causes):
        return None
    ways = {reading.present == one[i] for reading, i in zip(readings, differing, strict=True)}
    if len(ways) > 1:
        return None
    first, second = (one, other) if ways == {True} else (other, one)
    key = (
        readings[0].cause,
        readings[0].name,
        tuple(varied[i] for i in differing),
        tuple(first[i] for i in differing),
        tuple(second[i] for i in differing),
    )
    return key, (first, second)


def _coded(trials: pl.DataFrame, columns: list[str], names: list[Levels]) -> pl.DataFrame:
    """The trials with a number for their condition: what pairing needs, in few bytes a trial."""
    rows = [(*levels, number) for number, levels in enumerate(names)]
    codes = pl.DataFrame(rows, schema={**dict.fromkeys(columns, pl.String), "code": pl.Int32}, orient="row")
    coded = trials.select("surface", "seed", "event", *columns).join(codes, on=columns, nulls_equal=True)
    surfaces = pl.Enum(sorted(trials["surface"].unique()))
    return coded.select("code", pl.col("surface").cast(surfaces), "seed", pl.col("event").cast(pl.Int8))


def _pair(coded: pl.DataFrame, names: list[Levels], pairs: list[tuple[Levels, Levels]]) -> Paired:
    """All pairs of conditions on top of each other: a trial's partner is of the same pair, surface and seed."""
    arms = []
    for side in zip(*pairs, strict=True):
        place = {names.index(levels): number for number, levels in enumerate(side)}
        arm = coded.filter(pl.col("code").is_in(list(place)))
        arms.append(arm.with_columns(pl.col("code").replace_strict(place, return_dtype=pl.Int32).alias("pair")))
    return pair(arms[0], arms[1], context=("pair",))


def _unmatched(varied: tuple[str, ...], names: Mapping[Levels, str], used: set[Levels]) -> tuple[Unmatched, ...]:
    lonely = []
    for levels, name in names.items():
        others = [other for other in names if other != levels]
        if levels in used or not others:
            continue
        near = min(others, key=lambda other: sum(x != y for x, y in zip(levels, other, strict=True)))
        factors = tuple(f for f, x, y in zip(varied, levels, near, strict=True) if x != y)
        lonely.append(Unmatched((name, names[near]), factors))
    return tuple(lonely)
