"""Two arms put side by side: the same surface and seed in both, added up over the seeds of a surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
import polars as pl

from offswitch.errors import InputError
from offswitch.statistics.contrasts.clustering import Vector
from offswitch.statistics.contrasts.margins import Arm


@dataclass(frozen=True)
class Paired:
    """Sums over the trials of two arms, one entry a surface. Arms are called `a` and `b`; a difference is a - b."""

    surfaces: tuple[str, ...]
    trials_a: Vector
    trials_b: Vector
    sum_a: Vector
    sum_b: Vector
    by_seed: bool
    """Whether each trial of `a` has its partner in `b`; otherwise the arms share only surfaces."""
    sum_aa: Vector
    """Of the squares."""
    sum_bb: Vector
    sum_ab: Vector
    """Of the products within a pair; zero where there are no pairs."""
    unpaired: int
    """Trials left out because the other arm has none with their surface and seed (or none on their surface)."""

    @cached_property
    def weights(self) -> Vector:
        """What a surface counts: its pairs, or the harmonic mean of its two numbers of trials."""
        harmonic = self.trials_a * self.trials_b / (self.trials_a + self.trials_b)
        return np.asarray(harmonic / harmonic.sum())

    @cached_property
    def a(self) -> Arm:
        """The first arm."""
        return Arm(self.trials_a, self.sum_a, self.weights)

    @cached_property
    def b(self) -> Arm:
        """The second arm."""
        return Arm(self.trials_b, self.sum_b, self.weights)

    @property
    def discordant(self) -> float:
        """Pairs of which one is an event and the other is not; infinite where nothing is paired by seed."""
        return float((self.sum_a + self.sum_b - 2 * self.sum_ab).sum()) if self.by_seed else inf

    @cached_property
    def differences(self) -> Vector:
        """Of the arms' means, one a surface."""
        return np.asarray(self.sum_a / self.trials_a - self.sum_b / self.trials_b)


def pair(a: pl.DataFrame, b: pl.DataFrame, *, value: str = "event", context: Sequence[str] = ()) -> Paired:
    """Pairs trials by context, surface and seed; where no seed is shared, by context and surface.

    Trials that repeat one seed (epochs) are paired in their order.

    Args:
        a: Trials of the first arm, with `surface`, `seed`, the value and the context's columns.
        b: Trials of the second.
        value: The column to compare.
        context: What else must agree, such as the other factors' levels.

    Raises:
        InputError: the arms share no surface.
    """
    place = [*context, "surface"]
    key = [*place, "seed", "repeat"]
    left, right = (_numbered(arm, place, value) for arm in (a, b))
    joined = left.join(right, on=key, how="inner", suffix="_b", nulls_equal=True)
    if not joined.is_empty():
        x, y = pl.col(value), pl.col(value + "_b")
        sums = joined.group_by("surface").agg(
            pl.len().alias("n"),
            x.sum().alias("x"),
            y.sum().alias("y"),
            (x * x).sum().alias("xx"),
            (y * y).sum().alias("yy"),
            (x * y).sum().alias("xy"),
        )
        sums = sums.sort("surface").with_columns(pl.col("n").alias("m"))
        return _paired(sums, by_seed=True, unpaired=left.height + right.height - 2 * joined.height)
    sums = _sums(left, place, value, ("n", "x", "xx")).join(
        _sums(right, place, value, ("m", "y", "yy")), on=place, nulls_equal=True
    )
    if sums.is_empty():
        raise InputError(
            f"the two have no surface in common ({_some(left)}; {_some(right)}): compare trials on the same surfaces"
        )
    kept = int(sums["n"].sum()) + int(sums["m"].sum())
    merged = sums.group_by("surface").agg(pl.col("n", "m", "x", "y", "xx", "yy").sum()).sort("surface")
    merged = merged.with_columns(pl.lit(0.0).alias("xy"))
    return _paired(merged, by_seed=False, unpaired=left.height + right.height - kept)


def _numbered(frame: pl.DataFrame, place: list[str], value: str) -> pl.DataFrame:
    kept = frame.select(*place, "seed", pl.col(value).cast(pl.Float64))
    once = kept.select(*place, "seed").hash_rows().n_unique() == kept.height
    repeat = pl.lit(0, pl.Int64) if once else pl.int_range(pl.len()).over(*place, "seed").cast(pl.Int64)
    return kept.with_columns(repeat.alias("repeat"))


def _sums(frame: pl.DataFrame, place: list[str], value: str, names: tuple[str, str, str]) -> pl.DataFrame:
    column = pl.col(value)
    count, total, squares = names
    return frame.group_by(place).agg(
        pl.len().alias(count), column.sum().alias(total), (column * column).sum().alias(squares)
    )


def _paired(sums: pl.DataFrame, *, by_seed: bool, unpaired: int) -> Paired:
    def column(name: str) -> Vector:
        return sums[name].cast(pl.Float64).to_numpy()

    return Paired(
        surfaces=tuple(sums["surface"]),
        trials_a=column("n"),
        trials_b=column("m"),
        sum_a=column("x"),
        sum_b=column("y"),
        by_seed=by_seed,
        sum_aa=column("xx"),
        sum_bb=column("yy"),
        sum_ab=column("xy"),
        unpaired=unpaired,
    )


def _some(frame: pl.DataFrame) -> str:
    names = sorted(frame["surface"].unique())
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "") if names else "none"
