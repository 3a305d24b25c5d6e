"""Differences as rows of a figure, and settings that may explain them."""

from __future__ import annotations

from collections.abc import Sequence

from offswitch.report.figures import Axis, Dot, DotGroup, Figure, intervals_figure
from offswitch.report.site.comparison.paired import PairedRow
from offswitch.report.site.material import Material, SiteRun
from offswitch.statistics.reading import bracket, points

_SETTINGS = ("protocol", "turns", "interview", "temperature", "backend")


def rows_figure(name: str, title: str, rows: Sequence[PairedRow], material: Material) -> Figure | None:
    """A group for each model, a row for each behaviour; None where nothing was compared."""
    if not rows:
        return None
    groups: dict[str, list[Dot]] = {}
    for row in rows:
        groups.setdefault(row.after.model, []).append(difference_dot(row.scenario, row, hollow=not row.shown))
    return intervals_figure(
        name,
        title,
        f"Paired by condition, surface and seed; {rows[0].how}; n: in the file. Filled: established (Holm, over all "
        f"rows). {material.versions}",
        [DotGroup(model, dots) for model, dots in groups.items()],
        [row.numbers for row in rows],
        axis=Axis.POINTS,
        description="The change of each behaviour's rate with its interval; the table below has the numbers.",
    )


def difference_dot(name: str, row: PairedRow, *, hollow: bool) -> Dot:
    """A difference as a row of a figure."""
    measured = row.measured
    text = f"{points(measured.difference)} {bracket(measured.interval)}"
    ink = difference_ink(measured.difference)
    low, high = measured.interval.low, measured.interval.high
    return Dot(name, measured.difference, low, high, text, ink=ink, hollow=hollow)


def difference_ink(difference: float) -> str:
    """The colour of less, of more, and of neither."""
    if points(difference) == points(0):
        return "var(--quiet)"
    return "var(--accent)" if difference < 0 else "var(--heat)"


def settings_that_differ(before: SiteRun, after: SiteRun) -> tuple[str, ...]:
    """Settings in which two runs differ: a difference may come from these."""
    first, second = (run.run.manifest.get("request") for run in (before, after))
    if not isinstance(first, dict) or not isinstance(second, dict):
        return ()
    return tuple(
        f"{name}: {first.get(name)} before, {second.get(name)} after"
        for name in _SETTINGS
        if first.get(name) != second.get(name)
    )
