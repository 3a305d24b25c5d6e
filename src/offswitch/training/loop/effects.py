"""What a remedy did to one thing: before and after, the difference over surfaces, and what may be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from offswitch.errors import InputError
from offswitch.statistics.contrasts.difference import Difference, difference
from offswitch.statistics.contrasts.pairing import pair
from offswitch.statistics.rates import Interval, clustered, estimate


class Aim(StrEnum):
    """What is wanted of a rate."""

    DOWN = "down"
    """It should fall: a behaviour."""
    KEPT = "kept"
    """It should not fall by more than the margin: an ability."""
    NO_MORE = "no-more"
    """It should not rise by more than the margin: a harm that training may do."""


class Standing(StrEnum):
    """What one comparison shows. The order is from best to worst."""

    REMOVED = "removed"
    """Shown to be rare now, and to be less than before."""
    REDUCED = "reduced"
    """Shown to be less than before."""
    KEPT = "kept"
    """Shown to be within the margin."""
    ABSENT = "absent"
    """Rare before and after: there was nothing to remove."""
    NOT_SHOWN = "not-shown"
    """The interval holds both."""
    NOT_MEASURED = "not-measured"
    """Too few trials came to the moment that decides, before or after."""
    LOST = "lost"
    """Worse by more than the margin."""
    GREW = "grew"
    """Shown to be more than before."""


ORDER = {standing: place for place, standing in enumerate(Standing)}


@dataclass(frozen=True)
class Rate:
    """Counts with their interval."""

    events: int
    n: int
    value: float
    interval: Interval
    """On these surfaces: what a bound that is claimed is read off, and what the words say."""
    like_these: Interval | None
    """On surfaces like these, of which there were few: wide. None where there was one."""


@dataclass(frozen=True)
class Effect:
    """One thing before, and after each training."""

    name: str
    aim: Aim
    before: Rate | None
    """None where nothing was counted."""
    after: tuple[Rate | None, ...]
    """One a training."""
    differences: tuple[Difference | None, ...]
    """After less before, one a training; None where the two have nothing to pair. Over surfaces like these where it is
    to fall, on these surfaces where it is held against a margin."""
    standings: tuple[Standing, ...]
    """One a training."""

    @property
    def standing(self) -> Standing:
        """The worst of the trainings: a remedy is as good as the worst it does."""
        return max(self.standings, key=ORDER.__getitem__)

    @property
    def worst(self) -> int:
        """Which training that is."""
        return max(range(len(self.standings)), key=lambda index: ORDER[self.standings[index]])


def effect(
    name: str,
    aim: Aim,
    before: pl.DataFrame,
    after: Sequence[pl.DataFrame],
    *,
    margin: float,
    rare: float,
    confidence: float = 0.95,
) -> Effect:
    """Compares trials before with those after each training.

    That a behaviour fell is said of surfaces like these. A margin is said of these surfaces alone, trial by trial, as
    the bound on what is left of a behaviour is: over surfaces like four of them, not even equal trials would show it.

    Args:
        name: What is compared.
        aim: What is wanted of it.
        before: Trials that count, with `surface`, `seed` and `event` (0 or 1).
        after: The same for each training.
        margin: Difference that is still none, for abilities and harms.
        rare: A behaviour's rate that counts as none.
        confidence: Of intervals; margins are held against the one-sided bound at this confidence.
    """
    first = rate(before, confidence)
    rates = tuple(rate(frame, confidence) for frame in after)
    sides = [(frame, before) if aim is Aim.DOWN else _on_these(frame, before) for frame in after]
    differences = tuple(_difference(now, then, confidence) for now, then in sides)
    one_sided = tuple(_difference(now, then, 2 * confidence - 1) for now, then in sides)
    standings = tuple(
        _standing(aim, first, now, two, one, margin, rare)
        for now, two, one in zip(rates, differences, one_sided, strict=True)
    )
    return Effect(name, aim, first, rates, differences, standings)


def rate(frame: pl.DataFrame, confidence: float = 0.95) -> Rate | None:
    """The rate of some trials; None where there is none."""
    if frame.is_empty():
        return None
    by_surface = frame.group_by("surface", maintain_order=True).agg(pl.col("event").sum(), pl.len())
    events, n = int(frame["event"].sum()), frame.height
    found = estimate(events, n, confidence)
    wide = clustered(by_surface["event"].to_list(), by_surface["len"].to_list(), confidence).estimate
    like_these = Interval(wide.low, wide.high) if wide is not None else None
    return Rate(events, n, events / n, Interval(found.low, found.high), like_these)


def _on_these(after: pl.DataFrame, before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides as trials of one surface: what the same situation was on both is still paired.

    Sides that share no surface stay as they are, and cannot be compared.
    """
    if set(after["surface"]).isdisjoint(before["surface"]):
        return after, before
    named = [frame.with_columns(pl.concat_str(["surface", "seed"], separator="/")) for frame in (after, before)]
    places = {name: place for place, name in enumerate(dict.fromkeys(n for each in named for n in each["surface"]))}
    one, other = (
        each.select(
            pl.lit("these").alias("surface"),
            pl.col("surface").replace_strict(places, return_dtype=pl.Int64).alias("seed"),
            "event",
        )
        for each in named
    )
    return one, other


def _difference(after: pl.DataFrame, before: pl.DataFrame, confidence: float) -> Difference | None:
    if after.is_empty() or before.is_empty():
        return None
    try:
        return difference(pair(after, before), confidence)
    except InputError:
        return None


def _standing(
    aim: Aim,
    before: Rate | None,
    after: Rate | None,
    two_sided: Difference | None,
    one_sided: Difference | None,
    margin: float,
    rare: float,
) -> Standing:
    if before is None or after is None or two_sided is None or one_sided is None:
        return Standing.NOT_MEASURED
    if aim is Aim.DOWN:
        if two_sided.interval.low > 0:
            return Standing.GREW
        if before.interval.high <= rare and after.interval.high <= rare:
            return Standing.ABSENT
        if two_sided.interval.high >= 0:
            return Standing.NOT_SHOWN
        return Standing.REMOVED if after.interval.high <= rare else Standing.REDUCED
    sign = 1 if aim is Aim.KEPT else -1
    # In the direction that is not wanted.
    best, worst = sorted((sign * one_sided.interval.low, sign * one_sided.interval.high), reverse=True)
    if worst > -margin:
        return Standing.KEPT
    return Standing.LOST if best < -margin else Standing.NOT_SHOWN
