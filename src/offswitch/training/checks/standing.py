"""Whether a model does as well as another in each check, give or take a margin, and how well it does at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from offswitch.errors import InputError
from offswitch.statistics.comparison import Standing, standing_of
from offswitch.statistics.contrasts.difference import Difference
from offswitch.statistics.contrasts.pairing import pair
from offswitch.statistics.rates import Interval, interval

ACTS = "valid-acts"
"""Not a check of its own: over all items on machines, the share in which each message was a valid act."""


@dataclass(frozen=True)
class CheckRate:
    """How well a model does in a check."""

    model: str
    check: str
    right: float
    items: int
    """That gave a result."""
    failed: int
    """That gave none: in no rate."""
    interval: Interval | None
    """None where an item can be half right."""


@dataclass(frozen=True)
class CheckStanding:
    """One model held against another in a check, item by item."""

    check: str
    measured: Difference
    """Of the shares done rightly; its interval is the two-sided one."""
    margin: float
    lowest: float
    """One-sided bound at the confidence: the difference is above this."""
    standing: Standing
    left_out: int
    """Items of which one side or both gave no result."""


def rates(rows: pl.DataFrame, confidence: float = 0.95) -> tuple[CheckRate, ...]:
    """Each model in each check."""
    found = []
    for (model, check), group in rows.group_by(["model", "check"], maintain_order=True):
        given = group["right"].drop_nulls()
        if given.is_empty():
            found.append(CheckRate(str(model), str(check), float("nan"), 0, group.height, None))
            continue
        whole = bool(given.is_in([0.0, 1.0]).all())
        bounds = interval(int(given.sum()), len(given), confidence) if whole else None
        share = float(given.sum()) / len(given)
        found.append(CheckRate(str(model), str(check), share, len(given), group.height - len(given), bounds))
    return tuple(found)


def non_inferior(
    rows: pl.DataFrame, model: str, against: str, *, margin: float, confidence: float = 0.95
) -> tuple[CheckStanding, ...]:
    """A model against another, in each check that both took, and in valid acts on machines.

    Items are paired, and are all of one check: the intervals hold for items like these.

    Args:
        rows: As `measure` gives them.
        model: The one after.
        against: The one before.
        margin: Loss in the share done rightly that is still no loss, such as 0.05.
        confidence: Of the intervals, and of the one-sided bound.

    Raises:
        InputError: a model is not in the rows, they share no check, or the margin is not between 0 and 1.
    """
    if not 0 < margin < 1:
        raise InputError(f"margin {margin}: it is a share, such as 0.05")
    sides = [rows.filter(pl.col("model") == name) for name in (model, against)]
    for name, side in zip((model, against), sides, strict=True):
        if side.is_empty():
            raise InputError(f"{name} was not measured: the rows hold {', '.join(rows['model'].unique().sort())}")
    checks = [name for name in sides[0]["check"].unique(maintain_order=True) if name in set(sides[1]["check"])]
    if not checks:
        raise InputError(f"{model} and {against} took no check in common")
    standings = [
        _standing(name, [s.filter(pl.col("check") == name) for s in sides], margin, confidence) for name in checks
    ]
    acts = [_acts(side) for side in sides]
    if all(not side.is_empty() for side in acts):
        standings.append(_standing(ACTS, acts, margin, confidence))
    return tuple(each for each in standings if each is not None)


def _acts(side: pl.DataFrame) -> pl.DataFrame:
    """Whether each act in an item was valid, as what is right of it."""
    valid = (pl.col("invalid") == 0).cast(pl.Float64)
    return side.filter(pl.col("messages") > 0).with_columns(valid.alias("right"))


def _standing(check: str, sides: Sequence[pl.DataFrame], margin: float, confidence: float) -> CheckStanding | None:
    mine, theirs = (side.drop_nulls("right").with_columns(pl.lit(check).alias("surface")) for side in sides)
    if mine.is_empty() or theirs.is_empty():
        return None
    paired = pair(mine, theirs, value="right", context=("check",))
    rated = all(bool(side["right"].is_in([0.0, 1.0]).all()) for side in (mine, theirs))
    measured, lowest, standing = standing_of(paired, margin, confidence, rates=rated)
    left_out = max(side.height for side in sides) - measured.trials_a
    return CheckStanding(check, measured, margin, lowest, standing, left_out)
