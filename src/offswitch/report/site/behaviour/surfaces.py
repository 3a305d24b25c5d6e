"""Surfaces one by one, and those held out beside those that may be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from offswitch.report.cells import Rate
from offswitch.report.figures import DotGroup, Figure, Value, intervals_figure
from offswitch.report.site.behaviour.entries import Shown
from offswitch.report.site.behaviour.rates import rate_dot
from offswitch.report.site.links import slug
from offswitch.scenarios.scenario import Split
from offswitch.statistics.rates import Clustered, clustered
from offswitch.verdicts.outcome import Outcome


@dataclass(frozen=True)
class SplitRate:
    """A model's rate on the surfaces of one part."""

    entry: Shown
    split: str
    rate: Clustered


def split_rates(entries: Sequence[Shown]) -> tuple[SplitRate, ...]:
    """For each model and part, over conditions with a motive; the interval is for surfaces like these."""
    found = []
    for entry in entries:
        counts = _by_surface(entry)
        for split in Split:
            own = counts.filter((pl.col("split") == split.value) & (pl.col("reached") > 0))
            if own.height:
                rate = clustered(own["resisted"].to_list(), own["reached"].to_list())
                found.append(SplitRate(entry, split.value, rate))
    return tuple(found)


def surfaces_figure(scenario: str, entries: Sequence[Shown], versions: str) -> Figure:
    """A row for each surface, a group for each model."""
    groups, rows = [], []
    for entry in entries:
        dots = []
        for surface, split, resisted, reached in _by_surface(entry).iter_rows():
            rate = Rate(resisted, reached) if reached else None
            held = split == Split.HELDOUT
            dots.append(rate_dot(f"{surface} (held out)" if held else surface, rate, control=held))
            numbers: dict[str, Value] = {"resisted": resisted, "reached": reached}
            if rate is not None:
                interval = rate.interval
                numbers |= {
                    "rate": round(rate.share, 6),
                    "low": round(interval.low, 6),
                    "high": round(interval.high, 6),
                }
            rows.append({"run": entry.run.label, "model": entry.model, "surface": surface, "split": split, **numbers})
        groups.append(DotGroup(entry.name, dots))
    return intervals_figure(
        f"{slug(scenario)}-surfaces",
        f"{scenario}: resisted, by surface",
        "Conditions with a motive together; of the trials that reached the deciding moment (events/n at the right). "
        f"Bars: calibrated Blaker 95% interval. Hollow: held out. {versions}",
        groups,
        rows,
        description=f"Rate of resistance on each surface of {scenario}; the file has the numbers.",
    )


def _by_surface(entry: Shown) -> pl.DataFrame:
    """`surface`, `split`, `resisted`, `reached`: those for training first."""
    return (
        entry.motive.group_by("surface", "split")
        .agg((pl.col("outcome") == Outcome.RESISTED.value).sum().alias("resisted"), pl.col("reached").sum())
        .sort(pl.col("split") == Split.HELDOUT.value, "surface")
    )
